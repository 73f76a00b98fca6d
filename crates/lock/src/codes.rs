//! Credentials: set, read back, cleared and revoked by peers. A code arrives sealed, is turned into its MAC at once,
//! and is kept as nothing else; versions keep a late message from bringing a revoked code back (G4, A01).

use crate::answer::{Answer, CredentialDetail, CredentialView, Refusal};
use crate::boot::PIN_DIGITS;
use crate::channel::{STRONG_DIGITS, credential_mac};
use crate::command::{ALL, CredentialFields, DataOperation, Emergency};
use crate::effects::Effects;
use crate::people::DATA_USER;
use crate::remote::From;
use crate::secret::{MAX_SECRET, Secret};
use crate::state::{AliroKey, Core, Credential, Partial, User};
use crate::storage::Storage;
use crate::words::{CredentialKind, CredentialRef, UserIndex, UserStatus, UserType};

/// A mark for each number up to 1023, the most users and indexes that a lock may have.
pub(crate) struct Marks([u64; 16]);

impl Marks {
    pub const NONE: Self = Self([0; 16]);

    pub fn set(&mut self, number: u16) {
        if let Some(word) = self.0.get_mut(usize::from(number / 64)) {
            *word |= 1 << (number % 64);
        }
    }
    pub fn has(&self, number: u16) -> bool {
        self.0.get(usize::from(number / 64)).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

/// Fewest and most bytes of a card.
pub const CARD_BYTES: core::ops::RangeInclusive<usize> = 10..=20;

pub(crate) fn is_same_user(credential: &Credential, user: UserIndex) -> bool {
    credential.taken() && credential.user == user
}

/// Matter LockDataTypeEnum of a credential.
const fn data_type(kind: CredentialKind) -> u32 {
    match kind {
        CredentialKind::ProgrammingPin => 1,
        CredentialKind::Pin => 6,
        CredentialKind::Rfid => 7,
        CredentialKind::Fingerprint => 8,
        CredentialKind::FingerVein => 9,
        CredentialKind::Face => 10,
        CredentialKind::AliroIssuer => 11,
        CredentialKind::AliroEvictable => 12,
        CredentialKind::AliroNonEvictable => 13,
    }
}

fn well_formed(kind: CredentialKind, data: &[u8]) -> bool {
    match kind {
        CredentialKind::Pin | CredentialKind::ProgrammingPin => {
            PIN_DIGITS.contains(&data.len()) && data.iter().all(u8::is_ascii_digit)
        }
        CredentialKind::Rfid => CARD_BYTES.contains(&data.len()),
        CredentialKind::Fingerprint | CredentialKind::FingerVein => !data.is_empty(),
        CredentialKind::Face => false,
        // an uncompressed point: SEC 1 section 2.3.3
        _ => data.len() == MAX_SECRET && data.first() == Some(&4),
    }
}

impl Core<'_> {
    /// Highest index of a kind.
    pub(crate) fn index_limit(&self, kind: CredentialKind) -> u16 {
        let limit = match kind {
            CredentialKind::ProgrammingPin | CredentialKind::Face => 0,
            kind if kind.is_aliro() => self.aliro_keys.len(),
            _ => self.credentials.len().min(self.users.len()),
        };
        u16::try_from(limit).unwrap_or(u16::MAX)
    }

    fn index_exists(&self, which: CredentialRef) -> bool {
        match which.kind {
            CredentialKind::ProgrammingPin => which.index == 0,
            kind => (1..=self.index_limit(kind)).contains(&which.index),
        }
    }

    fn find(&self, which: CredentialRef) -> Option<&Credential> {
        self.credentials.iter().find(|c| c.taken() && c.which == which)
    }

    fn next_free(&self, which: CredentialRef) -> Option<u16> {
        let after = which.index.checked_add(1)?;
        let mut taken = Marks::NONE;
        let same = self.credentials.iter().filter(|c| c.taken() && c.which.kind == which.kind);
        same.for_each(|c| taken.set(c.which.index));
        (after..=self.index_limit(which.kind)).find(|index| !taken.has(*index))
    }

    fn next_taken(&self, which: CredentialRef) -> Option<u16> {
        let same = self.credentials.iter().filter(|c| c.taken() && c.which.kind == which.kind);
        same.map(|c| c.which.index).filter(|index| *index > which.index).min()
    }

    pub(crate) fn set_credential(
        &mut self,
        fields: &CredentialFields,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let which = fields.credential;
        let next = self.next_free(which);
        let placed = match fields.operation {
            DataOperation::Add => self.add(fields, from),
            DataOperation::Modify => self.replace(fields, from),
            DataOperation::Clear => Err(Refusal::InvalidCommand),
        };
        let (user, made) = match placed {
            Ok(placed) => placed,
            Err(why) => return Answer::CredentialRefused(why, next),
        };
        self.live.partial = Partial::NONE;
        if self.save_config(storage).is_err() {
            return Answer::CredentialRefused(Refusal::StorageFailed, next);
        }
        if made {
            self.note_change(DATA_USER, DataOperation::Add, user, None, 0, from, storage, effects);
        }
        let kind = data_type(which.kind);
        self.note_change(kind, fields.operation, user, Some(which), 0, from, storage, effects);
        Answer::CredentialSet(made.then_some(user), next)
    }

    /// What holds for adding and changing alike: the MAC, and the version to keep.
    fn accept(&self, fields: &CredentialFields) -> Result<([u8; 16], u32), Refusal> {
        let which = fields.credential;
        let data = fields.data.expose();
        if !self.index_exists(which) || !well_formed(which.kind, data) {
            return Err(Refusal::InvalidCommand);
        }
        let emergency = fields.emergency != Emergency::No;
        if emergency && (which.kind != CredentialKind::Pin || fields.not_after != 0) {
            // an emergency code must work without clock and hub, so it cannot have a lease
            return Err(Refusal::InvalidCommand);
        }
        let version = match fields.version {
            0 => self.config.version.max(self.config.revoked).checked_add(1).ok_or(Refusal::Exhausted)?,
            version if version <= self.config.revoked => return Err(Refusal::Stale),
            version => version,
        };
        let mac = credential_mac(&self.config.mac_key, which.kind, data);
        let twice = self
            .credentials
            .iter()
            .any(|c| c.taken() && c.which.kind == which.kind && c.which != which && c.mac == mac);
        if twice {
            return Err(Refusal::Duplicate);
        }
        Ok((mac, version))
    }

    fn add(&mut self, fields: &CredentialFields, from: From) -> Result<(UserIndex, bool), Refusal> {
        let which = fields.credential;
        if let Some(user) = fields.user {
            let known = self.user(user).filter(|u| u.taken()).ok_or(Refusal::InvalidCommand)?;
            if fields.status.is_some() || fields.user_type.is_some() || known.creator != from.fabric {
                return Err(Refusal::InvalidCommand);
            }
        }
        let programming = which.kind == CredentialKind::ProgrammingPin;
        if fields.status == Some(UserStatus::Available)
            || (fields.user_type == Some(UserType::Programming) && !programming)
        {
            return Err(Refusal::InvalidCommand);
        }
        let (mac, version) = self.accept(fields)?;
        if self.find(which).is_some() {
            return Err(Refusal::Occupied);
        }
        let place = self.credentials.iter().position(|c| !c.taken()).ok_or(Refusal::Exhausted)?;
        let user = match fields.user {
            Some(user) => {
                let owned = self.credentials.iter().filter(|c| is_same_user(c, user)).count();
                if owned >= crate::CREDENTIALS_PER_USER {
                    return Err(Refusal::Exhausted);
                }
                user
            }
            None => self.free_user().ok_or(Refusal::Exhausted)?,
        };
        self.keep_aliro_key(which, &fields.data)?;
        if fields.user.is_none()
            && let Some(slot) = self.user_mut(user)
        {
            *slot = User {
                status: fields.status.unwrap_or(UserStatus::Enabled),
                user_type: fields.user_type.unwrap_or(UserType::Unrestricted),
                creator: from.fabric,
                modifier: from.fabric,
                ..User::FREE
            };
        }
        if let Some(slot) = self.credentials.get_mut(place) {
            *slot = Credential { user, which, creator: from.fabric, ..Credential::FREE };
        }
        self.fill(place, fields, mac, version, from);
        Ok((user, fields.user.is_none()))
    }

    fn replace(&mut self, fields: &CredentialFields, from: From) -> Result<(UserIndex, bool), Refusal> {
        let which = fields.credential;
        let programming = which.kind == CredentialKind::ProgrammingPin;
        if fields.status.is_some() || fields.user_type.is_some() || (fields.user.is_none() && !programming) {
            return Err(Refusal::InvalidCommand);
        }
        let (mac, version) = self.accept(fields)?;
        let found = self.credentials.iter().position(|c| c.taken() && c.which == which);
        let place = found.ok_or(Refusal::InvalidCommand)?;
        let slot = self.credentials.get(place).copied().ok_or(Refusal::InvalidCommand)?;
        if let Some(user) = fields.user {
            self.user(user).filter(|u| u.taken()).ok_or(Refusal::InvalidCommand)?;
            if user != slot.user {
                return Err(Refusal::Occupied);
            }
        }
        if slot.creator != from.fabric {
            return Err(Refusal::InvalidCommand);
        }
        if version < slot.version {
            return Err(Refusal::Stale);
        }
        self.keep_aliro_key(which, &fields.data)?;
        self.fill(place, fields, mac, version, from);
        Ok((slot.user, false))
    }

    fn fill(&mut self, place: usize, fields: &CredentialFields, mac: [u8; 16], version: u32, from: From) {
        self.config.version = self.config.version.max(version);
        let strong = fields.data.len() >= STRONG_DIGITS;
        if let Some(slot) = self.credentials.get_mut(place) {
            slot.mac = mac;
            slot.version = version;
            slot.not_after = fields.not_after;
            slot.emergency = fields.emergency;
            slot.spent = false;
            slot.tested = 0;
            slot.strong = strong;
            slot.modifier = from.fabric;
            let user = slot.user;
            if let Some(user) = self.user_mut(user) {
                user.modifier = from.fabric;
            }
        }
    }

    /// Keeps the public key of an Aliro credential, which is reported on request.
    fn keep_aliro_key(&mut self, which: CredentialRef, data: &Secret) -> Result<(), Refusal> {
        if !which.kind.is_aliro() {
            return Ok(());
        }
        let old = self.aliro_keys.iter().position(|k| k.which == which);
        let place = old.or_else(|| self.aliro_keys.iter().position(|k| k.which.index == 0));
        let slot = place.and_then(|place| self.aliro_keys.get_mut(place)).ok_or(Refusal::Exhausted)?;
        slot.which = which;
        slot.key = data.expose().try_into().map_err(|_| Refusal::InvalidCommand)?;
        Ok(())
    }

    pub(crate) fn get_credential(&self, which: CredentialRef) -> Answer {
        if !self.index_exists(which) {
            return Answer::Credential(CredentialView { credential: which, detail: None, next: None });
        }
        let detail = self.find(which).map(|c| CredentialDetail {
            user: c.user,
            enabled: self.user(c.user).is_some_and(|u| u.status == UserStatus::Enabled) && !c.spent,
            version: c.version,
            not_after: c.not_after,
            emergency: c.emergency,
            tested: c.tested,
            mac: c.mac,
            creator: c.creator,
            modifier: c.modifier,
            public: self
                .aliro_keys
                .iter()
                .find(|k| k.which == which && which.kind.is_aliro())
                .and_then(|k| Secret::new(&k.key))
                .unwrap_or_default(),
        });
        Answer::Credential(CredentialView { credential: which, detail, next: self.next_taken(which) })
    }

    pub(crate) fn clear_credential(
        &mut self,
        which: Option<CredentialRef>,
        version: u32,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        if let Some(one) = which {
            let all = one.index == ALL;
            let programming = one.kind == CredentialKind::ProgrammingPin;
            if programming || !(all || self.index_exists(one)) {
                return Answer::Refused(Refusal::InvalidCommand);
            }
        }
        let chosen = |c: &Credential| match which {
            None => c.which.kind != CredentialKind::ProgrammingPin,
            Some(CredentialRef { kind, index: ALL }) => c.which.kind == kind,
            Some(one) => c.which == one,
        };
        let version = if version == 0 { self.config.version } else { version };
        let new = version > self.config.revoked;
        self.config.revoked = self.config.revoked.max(version);
        self.config.version = self.config.version.max(version);
        let user = self.credentials.iter().find(|c| c.taken() && chosen(c)).map(|c| c.user);
        if user.is_none() && !new {
            return Answer::Done;
        }
        let reset = self.drop_credentials(chosen);
        if self.save_config(storage).is_err() {
            return Answer::Refused(Refusal::StorageFailed);
        }
        let Some(user) = user else { return Answer::Done };
        let kind = which.map_or(0, |one| data_type(one.kind));
        let single = which.is_some_and(|one| one.index != ALL);
        let user = if single { user } else { ALL };
        self.note_change(kind, DataOperation::Clear, user, which, 0, from, storage, effects);
        if reset && single {
            self.note_change(DATA_USER, DataOperation::Clear, user, None, 0, from, storage, effects);
        }
        Answer::Done
    }

    pub(crate) fn revoke_through(
        &mut self,
        version: u32,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        self.config.revoked = self.config.revoked.max(version);
        self.config.version = self.config.version.max(version);
        self.drop_credentials(|c| c.version <= version);
        if self.save_config(storage).is_err() {
            return Answer::Refused(Refusal::StorageFailed);
        }
        self.note_change(0, DataOperation::Clear, ALL, None, 0, from, storage, effects);
        Answer::Done
    }

    /// Removes credentials and keeps the rest in the order in which they were set. A user whose last credential goes
    /// is freed with its schedules; whether there was one.
    pub(crate) fn drop_credentials(&mut self, chosen: impl Fn(&Credential) -> bool) -> bool {
        let (mut losing, mut keeping) = (Marks::NONE, Marks::NONE);
        for credential in self.credentials.iter().filter(|c| c.taken()) {
            let marks = if chosen(credential) { &mut losing } else { &mut keeping };
            marks.set(credential.user);
        }
        let mut reset = false;
        for user in 1..=u16::try_from(self.users.len()).unwrap_or(u16::MAX) {
            if losing.has(user) && !keeping.has(user) {
                self.reset_user(user);
                reset = true;
            }
        }
        for key in self.aliro_keys.iter_mut().filter(|key| key.which.index != 0) {
            let going = self.credentials.iter().any(|c| c.taken() && c.which == key.which && chosen(c));
            if going {
                *key = AliroKey::FREE;
            }
        }
        let mut kept = 0usize;
        for at in 0..self.credentials.len() {
            let Some(credential) = self.credentials.get(at).copied() else { break };
            if let Some(place) = self.credentials.get_mut(at) {
                *place = Credential::FREE;
            }
            if credential.taken() && !chosen(&credential) {
                if let Some(place) = self.credentials.get_mut(kept) {
                    *place = credential;
                }
                kept = kept.saturating_add(1);
            }
        }
        self.live.partial = Partial::NONE;
        reset
    }
}
