//! How configuration and counters lie in storage: two copies each, taking turns, with a sequence number and a
//! checksum over everything, so that a cut at any byte leaves the old or the new. Holds no rule.
//!
//! A copy is `magic 4 | sequence 8 | length 4 | CRC-32 4 | body`; the CRC covers sequence, length and body.

use zeroize::Zeroize;

use crate::codec::{
    self, ALIRO, ALIRO_KEY, CREDENTIAL, HEAD, HOLIDAY, PEER, TAIL, USER, VITALS, WEEK_DAY, YEAR_DAY,
};
use crate::command::{Holiday, WeekDay, YearDay};
use crate::guess::short;
use crate::state::{AliroKey, Config, Core, Credential, Peer, User, Vitals};
use crate::storage::{Region, Storage, StorageError};
use crate::wire::{Reader, Writer, crc32};

const MAGIC: u32 = u32::from_le_bytes(*b"DwL1");
const HEADER: usize = 20;
/// Most bytes that one copy of the counters takes in storage.
pub const VITALS_BYTES: usize = HEADER + VITALS;
const CHUNK: usize = 512;

/// Bytes of one copy of the configuration, for so many of each slot.
#[expect(clippy::too_many_arguments, reason = "the capacities of a lock")]
pub(crate) const fn config_bytes(
    users: usize,
    credentials: usize,
    week_days: usize,
    year_days: usize,
    holidays: usize,
    aliro_keys: usize,
    aliro_readers: usize,
    peers: usize,
) -> usize {
    HEADER
        + HEAD
        + peers * PEER
        + TAIL
        + aliro_readers * ALIRO
        + users * USER
        + credentials * CREDENTIAL
        + week_days * WEEK_DAY
        + year_days * YEAR_DAY
        + holidays * HOLIDAY
        + aliro_keys * ALIRO_KEY
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

    /// As `put`, and erases the bytes.
    fn put_secret(&mut self, bytes: &mut [u8]) {
        self.put(bytes);
        bytes.zeroize();
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
            self.aliro.len(),
            self.peers.len(),
        )
        .saturating_sub(HEADER)
    }

    /// Makes the configuration durable. On an error the configuration in memory goes back to the durable one.
    pub(crate) fn save_config(&mut self, storage: &mut impl Storage) -> Result<(), StorageError> {
        let sequence = self.live.config_seq.saturating_add(1);
        // this copy goes over a refused one
        self.live.config_unsure = false;
        let written = self.write_config(storage, sequence).and_then(|()| self.sync(storage));
        match written {
            Ok(()) => {
                self.live.config_seq = sequence;
                Ok(())
            }
            Err(error) => {
                self.live.storage_failed = true;
                let at_most = self.live.config_seq;
                self.live.config_unsure = self.load_config(storage, at_most) == Found::Whole;
                Err(error)
            }
        }
    }

    /// Writes zeros over the copy that is not the newest.
    pub(crate) fn wipe_old_config(&mut self, storage: &mut impl Storage) -> Result<(), StorageError> {
        let region = copy_of(Region::Config, self.live.config_seq.saturating_add(1));
        let whole = HEADER.saturating_add(self.config_len());
        for at in (0..whole).step_by(CHUNK) {
            let len = whole.saturating_sub(at).min(CHUNK);
            let zeros = [0u8; CHUNK];
            let offset = u32::try_from(at).map_err(|_| StorageError)?;
            storage.write(region, offset, zeros.get(..len).unwrap_or(&[]))?;
        }
        self.sync(storage)
    }

    fn write_config<S: Storage>(&self, storage: &mut S, sequence: u64) -> Result<(), StorageError> {
        save(storage, copy_of(Region::Config, sequence), sequence, self.config_len(), |sink| {
            sink.put_secret(&mut codec::head_bytes(self.config));
            self.peers.iter().for_each(|peer| sink.put_secret(&mut codec::peer_bytes(peer)));
            sink.put(&codec::tail_bytes(self.config));
            self.aliro.iter().for_each(|aliro| sink.put_secret(&mut codec::aliro_bytes(aliro)));
            self.users.iter().for_each(|user| sink.put(&codec::user_bytes(user)));
            self.credentials.iter().for_each(|c| sink.put(&codec::credential_bytes(c)));
            self.week_days.iter().for_each(|s| sink.put(&codec::week_day_bytes(s)));
            self.year_days.iter().for_each(|s| sink.put(&codec::year_day_bytes(s)));
            self.holidays.iter().for_each(|h| sink.put(&codec::holiday_bytes(h)));
            self.aliro_keys.iter().for_each(|key| sink.put(&codec::aliro_key_bytes(key)));
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
        let head = pieces.take::<HEAD, _>(codec::read_head);
        self.peers.iter_mut().for_each(|peer| *peer = pieces.take::<PEER, _>(codec::read_peer));
        *self.config = pieces.take::<TAIL, _>(|r| codec::read_tail(head, r));
        self.aliro.iter_mut().for_each(|aliro| *aliro = pieces.take::<ALIRO, _>(codec::read_aliro));
        self.users.iter_mut().for_each(|user| *user = pieces.take::<USER, _>(codec::read_user));
        let credentials = self.credentials.iter_mut();
        credentials.for_each(|c| *c = pieces.take::<CREDENTIAL, _>(codec::read_credential));
        self.week_days.iter_mut().for_each(|s| *s = pieces.take::<WEEK_DAY, _>(codec::read_week_day));
        self.year_days.iter_mut().for_each(|s| *s = pieces.take::<YEAR_DAY, _>(codec::read_year_day));
        self.holidays.iter_mut().for_each(|h| *h = pieces.take::<HOLIDAY, _>(codec::read_holiday));
        self.aliro_keys.iter_mut().for_each(|key| *key = pieces.take::<ALIRO_KEY, _>(codec::read_aliro_key));
        pieces.good
    }

    /// Back to the factory's configuration, in memory only.
    pub(crate) fn forget_configuration(&mut self) {
        *self.config = Config::FACTORY;
        self.peers.fill(Peer::FREE);
        self.aliro.fill(None);
        self.users.fill(User::FREE);
        self.credentials.fill(Credential::FREE);
        self.week_days.fill(WeekDay::default());
        self.year_days.fill(YearDay::default());
        self.holidays.fill(Holiday::default());
        self.aliro_keys.fill(AliroKey::FREE);
    }

    /// Puts the counters into storage, without a sync of its own. Never leaves both copies unsynced.
    pub(crate) fn write_vitals<S: Storage>(&mut self, storage: &mut S) -> Result<(), StorageError> {
        if self.live.vitals_waiting {
            self.sync(storage)?;
        }
        let now = self.live.now;
        for (attempts, until) in self.vitals.attempts.iter_mut().zip(self.live.lockout) {
            attempts.left = short(until.saturating_sub(now));
        }
        let wall = self.wall();
        if wall > 0 {
            self.vitals.wall = wall;
        }
        let sequence = self.live.vitals_seq.saturating_add(1);
        let mut image = *self.vitals;
        if let Some((next_seq, chain_key, chain_mac)) = self.live.synced_chain {
            image = Vitals { next_seq: next_seq.get(), chain_key, chain_mac, ..image };
        }
        let body = codec::vitals_bytes(&image);
        let region = copy_of(Region::Vitals, sequence);
        save(storage, region, sequence, VITALS, |sink: &mut Sink<'_, S>| sink.put(&body))?;
        // the copy may be whole in storage from here on, so the next one goes to the other place
        self.live.vitals_seq = sequence;
        self.live.vitals_waiting = true;
        self.live.vitals_at = now;
        Ok(())
    }

    /// Waits until everything written is durable. When that fails the copy written last is the one to write again.
    pub(crate) fn sync(&mut self, storage: &mut impl Storage) -> Result<(), StorageError> {
        let settled = match self.live.config_unsure {
            true => self.write_config(storage, self.live.config_seq.saturating_add(1)),
            false => Ok(()),
        };
        match settled.and_then(|()| storage.sync()) {
            Ok(()) => {
                self.live.vitals_waiting = false;
                self.live.synced_chain = None;
                let settled = u64::from(core::mem::take(&mut self.live.config_unsure));
                self.live.config_seq = self.live.config_seq.saturating_add(settled);
                Ok(())
            }
            Err(error) => {
                let waiting = u64::from(core::mem::take(&mut self.live.vitals_waiting));
                self.live.vitals_seq = self.live.vitals_seq.saturating_sub(waiting);
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
                let mut pieces = Pieces { storage, region, offset: HEADER, good: true };
                let vitals = pieces.take::<VITALS, _>(codec::read_vitals);
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
