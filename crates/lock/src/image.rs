//! How configuration and counters lie in storage: two copies each, taking turns, with a sequence number and a
//! checksum over everything, so that a cut at any byte leaves the old or the new. Holds no rule.
//!
//! A copy is `magic 4 | sequence 8 | length 4 | CRC-32 4 | body`; the CRC covers sequence, length and body.

use crate::command::{AliroReader, Emergency, Holiday, Name, Transition, WeekDay, YearDay, Zone};
use crate::state::{AliroKey, Attempts, Config, Core, Credential, PEERS, Peer, Settings, User, Vitals};
use crate::storage::{Region, Storage, StorageError};
use crate::wire::{Reader, Writer, crc32};
use crate::words::{
    ClockQuality, CredentialKind, CredentialRef, CredentialRule, Mode, Privilege, UserStatus, UserType,
};

const MAGIC: u32 = u32::from_le_bytes(*b"DwL1");
const HEADER: usize = 20;
const SETTINGS: usize = 39;
const PEER: usize = 43;
const ZONE: usize = 52;
const FIXED: usize = 1 + 16 + 32 + PEERS * PEER + SETTINGS + ZONE + 8 + 130;
const USER: usize = 28;
const CREDENTIAL: usize = 46;
const WEEK_DAY: usize = 5;
const YEAR_DAY: usize = 16;
const HOLIDAY: usize = 17;
const ALIRO_KEY: usize = 68;
const VITALS: usize = 167;
/// Most bytes that one copy of the counters takes in storage.
pub const VITALS_BYTES: usize = HEADER + VITALS;
const CHUNK: usize = 512;

pub(crate) const fn config_bytes(u: usize, c: usize, w: usize, y: usize, h: usize, a: usize) -> usize {
    HEADER + FIXED + u * USER + c * CREDENTIAL + w * WEEK_DAY + y * YEAR_DAY + h * HOLIDAY + a * ALIRO_KEY
}

/// Collects a body in chunks, counts it and sums it up.
struct Sink<'a, S: Storage> {
    storage: &'a mut S,
    region: Region,
    chunk: [u8; CHUNK],
    filled: usize,
    offset: usize,
    crc: u32,
    failed: bool,
}

impl<S: Storage> Sink<'_, S> {
    fn put(&mut self, bytes: &[u8]) {
        if self.filled.saturating_add(bytes.len()) > CHUNK {
            self.flush();
        }
        let end = self.filled.saturating_add(bytes.len());
        match self.chunk.get_mut(self.filled..end) {
            Some(place) => {
                for (to, from) in place.iter_mut().zip(bytes) {
                    *to = *from;
                }
                self.filled = end;
            }
            None => self.failed = true,
        }
    }

    fn flush(&mut self) {
        let chunk = self.chunk.get(..self.filled).unwrap_or(&[]);
        self.crc = crc32(self.crc, chunk);
        let at = u32::try_from(self.offset).unwrap_or(u32::MAX);
        if !chunk.is_empty() && self.storage.write(self.region, at, chunk).is_err() {
            self.failed = true;
        }
        self.offset = self.offset.saturating_add(self.filled);
        self.filled = 0;
    }
}

fn header(sequence: u64, len: u32, crc: u32) -> [u8; HEADER] {
    let mut out = [0u8; HEADER];
    let mut w = Writer::new(&mut out);
    w.u32(MAGIC);
    w.u64(sequence);
    w.u32(len);
    w.u32(crc);
    out
}

/// Writes one copy; durable only after a sync.
fn save<S: Storage>(
    storage: &mut S,
    region: Region,
    sequence: u64,
    len: usize,
    body: impl FnOnce(&mut Sink<'_, S>),
) -> Result<(), StorageError> {
    let len = u32::try_from(len).map_err(|_| StorageError)?;
    let seed = crc32(crc32(0, &sequence.to_le_bytes()), &len.to_le_bytes());
    let mut sink =
        Sink { storage, region, chunk: [0; CHUNK], filled: 0, offset: HEADER, crc: seed, failed: false };
    body(&mut sink);
    sink.flush();
    if sink.failed {
        return Err(StorageError);
    }
    let crc = sink.crc;
    storage.write(region, 0, &header(sequence, len, crc))
}

/// The sequence number of a copy, when it is whole.
fn check(storage: &mut impl Storage, region: Region, len: usize) -> Result<Option<u64>, StorageError> {
    let mut head = [0u8; HEADER];
    storage.read(region, 0, &mut head)?;
    let mut r = Reader::new(&head);
    let (magic, sequence, found, crc) = (r.u32(), r.u64(), r.u32(), r.u32());
    if magic != MAGIC || usize::try_from(found) != Ok(len) {
        return Ok(None);
    }
    let mut sum = crc32(crc32(0, &sequence.to_le_bytes()), &found.to_le_bytes());
    let mut chunk = [0u8; CHUNK];
    let mut at = 0usize;
    while at < len {
        let piece = chunk.get_mut(..len.saturating_sub(at).min(CHUNK)).unwrap_or(&mut []);
        let offset = u32::try_from(HEADER.saturating_add(at)).map_err(|_| StorageError)?;
        storage.read(region, offset, piece)?;
        sum = crc32(sum, piece);
        at = at.saturating_add(CHUNK);
    }
    Ok((sum == crc).then_some(sequence))
}

/// Reads fixed pieces of a body one after the other.
struct Pieces<'a, S: Storage> {
    storage: &'a mut S,
    region: Region,
    offset: usize,
    good: bool,
}

impl<S: Storage> Pieces<'_, S> {
    fn take<const N: usize, T>(&mut self, decode: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let mut bytes = [0u8; N];
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        self.good &= self.storage.read(self.region, offset, &mut bytes).is_ok();
        self.offset = self.offset.saturating_add(N);
        let mut r = Reader::new(&bytes);
        let value = decode(&mut r);
        self.good &= r.finish();
        value
    }
}

/// What was found at start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// Neither copy was ever written, or none is whole.
    Nothing,
    /// Read.
    Whole,
    /// The medium cannot be read, or a whole copy says something impossible.
    Unreadable,
}

/// Picks the newest whole copy.
fn newest(
    storage: &mut impl Storage,
    region: fn(u8) -> Region,
    len: usize,
    at_most: u64,
) -> Result<Option<(Region, u64)>, StorageError> {
    let mut best: Option<(Region, u64)> = None;
    for copy in 0..2 {
        if let Some(sequence) = check(storage, region(copy), len)?
            && sequence <= at_most
            && best.is_none_or(|(_, known)| sequence > known)
        {
            best = Some((region(copy), sequence));
        }
    }
    Ok(best)
}

fn copy_of(region: fn(u8) -> Region, sequence: u64) -> Region {
    region(u8::from(sequence & 1 == 1))
}

impl Core<'_> {
    fn config_len(&self) -> usize {
        config_bytes(
            self.users.len(),
            self.credentials.len(),
            self.week_days.len(),
            self.year_days.len(),
            self.holidays.len(),
            self.aliro_keys.len(),
        )
        .saturating_sub(HEADER)
    }

    /// Makes the configuration durable. On an error the configuration in memory goes back to the durable one.
    pub(crate) fn save_config(&mut self, storage: &mut impl Storage) -> Result<(), StorageError> {
        let sequence = self.live.config_seq.saturating_add(1);
        let written = self.write_config(storage, sequence).and_then(|()| self.sync(storage));
        match written {
            Ok(()) => {
                self.live.config_seq = sequence;
                Ok(())
            }
            Err(error) => {
                self.live.storage_failed = true;
                let at_most = self.live.config_seq;
                self.load_config(storage, at_most);
                Err(error)
            }
        }
    }

    fn write_config<S: Storage>(&self, storage: &mut S, sequence: u64) -> Result<(), StorageError> {
        save(storage, copy_of(Region::Config, sequence), sequence, self.config_len(), |sink| {
            let mut fixed = [0u8; FIXED];
            write_fixed(self.config, &mut Writer::new(&mut fixed));
            sink.put(&fixed);
            zeroize::Zeroize::zeroize(&mut fixed);
            for user in self.users.iter() {
                sink.put(&user_bytes(user));
            }
            for credential in self.credentials.iter() {
                sink.put(&credential_bytes(credential));
            }
            for s in self.week_days.iter() {
                sink.put(&[s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute]);
            }
            for s in self.year_days.iter() {
                sink.put(&s.start.to_le_bytes());
                sink.put(&s.end.to_le_bytes());
            }
            for h in self.holidays.iter() {
                sink.put(&h.start.to_le_bytes());
                sink.put(&h.end.to_le_bytes());
                sink.put(&[h.mode.code()]);
            }
            for key in self.aliro_keys.iter() {
                sink.put(&[key.which.kind.code()]);
                sink.put(&key.which.index.to_le_bytes());
                sink.put(&key.key);
            }
        })
    }

    /// Reads the newest whole configuration whose sequence number is at most `at_most`; else the factory's.
    pub(crate) fn load_config(&mut self, storage: &mut impl Storage, at_most: u64) -> Found {
        let found = match newest(storage, Region::Config, self.config_len(), at_most) {
            Ok(None) => Found::Nothing,
            Ok(Some((region, sequence))) => {
                self.live.config_seq = sequence;
                if self.read_config(&mut Pieces { storage, region, offset: HEADER, good: true }) {
                    Found::Whole
                } else {
                    Found::Unreadable
                }
            }
            Err(StorageError) => Found::Unreadable,
        };
        if found != Found::Whole {
            self.forget_configuration();
        }
        found
    }

    fn read_config<S: Storage>(&mut self, pieces: &mut Pieces<'_, S>) -> bool {
        *self.config = pieces.take::<FIXED, _>(read_fixed);
        for user in self.users.iter_mut() {
            *user = pieces.take::<USER, _>(read_user);
        }
        for credential in self.credentials.iter_mut() {
            *credential = pieces.take::<CREDENTIAL, _>(read_credential);
        }
        for s in self.week_days.iter_mut() {
            *s = pieces.take::<WEEK_DAY, _>(|r| WeekDay {
                days: r.u8(),
                start_hour: r.u8(),
                start_minute: r.u8(),
                end_hour: r.u8(),
                end_minute: r.u8(),
            });
        }
        for s in self.year_days.iter_mut() {
            *s = pieces.take::<YEAR_DAY, _>(|r| YearDay { start: r.u64(), end: r.u64() });
        }
        for h in self.holidays.iter_mut() {
            *h = pieces.take::<HOLIDAY, _>(|r| Holiday {
                start: r.u64(),
                end: r.u64(),
                mode: r.word(Mode::from_code, Mode::Normal),
            });
        }
        for key in self.aliro_keys.iter_mut() {
            *key = pieces.take::<ALIRO_KEY, _>(|r| AliroKey {
                which: CredentialRef {
                    kind: r.word(CredentialKind::from_code, CredentialKind::AliroIssuer),
                    index: r.u16(),
                },
                key: r.array(),
            });
        }
        pieces.good
    }

    /// Back to the factory's configuration, in memory only.
    pub(crate) fn forget_configuration(&mut self) {
        *self.config = Config::FACTORY;
        self.users.fill(User::FREE);
        self.credentials.fill(Credential::FREE);
        self.week_days.fill(WeekDay::default());
        self.year_days.fill(YearDay::default());
        self.holidays.fill(Holiday::default());
        self.aliro_keys.fill(AliroKey::FREE);
    }

    /// Puts the counters into storage, without a sync of its own. Never leaves both copies unsynced.
    pub(crate) fn write_vitals<S: Storage>(&mut self, storage: &mut S) -> Result<(), StorageError> {
        if self.live.vitals_seq != self.live.vitals_synced {
            self.sync(storage)?;
        }
        let now = self.live.now;
        for (attempts, until) in self.vitals.attempts.iter_mut().zip(self.live.lockout) {
            attempts.left = until.saturating_sub(now);
        }
        let wall = self.wall();
        if wall > 0 {
            self.vitals.wall = wall;
        }
        let sequence = self.live.vitals_seq.saturating_add(1);
        let mut image = *self.vitals;
        if let Some((next_seq, chain_key, chain_mac)) = self.live.synced_chain {
            image = Vitals { next_seq, chain_key, chain_mac, ..image };
        }
        let body = vitals_bytes(&image);
        let region = copy_of(Region::Vitals, sequence);
        save(storage, region, sequence, VITALS, |sink: &mut Sink<'_, S>| sink.put(&body))?;
        // the copy may be whole in storage from here on, so the next one goes to the other place
        self.live.vitals_seq = sequence;
        self.live.vitals_at = now;
        Ok(())
    }

    /// Waits until everything written is durable. When that fails the copy written last is the one to write again.
    pub(crate) fn sync(&mut self, storage: &mut impl Storage) -> Result<(), StorageError> {
        match storage.sync() {
            Ok(()) => {
                self.live.vitals_synced = self.live.vitals_seq;
                self.live.synced_chain = None;
                Ok(())
            }
            Err(error) => {
                self.live.vitals_seq = self.live.vitals_synced;
                Err(error)
            }
        }
    }

    /// Reads the newest whole counters.
    pub(crate) fn load_vitals(&mut self, storage: &mut impl Storage) -> Found {
        match newest(storage, Region::Vitals, VITALS, u64::MAX) {
            Ok(None) => Found::Nothing,
            Ok(Some((region, sequence))) => {
                self.live.vitals_seq = sequence;
                self.live.vitals_synced = sequence;
                let mut pieces = Pieces { storage, region, offset: HEADER, good: true };
                let vitals = pieces.take::<VITALS, _>(read_vitals);
                if !pieces.good {
                    return Found::Unreadable;
                }
                *self.vitals = vitals;
                Found::Whole
            }
            Err(StorageError) => Found::Unreadable,
        }
    }
}

fn write_fixed(config: &Config, w: &mut Writer<'_>) {
    w.bool(config.commissioned);
    w.bytes(&config.lock_id);
    w.bytes(&config.mac_key);
    for peer in &config.peers {
        w.bool(peer.used);
        w.bytes(&[peer.privilege.code(), peer.fabric]);
        w.u64(peer.node);
        w.bytes(&peer.key);
    }
    write_settings(&config.settings, w);
    w.i32(config.zone.offset);
    for change in config.zone.next {
        w.u64(change.at);
        w.i32(change.offset);
    }
    w.u32(config.revoked);
    w.u32(config.version);
    w.bool(config.aliro.is_some());
    if let Some(aliro) = &config.aliro {
        w.bytes(&aliro.signing_key);
        w.bytes(&aliro.verification_key);
        w.bytes(&aliro.group);
        w.bytes(&aliro.resolving_key);
    }
}

fn read_fixed(r: &mut Reader<'_>) -> Config {
    let commissioned = r.bool();
    let lock_id = r.array();
    let mac_key = r.array();
    let mut peers = [Peer::FREE; PEERS];
    for peer in &mut peers {
        *peer = Peer {
            used: r.bool(),
            privilege: r.word(Privilege::from_code, Privilege::View),
            fabric: r.u8(),
            node: r.u64(),
            key: r.array(),
        };
    }
    let settings = read_settings(r);
    let mut zone = Zone { offset: r.i32(), ..Zone::NONE };
    for change in &mut zone.next {
        *change = Transition { at: r.u64(), offset: r.i32() };
    }
    let (revoked, version, has_aliro) = (r.u32(), r.u32(), r.bool());
    let aliro = AliroReader {
        signing_key: r.array(),
        verification_key: r.array(),
        group: r.array(),
        resolving_key: r.array(),
    };
    let aliro = has_aliro.then_some(aliro);
    Config { commissioned, lock_id, mac_key, peers, settings, zone, revoked, version, aliro }
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

impl Core<'_> {
    /// The settings in their stored form, for the canonical state.
    pub(crate) fn settings_bytes(&self, out: &mut impl FnMut(&[u8])) {
        let mut bytes = [0u8; SETTINGS];
        write_settings(&self.config.settings, &mut Writer::new(&mut bytes));
        out(&bytes);
    }
}

fn user_bytes(user: &User) -> [u8; USER] {
    let mut out = [0u8; USER];
    let mut w = Writer::new(&mut out);
    w.bytes(&[user.status.code(), user.user_type.code(), user.rule.code(), user.creator, user.modifier]);
    w.u32(user.unique_id);
    w.u64(user.expires);
    w.short(user.name.as_bytes());
    out
}

fn read_user(r: &mut Reader<'_>) -> User {
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
    User { status, user_type, rule, name: name.unwrap_or_default(), unique_id, creator, modifier, expires }
}

fn credential_bytes(c: &Credential) -> [u8; CREDENTIAL] {
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

fn read_credential(r: &mut Reader<'_>) -> Credential {
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

fn vitals_bytes(v: &Vitals) -> [u8; VITALS] {
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
        w.u64(attempts.age);
        w.u64(attempts.left);
    }
    w.u64(v.wall);
    w.u8(v.quality.code());
    w.bool(v.want_locked);
    w.bool(v.reserve_spent);
    w.u32(v.door_open_events);
    w.u32(v.door_closed_events);
    out
}

fn read_vitals(r: &mut Reader<'_>) -> Vitals {
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
    Attempts { wrong: r.u8(), lockouts: r.u8(), spent: r.u16(), age: r.u64(), left: r.u64() }
}
