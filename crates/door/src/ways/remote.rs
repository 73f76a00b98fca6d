//! Electronics and what stands behind them: motor and wiring, ended guest access, stolen phone, account,
//! radio,
//! pairing and the maker's servers.

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::scene::Now;
use crate::ways::{Outcome, Part, Way};

/// The slots of these ways.
#[derive(Debug, Clone)]
pub struct Remote {
    wired: Is,
    phone: Slot,
    remote: Slot,
    spike: Option<Spike>,
    revoked: Option<Revoked>,
    stolen: Option<Stolen>,
    account: Option<Account>,
    radio: Option<Radio>,
    click: Slot,
}

#[derive(Debug, Clone)]
struct Spike {
    motor: ByWord,
    wired: Slot,
    fate: Slot,
    time: Slot,
}

#[derive(Debug, Clone)]
struct Revoked {
    evades: ByWord,
    expire: Slot,
    with_end: Slot,
    fate: Slot,
}

#[derive(Debug, Clone)]
struct Stolen {
    has: Slot,
    has_luck: Slot,
    locked: Slot,
    opens: Slot,
    opens_luck: Slot,
}

#[derive(Debug, Clone)]
struct Account {
    password: ByWord,
    factor: ByWord,
    luck: Slot,
    network: ByWord,
    network_luck: Slot,
    cloud_log: Is,
    cloud: Slot,
    cloud_luck: Slot,
}

#[derive(Debug, Clone)]
struct Radio {
    none: Is,
    class: ByWord,
    age: Slot,
    per_year: Slot,
    fate: Slot,
    auto_unlock: Slot,
    relay: Slot,
    relay_luck: Slot,
    time: Slot,
    legacy: ByWord,
    present: Slot,
    downgrade_luck: Slot,
}

impl Remote {
    /// Asks for what these ways need.
    pub fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::RevokedGuest, Way::StolenPhone, Way::Account, Way::Cloud]);
        let phone = b.has(Key::SmartWays, "phone");
        b.serving(&[Way::Account, Way::Cloud]);
        let remote = b.yes(Key::SmartRemote);
        let click = b.figure("remote.act_s");
        Self {
            wired: b.is(Key::SmartKind, &["electric-strike", "access-panel"]),
            phone,
            remote,
            spike: b.attacker.has("magnet").then(|| Spike::build(b)),
            revoked: b.attacker.has("old-phone").then(|| Revoked::build(b)),
            stolen: b.attacker.has("thief").then(|| Stolen::build(b)),
            account: b.attacker.has("internet").then(|| Account::build(b)),
            radio: b.attacker.has("radio").then(|| Radio::build(b)),
            click,
        }
    }

    /// Sets the times of these ways.
    #[inline]
    pub fn run(&self, w: &World, now: &Now, out: &mut Outcome) {
        if !now.electronic {
            return;
        }
        let wired = self.wired.so(w);
        if let Some(spike) = &self.spike {
            let share = if wired { w.get(spike.wired) } else { spike.motor.get(w) };
            if w.get(spike.fate) < share {
                out.set(Way::Spike, w.get(spike.time), Part::Electronics);
            }
        }
        let phone = w.holds(self.phone);
        if let Some(revoked) = self.revoked.as_ref().filter(|_| phone)
            && w.get(revoked.fate) < revoked.share(w)
        {
            out.set(Way::RevokedGuest, w.get(self.click), Part::Electronics);
        }
        if let Some(stolen) = self.stolen.as_ref().filter(|_| phone)
            && stolen.works(w)
        {
            out.set(Way::StolenPhone, w.get(self.click), Part::Habits);
        }
        if let Some(account) = self.account.as_ref().filter(|_| w.holds(self.remote)) {
            if account.taken(w) {
                out.set(Way::Account, w.get(self.click), Part::Account);
            }
            if account.cloud_log.so(w) && w.get(account.cloud_luck) < w.get(account.cloud) {
                out.set(Way::Cloud, w.get(self.click), Part::Account);
            }
        }
        if let Some(radio) = self.radio.as_ref().filter(|radio| !radio.none.so(w)) {
            radio.run(w, out);
        }
    }
}

impl Spike {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Spike]);
        Self {
            motor: b.by_word(Key::SmartMotor, "spike.motor"),
            wired: b.figure("spike.wired"),
            fate: b.fate("spike"),
            time: b.figure("spike.time_s"),
        }
    }
}

impl Revoked {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::RevokedGuest]);
        Self {
            evades: b.by_word(Key::SmartRadioClass, "revoked.evades"),
            expire: b.yes(Key::HabitGuestCodesExpire),
            with_end: b.figure("revoked.with_end"),
            fate: b.fate("revoked"),
        }
    }

    #[inline]
    fn share(&self, w: &World) -> f64 {
        let end = if w.holds(self.expire) { w.get(self.with_end) } else { 1.0 };
        self.evades.get(w) * end
    }
}

impl Stolen {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::StolenPhone]);
        Self {
            has: b.figure("phone.stolen"),
            has_luck: b.luck("phone stolen"),
            locked: b.yes(Key::HabitPhoneLocked),
            opens: b.figure("phone.locked_opens"),
            opens_luck: b.luck("phone opens"),
        }
    }

    #[inline]
    fn works(&self, w: &World) -> bool {
        let has = w.get(self.has_luck) < w.get(self.has);
        has && (!w.holds(self.locked) || w.get(self.opens_luck) < w.get(self.opens))
    }
}

impl Account {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Account]);
        let password = b.by_word(Key::AccountPassword, "account.password");
        let factor = b.by_word(Key::AccountSecondFactor, "account.factor");
        let luck = b.luck("account");
        let network = b.by_word(Key::NetworkKind, "network.reaches");
        let network_luck = b.luck("network");
        b.serving(&[Way::Cloud]);
        Self {
            password,
            factor,
            luck,
            network,
            network_luck,
            cloud_log: b.is(Key::SmartLogPlace, &["cloud"]),
            cloud: b.figure("cloud.breach"),
            cloud_luck: b.luck("cloud"),
        }
    }

    /// By the password and past the second factor, or from another device on the same network.
    #[inline]
    fn taken(&self, w: &World) -> bool {
        let by_password = self.password.get(w) * self.factor.get(w);
        w.get(self.luck) < by_password || w.get(self.network_luck) < self.network.get(w)
    }
}

impl Radio {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Radio]);
        let none = b.is(Key::SmartRadio, &["none"]);
        let class = b.by_word(Key::SmartRadioClass, "radio.weak");
        let age = b.number(Key::SmartFirmwareAge);
        let per_year = b.figure("radio.age_per_year");
        let fate = b.fate("radio weak");
        let auto_unlock = b.yes(Key::SmartAutoUnlock);
        let relay = b.figure("radio.relay");
        let relay_luck = b.luck("relay");
        let time = b.figure("radio.time_s");
        b.serving(&[Way::Downgrade]);
        Self {
            none,
            class,
            age,
            per_year,
            fate,
            auto_unlock,
            relay,
            relay_luck,
            time,
            legacy: b.by_word(Key::SmartRadioClass, "radio.pairing"),
            present: b.figure("radio.present_at_pairing"),
            downgrade_luck: b.luck("downgrade"),
        }
    }

    /// A weak protocol is a fact about the lock, worse with old firmware; a relay needs a phone that
    /// unlocks by itself.
    #[inline]
    fn run(&self, w: &World, out: &mut Outcome) {
        let older = 1.0 + w.get(self.per_year) * w.get(self.age).min(120.0) / 12.0;
        let weak = w.get(self.fate) < (self.class.get(w) * older).min(0.95);
        let relayed = w.holds(self.auto_unlock) && w.get(self.relay_luck) < w.get(self.relay);
        if weak || relayed {
            out.set(Way::Radio, w.get(self.time), Part::Electronics);
        }
        if w.get(self.downgrade_luck) < w.get(self.present) * self.legacy.get(w) {
            out.set(Way::Downgrade, w.get(self.time), Part::Electronics);
        }
    }
}
