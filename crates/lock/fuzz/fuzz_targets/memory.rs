//! Storage in memory for the fuzz targets: every place there from the start, refusing when told to.

use lock::{Region, Storage, StorageError};

/// Places in the ring.
pub const RING: usize = 8;
/// A small lock with every kind of slot.
pub type Small = lock::Lock<4, 8, 2, 2, 2, 2, 1, 2, RING>;
/// Bytes of a region; the largest is the configuration.
pub const BYTES: usize = 2_048;

/// Fixed places.
#[derive(Clone)]
pub struct Memory {
    pub places: Vec<[u8; BYTES]>,
    /// Operations until it refuses; `None` for never.
    pub refuse_after: Option<u32>,
}

impl Memory {
    pub fn blank() -> Self {
        Self { places: vec![[0xFF; BYTES]; 4 + RING], refuse_after: None }
    }

    fn place(region: Region) -> usize {
        match region {
            Region::Config(copy) => usize::from(copy),
            Region::Vitals(copy) => 2 + usize::from(copy),
            Region::Record(place) => 4 + usize::from(place),
        }
    }

    fn operate(&mut self) -> Result<(), StorageError> {
        match &mut self.refuse_after {
            Some(0) => Err(StorageError),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Storage for Memory {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        let at = offset as usize;
        let place = self.places.get(Self::place(region)).ok_or(StorageError)?;
        into.copy_from_slice(place.get(at..at + into.len()).ok_or(StorageError)?);
        Ok(())
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        self.operate()?;
        let at = offset as usize;
        let place = self.places.get_mut(Self::place(region)).ok_or(StorageError)?;
        place.get_mut(at..at + bytes.len()).ok_or(StorageError)?.copy_from_slice(bytes);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        self.operate()
    }
}
