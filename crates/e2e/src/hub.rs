//! A hub as a process: started on a free loopback port, asked over HTTP, killed or stopped by its id.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

use crate::pages::{Browser, SCOPES};
use crate::{binary, must};

/// A password for tests; made up.
pub const PASSWORD: &str = "three mossy bicycles";

/// A hub with its folder. Dropping it ends the process and removes the folder.
pub struct HubProcess {
    child: Option<Child>,
    data: TempDir,
    url: String,
    setup_code: Option<String>,
    fingerprint: Option<String>,
    token: Option<String>,
    output: Arc<Mutex<String>>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Size in kB of a disk of its own for the data folder.
    disk: Option<u32>,
    http: Client,
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body as JSON; null if it is not JSON.
    pub json: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The body of an answer that must be a success.
    ///
    /// # Panics
    /// When it is not.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text);
        self.json
    }
}

impl HubProcess {
    /// Starts a hub on a new folder.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a hub on a new folder, takes the house as its first owner through the pages' own forms, and
    /// uses a token with every scope from then on.
    pub fn with_owner() -> Self {
        Self::with_owner_and(&[])
    }

    /// The same with more arguments for `serve`.
    pub fn with_owner_and(arguments: &[&str]) -> Self {
        let mut hub = Self::start_with(arguments);
        hub.use_token(Browser::first_owner(&hub).make_token("tests", &SCOPES));
        hub
    }

    /// Starts a hub on a new folder with more arguments for `serve`.
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::start_on(must(tempfile::tempdir(), "a folder"), arguments)
    }

    /// Starts a hub on a new folder with these variables in its environment.
    pub fn start_in(environment: &[(&str, &str)]) -> Self {
        let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut hub = Self::new(must(tempfile::tempdir(), "a folder"), &[]);
        hub.environment = owned.collect();
        hub.spawn();
        hub
    }

    /// Starts a hub on a folder that may hold a house already.
    pub fn start_on(data: TempDir, arguments: &[&str]) -> Self {
        let mut hub = Self::new(data, arguments);
        hub.spawn();
        hub
    }

    fn new(data: TempDir, arguments: &[&str]) -> Self {
        Self {
            child: None,
            data,
            url: String::new(),
            setup_code: None,
            fingerprint: None,
            token: None,
            output: Arc::default(),
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            environment: Vec::new(),
            disk: None,
            http: client(None),
        }
    }

    /// Starts a hub whose data folder is a disk of so many kB in memory, in a mount namespace of its own; it
    /// is gone when the hub ends. `None` where the system does not let users make one.
    pub fn start_on_a_small_disk(kilobytes: u32) -> Option<Self> {
        let data = must(tempfile::tempdir(), "a folder");
        let tried = small_disk(kilobytes, data.path()).arg("true").stderr(Stdio::null()).status();
        if !tried.is_ok_and(|status| status.success()) {
            eprintln!("skipped: this system makes no mount namespace for a user (unshare)");
            return None;
        }
        let mut hub = Self::new(data, &[]);
        hub.disk = Some(kilobytes);
        hub.spawn();
        Some(hub)
    }

    /// The data folder as the hub itself sees it, with a disk of its own.
    pub fn data_inside(&self) -> PathBuf {
        let path = self.data.path();
        Path::new("/proc")
            .join(self.id().to_string())
            .join("root")
            .join(path.strip_prefix("/").unwrap_or(path))
    }

    fn spawn(&mut self) {
        let mut command = match self.disk {
            Some(kilobytes) => {
                let mut command = small_disk(kilobytes, self.data.path());
                command.arg(binary());
                command
            }
            None => Command::new(binary()),
        };
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(self.data.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = must(command.spawn(), "the hub starts");
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        self.child = Some(child);
        if let Some(stderr) = stderr {
            keep(stderr, self.output.clone());
        }
        let Some(stdout) = stdout else { panic!("no output") };
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        must(reader.read_line(&mut line), "the first line");
        let Ok(first) = serde_json::from_str::<Value>(&line) else {
            std::thread::sleep(Duration::from_millis(300));
            panic!("the hub did not start: {line}{}", self.output());
        };
        self.url = first["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        if self.arguments.iter().any(|argument| argument == "--proxy") {
            // what stands behind the proxy is asked past it
            self.url = format!("http://{}", first["listen"].as_str().unwrap_or_default());
        }
        self.setup_code = first["setup_code"].as_str().map(str::to_owned);
        self.fingerprint = first["fingerprint"].as_str().map(str::to_owned);
        if self.url.starts_with("https") {
            self.http = client(Some(&self.certificate()));
        }
        if let Ok(mut output) = self.output.lock() {
            output.push_str(&line);
        }
        keep(reader, self.output.clone());
        self.wait_ready();
    }

    fn wait_ready(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if self
                .http
                .get(format!("{}/healthz", self.url))
                .send()
                .is_ok_and(|answer| answer.status().is_success())
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the hub is not ready after 20 s: {}", self.output());
    }

    /// Link, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Set-up code of the first start.
    pub fn setup_code(&self) -> &str {
        self.setup_code.as_deref().unwrap_or_default()
    }

    /// Fingerprint of its certificate as it printed it, with `--tls`.
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or_default()
    }

    /// Its certificate: the one named by `--tls CERT KEY`, else where `--tls auto` keeps its own.
    pub fn certificate(&self) -> PathBuf {
        let mut after = self.arguments.iter().skip_while(|argument| *argument != "--tls").skip(1);
        match after.next() {
            Some(file) if file != "auto" => file.into(),
            _ => self.data().join("tls/certificate.pem"),
        }
    }

    /// What asks for it: knows its certificate, follows no redirect.
    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Everything it printed so far.
    pub fn output(&self) -> String {
        self.output.lock().map(|output| output.clone()).unwrap_or_default()
    }

    /// `kill -9`, then a start on the same folder.
    pub fn kill_and_start(&mut self) {
        self.kill();
        self.spawn();
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Moves the data folder out of a hub that has ended.
    pub fn into_data(mut self) -> TempDir {
        self.stop();
        std::mem::replace(&mut self.data, must(tempfile::tempdir(), "a folder"))
    }

    /// SIGTERM; returns how long it took to end.
    pub fn stop(&mut self) -> Duration {
        let start = Instant::now();
        if let Some(mut child) = self.child.take() {
            must(Command::new("kill").args(["-TERM", &child.id().to_string()]).status(), "kill");
            child.wait().ok();
        }
        start.elapsed()
    }

    /// Starts again after [`stop`](Self::stop) or [`kill`](Self::kill).
    pub fn start_again(&mut self) {
        self.spawn();
    }

    /// Uses this API token from now on.
    pub fn use_token(&mut self, token: String) {
        self.token = Some(token);
    }

    /// The token in use.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    fn send(&self, request: RequestBuilder) -> Answer {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = must(request.send(), "the hub answers");
        let status = answer.status().as_u16();
        let text = must(answer.text(), "the answer's body");
        Answer { status, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// A request to the API, `path` below `/api/v1`.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let method = must(Method::from_bytes(method.as_bytes()), "a method");
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request)
    }

    /// GET that must succeed.
    pub fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None).ok()
    }

    /// POST that must succeed.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, Some(body)).ok()
    }

    /// POST whose answer is a file; it must succeed.
    pub fn download(&self, path: &str, body: &Value) -> Vec<u8> {
        let request =
            self.http.post(format!("{}/api/v1{path}", self.url)).bearer_auth(self.token()).json(body);
        let answer = must(request.send(), "the hub answers");
        assert!(answer.status().is_success(), "{path}: {:?}", answer.text());
        must(answer.bytes(), "the file").to_vec()
    }

    /// Asks again until the condition holds, at most so many seconds.
    ///
    /// # Panics
    /// When it does not hold in time, with the last answer.
    pub fn until(&self, path: &str, seconds: u64, holds: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(seconds);
        loop {
            let value = self.get(path);
            if holds(&value) {
                return value;
            }
            assert!(Instant::now() < end, "{path} after {seconds} s: {value}\n{}", self.output());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a command of the binary against this hub with the token in use.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.command_told(arguments, "")
    }

    /// The same, with this on its standard input.
    pub fn command_told(&self, arguments: &[&str], input: &str) -> Output {
        let environment = [("DOORWARD_URL", self.url.as_str()), ("DOORWARD_TOKEN", self.token())];
        run(arguments, &environment, input)
    }

    /// Runs a command with `--json` that must succeed, and reads its document.
    pub fn command_json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let output = self.command(&all);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {err}");
        must(serde_json::from_str(&out), &format!("{arguments:?} prints one JSON document, not {out}"))
    }

    /// Every file below the data folder.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.data.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in must(std::fs::read_dir(&folder), "a folder").flatten() {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the hub printed:\n{}", self.output());
        }
        self.stop();
    }
}

/// Runs a command of the binary to its end, with this on its standard input.
pub fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = must(command.spawn(), "the command starts");
    if let Some(mut stdin) = child.stdin.take() {
        // a command that does not read has closed it already
        stdin.write_all(input.as_bytes()).ok();
    }
    must(child.wait_with_output(), "the command ends")
}

/// Runs what follows with a disk of so many kB in memory mounted there.
fn small_disk(kilobytes: u32, at: &Path) -> Command {
    let mut command = Command::new("unshare");
    let script = format!("mount -t tmpfs -o size={kilobytes}k,mode=700 tmpfs \"$0\" && exec \"$@\"");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]).arg(script).arg(at);
    command
}

fn client(certificate: Option<&Path>) -> Client {
    // one TLS provider for the whole test
    rustls::crypto::ring::default_provider().install_default().ok();
    let roots = certificate.map(|file| {
        let pem = must(std::fs::read(file), "the certificate");
        must(reqwest::Certificate::from_pem(&pem), "the certificate")
    });
    let builder = Client::builder().timeout(Duration::from_secs(60)).no_proxy().tls_certs_only(roots);
    must(builder.redirect(reqwest::redirect::Policy::none()).build(), "a client")
}

fn keep(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Ok(mut output) = into.lock() {
                output.push_str(&line);
                output.push('\n');
            }
        }
    });
}
