//! Time by a thread's own processor clock, so that other work on the machine disturbs a measurement little.
//! For what runs on one thread and waits for nothing; what waits is timed by the wall clock, elsewhere.

use std::time::Instant;

/// Processor seconds of this thread so far, where the system tells (Linux).
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|ns| ns * 1e-9)
}

/// Runs `work` and returns the seconds it took: of the processor if the system tells, else of the clock.
pub fn timed(work: impl FnOnce()) -> f64 {
    let (wall, cpu) = (Instant::now(), processor());
    work();
    match (cpu, processor()) {
        (Some(before), Some(after)) if after > before => after - before,
        _ => wall.elapsed().as_secs_f64(),
    }
}
