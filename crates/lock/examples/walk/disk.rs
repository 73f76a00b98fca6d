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
            dead: false,
        }
    }

    /// Begins a step under a fault.
    pub fn begin(&mut self, fault: Fault) {
        self.fault = fault;
        self.operations = 0;
        self.waiting.clear();
    }

    /// Whether power went during the step.
    pub fn dead(&self) -> bool {
        self.dead
    }

    /// Whether something waits for a sync.
    pub fn unsynced(&self) -> bool {
        !self.pending.is_empty()
    }

    /// What a lock finds when power comes back.
    pub fn after_loss(&self) -> Self {
        Self { durable: self.durable.clone(), current: self.durable.clone(), ..Self::blank() }
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
        Ok(())
    }
}
