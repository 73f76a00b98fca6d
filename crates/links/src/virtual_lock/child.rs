//! One lock's process: started, watched, started again when it dies, ended with this one. Knows no lock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::Instant;
use virtual_lock::Ready;

/// How to start the process of the lock in a folder. It must print the line of [`Ready`] as JSON on standard
/// output and end when its standard input is closed.
pub type Launch = Box<dyn Fn(&Path) -> Command + Send + Sync>;

/// How long a process may take until it says where it listens.
const READY: Duration = Duration::from_secs(15);
/// Lines before that at most.
const LINES: usize = 50;
/// How long it may take to end.
const END: Duration = Duration::from_secs(3);
/// Waits between starts: the first, doubled up to the second; a process that ran for that long begins anew.
const RESTART: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Starts this very program as a virtual lock.
pub fn launch_program(program: PathBuf) -> Launch {
    Box::new(move |folder| {
        let mut command = Command::new(&program);
        command.args(["virtual-lock", "--listen", "127.0.0.1:0", "--stop-with-stdin", "--data"]).arg(folder);
        command
    })
}

/// Keeps the process of one lock running until `stop` says otherwise or its sender is gone.
pub async fn run(
    launch: std::sync::Arc<Launch>,
    folder: PathBuf,
    target: watch::Sender<Option<SocketAddr>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = RESTART.0;
    while !*stop.borrow_and_update() {
        let started = Instant::now();
        match Running::start(&launch, &folder).await {
            Ok((mut running, address)) => {
                target.send_replace(Some(address));
                let stopped = tokio::select! {
                    () = running.ended() => false,
                    _ = stop.changed() => true,
                };
                target.send_replace(None);
                if stopped {
                    running.end().await;
                    return;
                }
                let folder = folder.display();
                tracing::warn!(%folder, "a virtual lock's process ended: starting it again");
            }
            Err(why) => tracing::warn!(folder = %folder.display(), %why, "a virtual lock does not start"),
        }
        wait = if started.elapsed() > RESTART.1 { RESTART.0 } else { (wait * 2).min(RESTART.1) };
        tokio::select! {
            () = tokio::time::sleep_until(Instant::now() + wait) => {}
            _ = stop.changed() => return,
        }
    }
}

struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    async fn start(launch: &Launch, folder: &Path) -> Result<(Self, SocketAddr), String> {
        let mut command = launch(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        // a signal for the whole terminal group is for the hub to hear, which then ends its locks in order
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let output = child.stdout.take().ok_or("it has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = tokio::time::timeout(READY, async {
            for _ in 0..LINES {
                let line = lines.next_line().await.map_err(|error| error.to_string())?;
                let line = line.ok_or("it ended before it was ready")?;
                if let Ok(ready) = serde_json::from_str::<Ready>(&line) {
                    return Ok(ready.listening);
                }
            }
            Err("it does not say where it listens".to_owned())
        });
        let address = ready.await.map_err(|_| "it is not ready in time".to_owned())??;
        Ok((Self { child, lines }, address))
    }

    /// Completes when the process is gone. What it prints meanwhile is passed over.
    async fn ended(&mut self) {
        while let Ok(Some(_)) = self.lines.next_line().await {}
        self.child.wait().await.ok();
    }

    /// Asks it to end, and makes it end if it does not.
    async fn end(mut self) {
        drop(self.child.stdin.take());
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            self.child.kill().await.ok();
        }
    }
}
