//! Which wish of the hub stands behind which credential version of the lock. The lock counts versions over
//! all its slots, the hub for each slot; a record names the lock's. Kept in a file beside the lock's own, one
//! line each, so that an entry that arrives after a restart is still put to the right wish. No secret is in
//! it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Result, Write};
use std::path::{Path, PathBuf};

/// Lines kept when the file is written anew.
const KEPT: usize = 4096;
/// Lines at which it is written anew.
const TOO_MANY: usize = 2 * KEPT;

/// The table of one lock.
#[derive(Debug)]
pub struct Versions {
    path: PathBuf,
    file: File,
    known: BTreeMap<u32, u64>,
    lines: usize,
}

impl Versions {
    /// Reads the table, or begins one. A torn last line is passed over.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("versions.txt");
        let file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
        let mut known = BTreeMap::new();
        let mut lines = 0;
        for line in BufReader::new(&file).lines() {
            lines += 1;
            if let Some((lock, hub)) = parse(&line?) {
                known.insert(lock, hub);
            }
        }
        let mut table = Self { path, file, known, lines };
        if lines > TOO_MANY {
            table.shorten()?;
        }
        Ok(table)
    }

    /// Notes a version before it is sent to the lock.
    pub fn note(&mut self, lock: u32, hub: u64) -> Result<()> {
        // a line in front ends one that was torn
        self.file.write_all(format!("\n{lock} {hub}").as_bytes())?;
        self.lines += 1;
        self.known.insert(lock, hub);
        if self.lines > TOO_MANY {
            self.shorten()?;
        }
        Ok(())
    }

    /// The hub's version behind one of the lock's.
    pub fn hub(&self, lock: u32) -> Option<u64> {
        self.known.get(&lock).copied()
    }

    fn shorten(&mut self) -> Result<()> {
        while self.known.len() > KEPT {
            self.known.pop_first();
        }
        let part = self.path.with_extension("part");
        let text: String = self.known.iter().map(|(lock, hub)| format!("\n{lock} {hub}")).collect();
        std::fs::write(&part, text)?;
        std::fs::rename(&part, &self.path)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.lines = self.known.len();
        Ok(())
    }
}

fn parse(line: &str) -> Option<(u32, u64)> {
    let (lock, hub) = line.split_once(' ')?;
    Some((lock.parse().ok()?, hub.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{KEPT, TOO_MANY, Versions};
    use std::io::Write;

    #[test]
    fn is_there_after_a_restart_also_after_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Versions::open(folder.path()).unwrap();
        table.note(7, 3).unwrap();
        table.file.write_all(b"\n8").unwrap();
        let mut table = Versions::open(folder.path()).unwrap();
        assert_eq!((table.hub(7), table.hub(8)), (Some(3), None));
        table.note(9, 1).unwrap();
        assert_eq!(Versions::open(folder.path()).unwrap().hub(9), Some(1));
    }

    #[test]
    fn does_not_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Versions::open(folder.path()).unwrap();
        for n in 0..u32::try_from(TOO_MANY + 10).unwrap() {
            table.note(n, u64::from(n)).unwrap();
        }
        let table = Versions::open(folder.path()).unwrap();
        assert!(table.known.len() <= KEPT + 10);
        assert_eq!(table.hub(u32::try_from(TOO_MANY).unwrap()), Some(TOO_MANY as u64));
    }
}
