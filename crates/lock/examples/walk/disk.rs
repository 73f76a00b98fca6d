//! Storage of the walked lock: small, cheap to copy, and able to fail or lose power at any operation, with any part of
//! what was not yet synced arriving or not.

use lock::{RECORD_BYTES, Region, Storage, StorageError, VITALS_BYTES};

/// Places in the walked ring.
pub const RING: usize = 4;
const CONFIG: usize = 1024;

/// The bytes of every region.
#[derive(Clone)]
pub struct Image {
    config: [[u8; CONFIG]; 2],
    vitals: [[u8; VITALS_BYTES]; 2],
    records: [[u8; RECORD_BYTES]; RING],
}

impl Image {
    const BLANK: Self = Self {
        config: [[0xFF; CONFIG]; 2],
        vitals: [[0xFF; VITALS_BYTES]; 2],
        records: [[0xFF; RECORD_BYTES]; RING],
    };

    fn region(&mut self, region: Region) -> Option<&mut [u8]> {
        match region {
            Region::Config(copy) => self.config.get_mut(usize::from(copy)).map(|r| r.as_mut_slice()),
            Region::Vitals(copy) => self.vitals.get_mut(usize::from(copy)).map(|r| r.as_mut_slice()),
            Region::Record(place) => self.records.get_mut(usize::from(place)).map(|r| r.as_mut_slice()),
        }
    }

    fn put(&mut self, region: Region, offset: usize, bytes: &[u8]) -> Result<(), StorageError> {
        let place =
            self.region(region).and_then(|r| r.get_mut(offset..offset + bytes.len())).ok_or(StorageError)?;
        place.copy_from_slice(bytes);
        Ok(())
    }
}

/// What goes wrong during one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// This operation and all after it in the step are refused.
    FailFrom(usize),
    /// Power goes at this sync. Of the writes that waited for it each has a digit to base 3 in `landed`, lowest first:
    /// 0 nothing of it arrived, 1 all, 2 its first half. A cut at an earlier write is among these: it is one in which
    /// nothing of the later writes arrived.
    Cut { at: usize, landed: u32 },
}

/// So many writes, the newest ones, are there or not in every combination; those before them all or none. More wait only
/// after storage has refused several times in a row.
const COMBINED: u32 = 6;

/// What a loss of power may leave of so many waiting writes, as digits to base 3, the oldest write lowest: 0 nothing of
/// it arrived, 1 all.
pub fn combinations(waiting: usize) -> Vec<u32> {
    let waiting = u32::try_from(waiting).unwrap_or(0);
    let old = waiting.saturating_sub(COMBINED);
    let digits =
        |from: u32, bits: u32| (from..waiting).map(|n| (bits >> (n - from) & 1) * 3u32.pow(n)).sum::<u32>();
    let before: u32 = (0..old).map(|n| 3u32.pow(n)).sum();
    let newest = (0..1u32 << (waiting - old)).map(|bits| digits(old, bits));
    if old == 0 { newest.collect() } else { newest.flat_map(|one| [one, one + before]).collect() }
}

type Pending = (Region, usize, Vec<u8>);

/// Storage with faults.
#[derive(Clone)]
pub struct Disk {
    durable: Image,
    current: Image,
    pending: Vec<Pending>,
    fault: Fault,
    /// Operations of this step.
    pub operations: usize,
    /// For each operation how many writes a sync waited with; 0 for a write.
    pub waiting: Vec<usize>,
    /// A sync of this step went through.
    pub synced: bool,
    dead: bool,
}

impl Disk {
    /// Never written.
    pub fn blank() -> Self {
        Self {
            durable: Image::BLANK,
            current: Image::BLANK,
            pending: Vec::new(),
            fault: Fault::None,
            operations: 0,
            waiting: Vec::new(),
            synced: false,
            dead: false,
        }
    }

    /// Begins a step under a fault.
    pub fn begin(&mut self, fault: Fault) {
        self.fault = fault;
        self.operations = 0;
        self.waiting.clear();
        self.synced = false;
    }

    /// Whether power went during the step.
    pub fn dead(&self) -> bool {
        self.dead
    }

    /// Whether something waits for a sync.
    pub fn unsynced(&self) -> bool {
        !self.pending.is_empty()
    }

    /// How many writes wait for a sync.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Power goes between two steps: of what waits arrives what the fault says.
    pub fn lose(&mut self, fault: Fault) {
        let landed = if let Fault::Cut { landed, .. } = fault { landed } else { 0 };
        let _ = self.die(landed);
    }

    /// What a lock may find when power goes now: each waiting write there or not, in every combination.
    pub fn after_every_loss(&self) -> Vec<Self> {
        if self.pending.is_empty() {
            return vec![self.after_loss()];
        }
        let left = combinations(self.pending.len()).into_iter().map(|landed| {
            let mut one = self.clone();
            let _ = one.die(landed);
            one.after_loss()
        });
        left.collect()
    }

    /// Everything that is durable.
    pub fn bytes(&self) -> Vec<u8> {
        let Image { config, vitals, records } = &self.durable;
        [config.as_flattened(), vitals.as_flattened(), records.as_flattened()].concat()
    }

    /// What a lock finds when power comes back.
    pub fn after_loss(&self) -> Self {
        Self {
            durable: self.durable.clone(),
            current: self.durable.clone(),
            pending: Vec::new(),
            fault: Fault::None,
            operations: 0,
            waiting: Vec::new(),
            synced: false,
            dead: false,
        }
    }

    fn die(&mut self, mut landed: u32) -> StorageError {
        for (region, at, bytes) in std::mem::take(&mut self.pending) {
            let arrived = match landed % 3 {
                0 => 0,
                1 => bytes.len(),
                _ => bytes.len() / 2,
            };
            let _ = self.durable.put(region, at, bytes.get(..arrived).unwrap_or(&[]));
            landed /= 3;
        }
        self.dead = true;
        StorageError
    }

    fn begin_operation(&mut self, sync: bool) -> Result<usize, StorageError> {
        let at = self.operations;
        self.operations += 1;
        self.waiting.push(if sync { self.pending.len() } else { 0 });
        if self.dead || matches!(self.fault, Fault::FailFrom(from) if at >= from) {
            return Err(StorageError);
        }
        Ok(at)
    }
}

impl Storage for Disk {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        if self.dead {
            return Err(StorageError);
        }
        let offset = usize::try_from(offset).map_err(|_| StorageError)?;
        let held = self
            .current
            .region(region)
            .and_then(|r| r.get(offset..offset + into.len()))
            .ok_or(StorageError)?;
        into.copy_from_slice(held);
        Ok(())
    }

    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        self.begin_operation(false)?;
        let offset = usize::try_from(offset).map_err(|_| StorageError)?;
        self.current.put(region, offset, bytes)?;
        // what waited for the same place will not be written any more
        self.pending.retain(|(other, at, old)| (*other, *at, old.len()) != (region, offset, bytes.len()));
        self.pending.push((region, offset, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        let at = self.begin_operation(true)?;
        if let Fault::Cut { at: cut, landed } = self.fault
            && cut == at
        {
            return Err(self.die(landed));
        }
        self.durable = self.current.clone();
        self.pending.clear();
        self.synced = true;
        Ok(())
    }
}
