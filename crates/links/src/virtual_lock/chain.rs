//! The hub's end of a lock's record chain: says of every record whether it follows from the one before under the
//! key of its place. The place up to which the hub has everything durable is kept in a file beside the lock's own,
//! with the key that is next there: yesterday's keys are nowhere, here no more than on the lock.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use lock::{Record, chain_mac, next_chain_key};
use serde::{Deserialize, Serialize};
use virtual_lock::Pairing;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Name of the file in the lock's folder.
const FILE: &str = "chain.json";
/// Places kept until they are acknowledged; more than a lock sends before that.
const WAITING: usize = 1024;
/// A hole longer than this is not walked: what was in it is lost either way.
const WALKED: u64 = 1_000_000;

/// After a record: the key of the next place and the record's MAC.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Place {
    seq: u64,
    next_key: [u8; 32],
    mac: [u8; 16],
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Text {
    lock_id: String,
    seq: u64,
    next_key: String,
    mac: String,
}

/// The chain of one lock as far as it was followed.
pub struct Chain {
    path: PathBuf,
    lock_id: [u8; 16],
    first_key: [u8; 32],
    last: Option<Place>,
    waiting: VecDeque<Place>,
}

impl Chain {
    /// Where the chain stood when the hub last acknowledged records; from its beginning for a new lock.
    pub fn open(folder: &Path, pairing: &Pairing) -> Self {
        let path = folder.join(FILE);
        let last = read(&path, &pairing.lock_id);
        let (lock_id, first_key) = (pairing.lock_id, pairing.chain_key);
        Self { path, lock_id, first_key, last, waiting: VecDeque::new() }
    }

    /// Whether this is the chain of a lock with these keys.
    pub fn is_of(&self, pairing: &Pairing) -> bool {
        self.lock_id == pairing.lock_id && self.first_key == pairing.chain_key
    }

    /// Takes the next record, and says false when it does not follow. After a hole of records that are gone nothing
    /// can be said of the first one behind it.
    pub fn fits(&mut self, record: &Record) -> bool {
        let (key, fits) = match &self.last {
            None => self.begin(record),
            // told before, and acknowledged: it was followed then
            Some(last) if record.seq <= last.seq => return true,
            Some(last) => follow(last, record),
        };
        let Some(key) = key else { return fits };
        let place = Place { seq: record.seq, next_key: next_chain_key(&key), mac: record.mac };
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(place.clone());
        self.last = Some(place);
        fits
    }

    /// The first record of a lock in use; or, for one that was in use before its chain was followed, any.
    fn begin(&self, record: &Record) -> (Option<[u8; 32]>, bool) {
        if chain_mac(&self.first_key, &[0; 16], record) == record.mac {
            return (Some(self.first_key), true);
        }
        if record.seq == 1 {
            return (Some(self.first_key), false);
        }
        (moved(self.first_key, record.seq - 1), true)
    }

    /// Keeps the place of the newest record up to this one.
    pub fn keep(&mut self, through: u64) {
        let mut newest = None;
        while self.waiting.front().is_some_and(|place| place.seq <= through) {
            newest = self.waiting.pop_front();
        }
        let Some(place) = newest else { return };
        if let Err(error) = self.write(&place) {
            tracing::warn!(path = %self.path.display(), %error, "the place in a lock's chain cannot be kept");
        }
    }

    fn write(&self, place: &Place) -> std::io::Result<()> {
        let text = Text {
            lock_id: hex::encode(self.lock_id),
            seq: place.seq,
            next_key: hex::encode(place.next_key),
            mac: hex::encode(place.mac),
        };
        let json = zeroize::Zeroizing::new(serde_json::to_vec(&text)?);
        let part = self.path.with_extension("part");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        std::io::Write::write_all(&mut file, &json)?;
        std::fs::rename(&part, &self.path)
    }
}

/// The key of the record's place and whether it follows the last one known.
fn follow(last: &Place, record: &Record) -> (Option<[u8; 32]>, bool) {
    let hole = record.seq - last.seq - 1;
    if hole == 0 {
        let fits = chain_mac(&last.next_key, &last.mac, record) == record.mac;
        return (Some(last.next_key), fits);
    }
    // numbers that the lock gave up leave a MAC of their own; of records that are gone nothing is left
    (moved(last.next_key, hole), true)
}

fn moved(mut key: [u8; 32], places: u64) -> Option<[u8; 32]> {
    if places > WALKED {
        return None;
    }
    for _ in 0..places {
        key = next_chain_key(&key);
    }
    Some(key)
}

fn read(path: &Path, lock_id: &[u8; 16]) -> Option<Place> {
    let json = zeroize::Zeroizing::new(std::fs::read(path).ok()?);
    let text: Text = serde_json::from_slice(&json).ok()?;
    let mut place = Place { seq: text.seq, next_key: [0; 32], mac: [0; 16] };
    hex::decode_to_slice(&text.next_key, &mut place.next_key).ok()?;
    hex::decode_to_slice(&text.mac, &mut place.mac).ok()?;
    // an erased lock has begun a new chain under another name
    (text.lock_id == hex::encode(lock_id)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::Chain;
    use lock::{Record, RecordKind, Source, chain_mac, next_chain_key};
    use virtual_lock::Pairing;

    /// Records as a lock makes them, from its first key on.
    fn records(pairing: &Pairing, count: u64) -> Vec<Record> {
        let (mut key, mut before) = (pairing.chain_key, [0; 16]);
        let one = |seq| {
            let mut record = Record { seq, ..Record::of(RecordKind::Door, Source::Manual) };
            record.mac = chain_mac(&key, &before, &record);
            (key, before) = (next_chain_key(&key), record.mac);
            record
        };
        (1..=count).map(one).collect()
    }

    #[test]
    fn l2_g5_a_changed_record_and_one_put_in_its_place_do_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = Pairing::random().unwrap();
        let good = records(&pairing, 6);
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(good.iter().all(|record| chain.fits(record)));

        let mut chain = Chain::open(folder.path(), &pairing);
        let changed = Record { user: 7, ..good[2] };
        let said: Vec<bool> = [good[0], good[1], changed, good[3]].iter().map(|r| chain.fits(r)).collect();
        assert_eq!(said, [true, true, false, true], "one changed record is one complaint");

        let other = records(&Pairing::random().unwrap(), 6);
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(!chain.fits(&other[0]), "the records of another lock");
    }

    #[test]
    fn g5_the_chain_goes_on_where_it_was_acknowledged_and_over_holes() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = Pairing::random().unwrap();
        let good = records(&pairing, 9);
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(good[..4].iter().all(|record| chain.fits(record)));
        chain.keep(3);
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(chain.fits(&good[3]));
        assert!(!chain.fits(&Record { detail: 9, ..good[4] }));
        // 6 and 7 were overwritten: 8 cannot be judged, 9 can
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(chain.fits(&good[3]) && chain.fits(&good[4]) && chain.fits(&good[7]));
        assert!(!chain.fits(&Record { detail: 9, ..good[8] }));
    }

    #[test]
    fn a_lock_that_was_in_use_before_is_followed_from_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = Pairing::random().unwrap();
        let good = records(&pairing, 9);
        let mut chain = Chain::open(folder.path(), &pairing);
        assert!(chain.fits(&good[5]), "nothing is known of what was before");
        assert!(chain.fits(&good[6]) && !chain.fits(&Record { user: 3, ..good[7] }));
    }
}
