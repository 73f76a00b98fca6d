//! Ctrl-C for long runs: the first one asks the run to end and print what there is, the second ends the
//! program as usual.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A flag that Ctrl-C raises.
#[derive(Debug, Clone)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Begins to listen. Without a signal to listen to, the flag simply never rises.
    pub fn listen() -> Self {
        let stop = Self(Arc::new(AtomicBool::new(false)));
        let raised = stop.clone();
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
                return;
            };
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    raised.0.store(true, Ordering::Relaxed);
                }
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(130);
                }
            });
        });
        stop
    }

    /// Whether Ctrl-C was pressed.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
