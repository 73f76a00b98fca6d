//! Keeps everything that is logged by anybody in this process, at every level, to look for secrets in it.

use std::sync::{Mutex, Once};

static LINES: Mutex<String> = Mutex::new(String::new());
static START: Once = Once::new();

struct Keep;

impl log::Log for Keep {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {} {}\n", record.level(), record.target(), record.args());
        LINES.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

/// From now on everything is kept. Events of `tracing` come here too (its feature `log`).
pub(crate) fn start() {
    START.call_once(|| {
        log::set_logger(&Keep).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// Everything kept so far.
pub(crate) fn text() -> String {
    LINES.lock().unwrap().clone()
}
