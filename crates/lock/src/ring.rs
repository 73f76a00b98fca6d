//! The lock's own log: a ring of places in storage, numbered without holes, chained by MACs under a key that moves
//! forward with every record, so that who takes the lock's storage today cannot rewrite yesterday. Decides nothing.
//!
//! The chain: `mac(n) = HMAC(key(n), fields(n), mac(n-1))[..16]` and `key(n+1) = HMAC(key(n), "next")`. A number that
//! was given up because storage refused is a hole; its `mac` is `HMAC(key(n), "gap")[..16]`. The counters in storage
//! may lag behind the ring; a start takes over what it finds there.

use core::num::NonZeroU64;

use crate::answer::{Answer, RECORDS_PER_ANSWER};
use crate::channel::{hmac128, hmac256};
use crate::record::{RECORD_BYTES, Record};
use crate::state::Core;
use crate::storage::{Region, Storage, StorageError};

/// The chain key after this one.
#[must_use]
pub fn next_chain_key(key: &[u8; 32]) -> [u8; 32] {
    hmac256(key, &[b"doorward chain next v1"])
}

/// The chain MAC of a record under the key of its place, after the MAC before it.
#[must_use]
pub fn chain_mac(key: &[u8; 32], before: &[u8; 16], record: &Record) -> [u8; 16] {
    hmac128(key, &[b"doorward chain v1", &record.fields(), before])
}

/// The chain MAC of a place that was given up.
#[must_use]
pub fn gap_mac(key: &[u8; 32]) -> [u8; 16] {
    hmac128(key, &[b"doorward chain gap v1"])
}

impl Core<'_> {
    fn place(&self, seq: u64) -> Region {
        let ring = u64::from(self.ring.max(1));
        Region::Record(u16::try_from(seq.checked_rem(ring).unwrap_or(0)).unwrap_or(0))
    }

    /// Writes a record into the ring, without a sync. On an error nothing is taken up.
    pub(crate) fn append(
        &mut self,
        mut record: Record,
        storage: &mut impl Storage,
    ) -> Result<u64, StorageError> {
        if self.live.gap {
            self.write_vitals(storage)?;
            self.live.gap = false;
        }
        record.seq = self.vitals.next_seq;
        record.boot = self.vitals.boot;
        record.uptime = self.live.now;
        record.wall = self.wall();
        record.quality = self.vitals.quality;
        record.mac = chain_mac(&self.vitals.chain_key, &self.vitals.chain_mac, &record);
        storage.write(self.place(record.seq), 0, &record.encode())?;
        let v = &*self.vitals;
        // numbers begin at 1
        let number = NonZeroU64::new(v.next_seq).unwrap_or(NonZeroU64::MIN);
        self.live.synced_chain.get_or_insert((number, v.chain_key, v.chain_mac));
        self.move_chain(record.mac);
        Ok(record.seq)
    }

    /// Gives up a number after an [`Core::append`] whose sync failed, or for a record that could not be written
    /// although the thing happened: the hub sees the hole.
    pub(crate) fn give_up_number(&mut self) {
        self.move_chain(gap_mac(&self.vitals.chain_key));
        self.live.gap = true;
        self.live.synced_chain = None;
    }

    fn move_chain(&mut self, mac: [u8; 16]) {
        self.vitals.chain_mac = mac;
        self.vitals.chain_key = next_chain_key(&self.vitals.chain_key);
        self.vitals.next_seq = self.vitals.next_seq.saturating_add(1);
    }

    /// Takes over records that were written after the counters.
    pub(crate) fn recover_ring(&mut self, storage: &mut impl Storage) {
        for _ in 0..self.ring {
            let seq = self.vitals.next_seq;
            let Some(record) = self.read_numbered(seq, storage) else { return };
            let mac = chain_mac(&self.vitals.chain_key, &self.vitals.chain_mac, &record);
            if mac != record.mac {
                return;
            }
            self.move_chain(mac);
        }
    }

    /// Where the counters are gone but the log is not: goes on counting after the newest record and start in the ring,
    /// so that numbers, and challenges and pushes that are made of them, do not come twice. The chain begins anew.
    pub(crate) fn number_after_ring(&mut self, storage: &mut impl Storage) {
        for place in 0..self.ring {
            let Some(record) = self.read_place(u64::from(place), storage) else { continue };
            self.vitals.next_seq = self.vitals.next_seq.max(record.seq.saturating_add(1));
            self.vitals.boot = self.vitals.boot.max(record.boot);
        }
        // what is still held is sent again
        self.vitals.acked = self.oldest().saturating_sub(1);
    }

    fn read_place(&self, seq: u64, storage: &mut impl Storage) -> Option<Record> {
        let mut bytes = [0u8; RECORD_BYTES];
        storage.read(self.place(seq), 0, &mut bytes).ok()?;
        Record::decode(&bytes)
    }

    fn read_numbered(&self, seq: u64, storage: &mut impl Storage) -> Option<Record> {
        self.read_place(seq, storage).filter(|record| record.seq == seq)
    }

    /// Oldest number that may still be held.
    pub(crate) fn oldest(&self) -> u64 {
        self.vitals.next_seq.saturating_sub(u64::from(self.ring)).max(1)
    }

    /// Records overwritten before the hub acknowledged them.
    pub(crate) fn lost(&self) -> u64 {
        self.oldest().saturating_sub(1).saturating_sub(self.vitals.acked)
    }

    pub(crate) fn read_record(&self, seq: u64, storage: &mut impl Storage) -> Option<Record> {
        if seq < self.oldest() || seq >= self.vitals.next_seq {
            return None;
        }
        self.read_numbered(seq, storage)
    }

    /// The next records after `after`, skipping holes.
    pub(crate) fn records_after(&self, after: u64, storage: &mut impl Storage) -> Answer {
        let mut records = [None; RECORDS_PER_ANSWER];
        let mut places = records.iter_mut();
        let first = after.saturating_add(1).max(self.oldest());
        let mut seq = first;
        while seq < self.vitals.next_seq {
            if let Some(record) = self.read_numbered(seq, storage) {
                let Some(place) = places.next() else { break };
                *place = Some(record);
            }
            seq = seq.saturating_add(1);
        }
        Answer::Records(self.oldest(), self.vitals.next_seq, records)
    }
}
