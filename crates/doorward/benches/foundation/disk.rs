//! The floor: one durable write of this disk, a small append and `fdatasync`, on the file system that the
//! measured data folders lie on.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::row::{Row, Times};

/// Bytes of the append: about one page of the database's write-ahead log.
const BYTES: usize = 4096;

/// What this disk takes for one durable write, milliseconds.
#[derive(Clone, Copy)]
pub struct Floor {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Appends so many times and waits for the disk each time.
pub fn measure(folder: &Path, writes: usize, rows: &mut Vec<Row>) -> anyhow::Result<Floor> {
    let path = folder.join("append");
    let mut file = std::fs::File::create(&path)?;
    let bytes = [0xa5_u8; BYTES];
    let mut times = Vec::with_capacity(writes);
    for _ in 0..writes {
        let start = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    drop(file);
    std::fs::remove_file(&path)?;
    let times = Times::new(times);
    let floor = Floor { p50: times.percentile(50), p99: times.percentile(99) };
    let note = format!("append of {BYTES} bytes and fdatasync, {} times", times.len());
    rows.push(Row::told("one durable write of this disk, p50", floor.p50, "ms").note(note.clone()));
    rows.push(Row::told("one durable write of this disk, p99", floor.p99, "ms").note(note));
    Ok(floor)
}
