//! The stored form of each part of the state: one function that writes its fields and one that reads them, little-endian.
//! Where the parts lie, and how they are kept whole, is in `image.rs`.

use crate::clock::Offsets;
use crate::command::{AliroReader, Emergency, Holiday, Name, Transition, WeekDay, YearDay, Zone};
use crate::guess::short;
use crate::state::{AliroKey, Attempts, Config, Credential, Peer, Settings, User, Vitals};
use crate::wire::{Reader, Writer};
use crate::words::{
    ClockQuality, CredentialKind, CredentialRef, CredentialRule, Mode, Privilege, UserStatus, UserType,
};

pub const HEAD: usize = 1 + 16 + 32;
pub const PEER: usize = 43;
const SETTINGS: usize = 39;
const ZONE: usize = 52;
pub const TAIL: usize = SETTINGS + ZONE + 8;
pub const ALIRO: usize = 130;
pub const USER: usize = 28;
pub const CREDENTIAL: usize = 46;
pub const WEEK_DAY: usize = 5;
pub const YEAR_DAY: usize = 16;
pub const HOLIDAY: usize = 17;
pub const ALIRO_KEY: usize = 68;
pub const VITALS: usize = 167;

/// What stands before the peers.
pub fn head_bytes(config: &Config) -> [u8; HEAD] {
    let mut out = [0u8; HEAD];
    let mut w = Writer::new(&mut out);
    w.bool(config.commissioned);
    w.bytes(&config.lock_id);
    w.bytes(&config.mac_key);
    out
}

/// What stands after the peers.
pub fn tail_bytes(config: &Config) -> [u8; TAIL] {
    let mut out = [0u8; TAIL];
    let mut w = Writer::new(&mut out);
    write_settings(&config.settings, &mut w);
    let zone = config.zone.zone();
    w.i32(zone.offset);
    for change in zone.next {
        w.u64(change.at);
        w.i32(change.offset);
    }
    w.u32(config.revoked);
    w.u32(config.version);
    out
}

pub fn read_head(r: &mut Reader<'_>) -> Config {
    Config { commissioned: r.bool(), lock_id: r.array(), mac_key: r.array(), ..Config::FACTORY }
}

pub fn read_tail(head: Config, r: &mut Reader<'_>) -> Config {
    let settings = read_settings(r);
    let mut zone = Zone { offset: r.i32(), ..Zone::NONE };
    for change in &mut zone.next {
        *change = Transition { at: r.u64(), offset: r.i32() };
    }
    let zone = Offsets::of(&zone);
    Config { settings, zone, revoked: r.u32(), version: r.u32(), ..head }
}

pub fn peer_bytes(peer: &Peer) -> [u8; PEER] {
    let mut out = [0u8; PEER];
    let mut w = Writer::new(&mut out);
    w.bool(peer.used);
    w.bytes(&[peer.privilege.code(), peer.fabric]);
    w.u64(peer.node);
    w.bytes(&peer.key);
    out
}

pub fn read_peer(r: &mut Reader<'_>) -> Peer {
    Peer {
        used: r.bool(),
        privilege: r.word(Privilege::from_code, Privilege::View),
        fabric: r.u8(),
        node: r.u64(),
        key: r.array(),
    }
}

pub fn aliro_bytes(aliro: &Option<AliroReader>) -> [u8; ALIRO] {
    let mut out = [0u8; ALIRO];
    let mut w = Writer::new(&mut out);
    w.bool(aliro.is_some());
    if let Some(aliro) = aliro {
        w.bytes(&aliro.signing_key);
        w.bytes(&aliro.verification_key);
        w.bytes(&aliro.group);
        w.bytes(&aliro.resolving_key);
    }
    out
}

pub fn read_aliro(r: &mut Reader<'_>) -> Option<AliroReader> {
    let there = r.bool();
    let aliro = AliroReader {
        signing_key: r.array(),
        verification_key: r.array(),
        group: r.array(),
        resolving_key: r.array(),
    };
    there.then_some(aliro)
}

pub fn week_day_bytes(s: &WeekDay) -> [u8; WEEK_DAY] {
    [s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute]
}

pub fn read_week_day(r: &mut Reader<'_>) -> WeekDay {
    WeekDay { days: r.u8(), start_hour: r.u8(), start_minute: r.u8(), end_hour: r.u8(), end_minute: r.u8() }
}

pub fn year_day_bytes(s: &YearDay) -> [u8; YEAR_DAY] {
    let mut out = [0u8; YEAR_DAY];
    let mut w = Writer::new(&mut out);
    w.u64(s.start);
    w.u64(s.end);
    out
}

pub fn read_year_day(r: &mut Reader<'_>) -> YearDay {
    YearDay { start: r.u64(), end: r.u64() }
}

pub fn holiday_bytes(h: &Holiday) -> [u8; HOLIDAY] {
    let mut out = [0u8; HOLIDAY];
    let mut w = Writer::new(&mut out);
    w.u64(h.start);
    w.u64(h.end);
    w.u8(h.mode.code());
    out
}

pub fn read_holiday(r: &mut Reader<'_>) -> Holiday {
    Holiday { start: r.u64(), end: r.u64(), mode: r.word(Mode::from_code, Mode::Normal) }
}

pub fn aliro_key_bytes(key: &AliroKey) -> [u8; ALIRO_KEY] {
    let mut out = [0u8; ALIRO_KEY];
    let mut w = Writer::new(&mut out);
    w.u8(key.which.kind.code());
    w.u16(key.which.index);
    w.bytes(&key.key);
    out
}

pub fn read_aliro_key(r: &mut Reader<'_>) -> AliroKey {
    let kind = r.word(CredentialKind::from_code, CredentialKind::AliroIssuer);
    AliroKey { which: CredentialRef { kind, index: r.u16() }, key: r.array() }
}

fn write_settings(s: &Settings, w: &mut Writer<'_>) {
    w.bytes(&s.language);
    w.u8(s.led);
    w.u32(s.auto_relock);
    w.bytes(&[s.volume, s.mode.code()]);
    w.bool(s.one_touch);
    w.bool(s.inside_led);
    w.bool(s.privacy_button);
    w.bytes(&[s.wrong_limit, s.disable_time]);
    w.bool(s.require_pin);
    w.u16(s.expiring);
    w.u16(s.open_period);
    w.bool(s.emergency_in_privacy);
    w.bool(s.remote_locks_keypad);
    w.bool(s.weak_rfid);
    w.u16(s.budget);
    w.u16(s.budget_refill);
    w.u16(s.low_mv);
    w.u16(s.reserve_mv);
    w.u16(s.empty_mv);
    w.u32(s.clock_step);
    w.u8(s.local_programming);
    w.bool(s.send_pin);
}

fn read_settings(r: &mut Reader<'_>) -> Settings {
    Settings {
        language: r.array(),
        led: r.u8(),
        auto_relock: r.u32(),
        volume: r.u8(),
        mode: r.word(Mode::from_code, Mode::Normal),
        one_touch: r.bool(),
        inside_led: r.bool(),
        privacy_button: r.bool(),
        wrong_limit: r.u8(),
        disable_time: r.u8(),
        require_pin: r.bool(),
        expiring: r.u16(),
        open_period: r.u16(),
        emergency_in_privacy: r.bool(),
        remote_locks_keypad: r.bool(),
        weak_rfid: r.bool(),
        budget: r.u16(),
        budget_refill: r.u16(),
        low_mv: r.u16(),
        reserve_mv: r.u16(),
        empty_mv: r.u16(),
        clock_step: r.u32(),
        local_programming: r.u8(),
        send_pin: r.bool(),
    }
}

pub fn user_bytes(user: &User) -> [u8; USER] {
    let mut out = [0u8; USER];
    let mut w = Writer::new(&mut out);
    w.bytes(&[user.status.code(), user.user_type.code(), user.rule.code(), user.creator, user.modifier]);
    w.u32(user.unique_id);
    w.u64(user.expires);
    w.short(user.name.as_bytes());
    out
}

pub fn read_user(r: &mut Reader<'_>) -> User {
    let status = r.word(UserStatus::from_code, UserStatus::Available);
    let user_type = r.word(UserType::from_code, UserType::Unrestricted);
    let rule = r.word(CredentialRule::from_code, CredentialRule::Single);
    let (creator, modifier, unique_id, expires) = (r.u8(), r.u8(), r.u32(), r.u64());
    let len = usize::from(r.u8());
    let bytes: [u8; 10] = r.array();
    let name = bytes.get(..len).and_then(Name::new);
    if name.is_none() {
        r.fail();
    }
    User {
        status,
        user_type,
        rule,
        name: name.unwrap_or_default(),
        unique_id,
        creator,
        modifier,
        expires,
        gone: false,
    }
}

pub fn credential_bytes(c: &Credential) -> [u8; CREDENTIAL] {
    let mut out = [0u8; CREDENTIAL];
    let mut w = Writer::new(&mut out);
    w.u16(c.user);
    w.u8(c.which.kind.code());
    w.u16(c.which.index);
    w.bytes(&[c.emergency.code(), c.creator, c.modifier]);
    w.bool(c.spent);
    w.bool(c.strong);
    w.u32(c.version);
    w.u64(c.not_after);
    w.u64(c.tested);
    w.bytes(&c.mac);
    out
}

pub fn read_credential(r: &mut Reader<'_>) -> Credential {
    Credential {
        user: r.u16(),
        which: CredentialRef { kind: r.word(CredentialKind::from_code, CredentialKind::Pin), index: r.u16() },
        emergency: r.word(Emergency::from_code, Emergency::No),
        creator: r.u8(),
        modifier: r.u8(),
        spent: r.bool(),
        strong: r.bool(),
        version: r.u32(),
        not_after: r.u64(),
        tested: r.u64(),
        mac: r.array(),
    }
}

pub fn vitals_bytes(v: &Vitals) -> [u8; VITALS] {
    let mut out = [0u8; VITALS];
    let mut w = Writer::new(&mut out);
    w.u32(v.boot);
    w.u64(v.next_seq);
    w.u64(v.acked);
    w.bytes(&v.chain_key);
    w.bytes(&v.chain_mac);
    for attempts in v.attempts {
        w.bytes(&[attempts.wrong, attempts.lockouts]);
        w.u16(attempts.spent);
        w.u64(attempts.age.into());
        w.u64(attempts.left.into());
    }
    w.u64(v.wall);
    w.u8(v.quality.code());
    w.bool(v.want_locked);
    w.bool(v.reserve_spent);
    w.u32(v.door_open_events);
    w.u32(v.door_closed_events);
    out
}

pub fn read_vitals(r: &mut Reader<'_>) -> Vitals {
    Vitals {
        boot: r.u32(),
        next_seq: r.u64(),
        acked: r.u64(),
        chain_key: r.array(),
        chain_mac: r.array(),
        attempts: [read_attempts(r), read_attempts(r), read_attempts(r), read_attempts(r)],
        wall: r.u64(),
        quality: r.word(ClockQuality::from_code, ClockQuality::Unknown),
        want_locked: r.bool(),
        reserve_spent: r.bool(),
        door_open_events: r.u32(),
        door_closed_events: r.u32(),
    }
}

fn read_attempts(r: &mut Reader<'_>) -> Attempts {
    let (wrong, lockouts, spent) = (r.u8(), r.u8(), r.u16());
    Attempts { wrong, lockouts, spent, age: short(r.u64()), left: short(r.u64()) }
}
