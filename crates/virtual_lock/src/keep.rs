//! Where a virtual lock keeps what must survive: `flash.bin` for the controller (the lock core decides what
//! goes where and in which order; here are only places) and `body.bin` for the mechanics. Decides nothing.
//!
//! Both files have their full size from the start, so that no later write needs room on the disk. `flash.bin`
//! is held in memory besides; a sync writes the changed ranges and waits for the disk. `body.bin` has two
//! places that take turns, each with a number and a checksum; it is flushed when the process ends and
//! otherwise left to the system: a killed process loses nothing of it, a machine without power may find the
//! bolt where it was shortly before.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::path::{Path, PathBuf};

use lock::{RECORD_BYTES, Region, Storage, StorageError, VITALS_BYTES};

use crate::world::World;
use crate::{Core, RING};

/// Bytes that one disk sector holds: the two copies of anything never share one.
const SECTOR: usize = 4096;
const CONFIG: usize = Core::CONFIG_BYTES.next_multiple_of(SECTOR);
const VITALS: usize = VITALS_BYTES.next_multiple_of(SECTOR);
const RECORDS_AT: usize = 2 * CONFIG + 2 * VITALS;
const FLASH_BYTES: usize = RECORDS_AT + RING * RECORD_BYTES;
/// One place of `body.bin`: number 8, length 4, checksum 8, JSON.
const BODY_PLACE: usize = 4096;
const BODY_HEAD: usize = 20;

/// Storage of the controller that can also keep the mechanics.
pub trait Keep: Storage {
    /// Keeps the mechanics; what was kept before may go.
    ///
    /// # Errors
    /// When the medium refuses. The simulation goes on; the process says so.
    fn keep(&mut self, world: &World) -> std::result::Result<(), StorageError>;
}

/// Where a region lies in `flash.bin`.
fn range_of(region: Region) -> Option<Range<usize>> {
    let (start, length) = match region {
        Region::Config(copy @ (0 | 1)) => (usize::from(copy) * CONFIG, CONFIG),
        Region::Vitals(copy @ (0 | 1)) => (2 * CONFIG + usize::from(copy) * VITALS, VITALS),
        Region::Record(place) if usize::from(place) < RING => {
            (RECORDS_AT + usize::from(place) * RECORD_BYTES, RECORD_BYTES)
        }
        _ => return None,
    };
    Some(start..start + length)
}

/// The part of a region that an access means, when it lies within.
fn part(region: Region, offset: u32, length: usize) -> Option<Range<usize>> {
    let whole = range_of(region)?;
    let start = whole.start.checked_add(usize::try_from(offset).ok()?)?;
    let end = start.checked_add(length)?;
    (end <= whole.end).then_some(start..end)
}

/// The two files of one lock's folder.
#[derive(Debug)]
pub struct Files {
    flash: File,
    image: Vec<u8>,
    changed: Vec<Range<usize>>,
    body: File,
    body_number: u64,
    failed: Option<Error>,
}

/// Opens a file of a fixed size, for its owner only.
fn open_sized(path: &Path, bytes: usize) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let wanted = u64::try_from(bytes).map_err(Error::other)?;
    if file.metadata()?.len() < wanted {
        // written, not only sized: holes would need room on the disk later
        write_at(&file, &vec![0; bytes], 0)?;
        file.sync_all()?;
    }
    Ok(file)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: usize) -> Result<()> {
    use std::os::unix::fs::FileExt;
    file.write_all_at(bytes, u64::try_from(at).map_err(Error::other)?)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], at: usize) -> Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(u64::try_from(at).map_err(Error::other)?))?;
    file.write_all(bytes)
}

fn read_whole(mut file: &File, bytes: usize) -> Result<Vec<u8>> {
    use std::io::{Read, Seek, SeekFrom};
    let mut image = vec![0; bytes];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut image)?;
    Ok(image)
}

impl Files {
    /// Opens (or makes) the files of a lock's folder and what the mechanics were like.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process has this lock open.
    pub fn open(folder: &Path) -> Result<(Self, World)> {
        let flash_path = folder.join("flash.bin");
        let flash = open_sized(&flash_path, FLASH_BYTES)?;
        flash.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => taken(flash_path),
            TryLockError::Error(error) => error,
        })?;
        let image = read_whole(&flash, FLASH_BYTES)?;
        let body = open_sized(&folder.join("body.bin"), 2 * BODY_PLACE)?;
        let (body_number, world) = newest_world(&read_whole(&body, 2 * BODY_PLACE)?);
        Ok((Self { flash, image, changed: Vec::new(), body, body_number, failed: None }, world))
    }

    /// The last reason why the disk refused, once.
    pub fn take_error(&mut self) -> Option<Error> {
        self.failed.take()
    }

    /// Waits for the disk to have everything.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<()> {
        if Storage::sync(self).is_err() {
            return Err(self.take_error().unwrap_or_else(|| Error::other("the disk refuses")));
        }
        self.body.sync_data()
    }
}

fn taken(path: PathBuf) -> Error {
    let text = format!("{} is in use by another process: this lock already runs", path.display());
    Error::new(ErrorKind::WouldBlock, text)
}

impl Storage for Files {
    fn read(
        &mut self,
        region: Region,
        offset: u32,
        into: &mut [u8],
    ) -> std::result::Result<(), StorageError> {
        let range = part(region, offset, into.len()).ok_or(StorageError)?;
        into.copy_from_slice(self.image.get(range).ok_or(StorageError)?);
        Ok(())
    }

    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> std::result::Result<(), StorageError> {
        let range = part(region, offset, bytes.len()).ok_or(StorageError)?;
        self.image.get_mut(range.clone()).ok_or(StorageError)?.copy_from_slice(bytes);
        match self.changed.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.changed.push(range),
        }
        Ok(())
    }

    fn sync(&mut self) -> std::result::Result<(), StorageError> {
        if self.changed.is_empty() {
            return Ok(());
        }
        for range in &self.changed {
            if let Err(error) = write_at(&self.flash, &self.image[range.clone()], range.start) {
                self.failed = Some(error);
                return Err(StorageError);
            }
        }
        if let Err(error) = self.flash.sync_data() {
            self.failed = Some(error);
            return Err(StorageError);
        }
        self.changed.clear();
        Ok(())
    }
}

impl Keep for Files {
    fn keep(&mut self, world: &World) -> std::result::Result<(), StorageError> {
        let number = self.body_number + 1;
        let kept = serde_json::to_vec(world).map_err(Error::other).and_then(|json| {
            let place =
                body_place(number, &json).ok_or_else(|| Error::other("the body does not fit its place"))?;
            write_at(&self.body, &place, usize::from(number % 2 == 1) * BODY_PLACE)
        });
        match kept {
            Ok(()) => {
                self.body_number = number;
                Ok(())
            }
            Err(error) => {
                self.failed = Some(error);
                Err(StorageError)
            }
        }
    }
}

/// FNV-1a, 64 bit: finds a torn write, proves nothing against a hand.
fn checksum(number: u64, json: &[u8]) -> u64 {
    number
        .to_be_bytes()
        .iter()
        .chain(json)
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

fn body_place(number: u64, json: &[u8]) -> Option<Vec<u8>> {
    if json.len() > BODY_PLACE - BODY_HEAD {
        return None;
    }
    let mut place = number.to_be_bytes().to_vec();
    place.extend(u32::try_from(json.len()).ok()?.to_be_bytes());
    place.extend(checksum(number, json).to_be_bytes());
    place.extend(json);
    Some(place)
}

fn read_place(place: &[u8]) -> Option<(u64, World)> {
    let (number, rest) = place.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let json = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let number = u64::from_be_bytes(*number);
    if number == 0 || checksum(number, json) != u64::from_be_bytes(*sum) {
        return None;
    }
    Some((number, serde_json::from_slice(json).ok()?))
}

fn newest_world(file: &[u8]) -> (u64, World) {
    file.chunks(BODY_PLACE).filter_map(read_place).max_by_key(|(number, _)| *number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{BODY_PLACE, Files, Keep, body_place, newest_world, part, range_of};
    use crate::world::World;
    use crate::{Core, RING};
    use lock::{Region, Storage, VITALS_BYTES};

    #[test]
    fn regions_hold_what_the_core_may_write_and_do_not_overlap() {
        let mut regions = vec![Region::Config(0), Region::Config(1), Region::Vitals(0), Region::Vitals(1)];
        regions.extend((0..u16::try_from(RING).unwrap()).map(Region::Record));
        let mut end = 0;
        for region in regions {
            let range = range_of(region).unwrap();
            assert!(range.start >= end, "{region:?} overlaps the one before");
            end = range.end;
        }
        assert!(part(Region::Config(1), 0, Core::CONFIG_BYTES).is_some());
        assert!(part(Region::Vitals(1), 0, VITALS_BYTES).is_some());
        assert!(part(Region::Record(0), 1, lock::RECORD_BYTES).is_none(), "a write runs into its neighbour");
        assert!(range_of(Region::Config(2)).is_none() && range_of(Region::Record(u16::MAX)).is_none());
    }

    #[test]
    fn what_was_synced_is_there_for_the_next_process_and_what_was_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (mut files, world) = Files::open(folder.path()).unwrap();
        assert_eq!(world, World::default());
        files.write(Region::Record(3), 0, b"durable").unwrap();
        files.sync().unwrap();
        files.write(Region::Record(3), 0, b"volatil").unwrap();
        let again = Files::open(folder.path());
        assert!(again.unwrap_err().to_string().contains("already runs"), "two processes share a lock");
        drop(files);
        let (mut files, _) = Files::open(folder.path()).unwrap();
        let mut read = [0; 7];
        files.read(Region::Record(3), 0, &mut read).unwrap();
        assert_eq!(&read, b"durable");
    }

    #[test]
    fn the_body_is_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for bolt in [1000, 450, 0, 7] {
            let (mut files, _) = Files::open(folder.path()).unwrap();
            files.keep(&World { bolt, ..World::default() }).unwrap();
            drop(files);
            assert_eq!(Files::open(folder.path()).unwrap().1.bolt, bolt);
        }
    }

    #[test]
    fn a_torn_body_write_leaves_the_old_or_the_new() {
        let json = |bolt| serde_json::to_vec(&World { bolt, ..World::default() }).unwrap();
        let mut file = vec![0; 2 * BODY_PLACE];
        let (old, new) = (body_place(2, &json(1)).unwrap(), body_place(3, &json(2)).unwrap());
        file[..old.len()].copy_from_slice(&old);
        for torn in 0..=new.len() {
            let mut file = file.clone();
            file[BODY_PLACE..BODY_PLACE + torn].copy_from_slice(&new[..torn]);
            assert_eq!(newest_world(&file).1.bolt, if torn == new.len() { 2 } else { 1 }, "torn at {torn}");
        }
    }
}
