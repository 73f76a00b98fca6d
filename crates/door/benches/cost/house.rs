//! The pages of a running hub, timed from outside over plain HTTP to the first byte of the result and to the end;
//! and the memory of `doorward audit`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::row::{Row, Times, millis};

const PASSWORD: &str = "three mossy bicycles";
/// Words that stand on the page once the first result is there.
const FIRST: &str = "The weakest way in is";

/// Times pages; what cannot be measured becomes a row that says so.
pub fn pages(binary: &Path, runs: usize, rows: &mut Vec<Row>) {
    if let Err(why) = timed(binary, runs, rows) {
        rows.push(Row::missing("audit pages", "ms", None, &format!("not measured: {why}")));
    }
}

fn timed(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> Result<(), String> {
    let house = House::start(binary)?;
    let door = house.door()?;
    let (mut first, mut whole, mut what_if) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..runs {
        // another answer each time, so that nothing is kept from before
        house.form(&format!("/doors/{door}/survey"), &format!("frame.screw_length_mm={}", 20 + run))?;
        let page = house.get(&format!("/doors/{door}/audit"))?;
        first.push(page.until(FIRST)?);
        whole.push(page.whole);
        let asked = format!("/doors/{door}/what-if?key=frame.strike&frame.strike=reinforced");
        let page = house.get(&asked)?;
        page.until("Left outside oneself")?;
        what_if.push(page.whole);
    }
    let kept = house.get(&format!("/doors/{door}/audit"))?.whole;
    let (first, whole, what_if) = (Times::new(first), Times::new(whole), Times::new(what_if));
    let note =
        format!("median of {} changed surveys, from the request over HTTP to the sentence", first.len());
    rows.push(Row::at_most("first result on the page", first.percentile(50), "ms", 150.0).note(note));
    rows.push(
        Row::at_most("full report on the page", whole.percentile(50) / 1000.0, "s", 1.0)
            .note("to the last byte, figures and survey as kept by the hub"),
    );
    rows.push(
        Row::at_most("what-if on the page", what_if.percentile(50), "ms", 50.0).note("to the last byte"),
    );
    rows.push(Row::told("the same report again", millis(kept), "ms").note("kept by its answers"));
    Ok(())
}

/// Peak memory of `doorward audit` on an empty survey, every way possible.
pub fn memory(binary: &Path, rows: &mut Vec<Row>) {
    let name = "memory of a full audit";
    match peak(binary) {
        Ok(mib) => rows.push(Row::at_most(name, mib, "MiB", 50.0).note("peak of the whole process")),
        Err(why) => rows.push(Row::missing(name, "MiB", Some(50.0), &why)),
    }
}

fn peak(binary: &Path) -> Result<f64, String> {
    let mut child = Command::new(binary)
        .args(["audit", "-", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0.0_f64;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        most = most.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(1));
    }
    if most > 0.0 { Ok(most) } else { Err("the system tells no memory".to_owned()) }
}

/// A hub of its own with its owner signed in.
pub struct House {
    child: Child,
    address: String,
    cookie: String,
    _data: tempfile::TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer, with the time at which each piece of it was there.
pub struct Page {
    head: String,
    pieces: Vec<(Duration, usize)>,
    text: String,
    /// Until the last byte.
    pub whole: Duration,
}

impl Page {
    /// When these words were there.
    pub fn until(&self, words: &str) -> Result<Duration, String> {
        let at =
            self.text.find(words).ok_or_else(|| format!("no `{words}` in: {}", self.head))? + words.len();
        let piece = self.pieces.iter().find(|(_, so_far)| *so_far >= at);
        Ok(piece.map_or(self.whole, |(time, _)| *time))
    }
}

impl House {
    /// Starts it.
    pub fn start(binary: &Path) -> Result<Self, String> {
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let said: serde_json::Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let url = said["url"].as_str().ok_or("no address")?;
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut house = Self { child, address, cookie: String::new(), _data: data };
        let code = said["setup_code"].as_str().ok_or("no set-up code")?;
        let password = PASSWORD.replace(' ', "+");
        let form = format!("setup_code={code}&name=Olga&password={password}&again={password}");
        let page = house.send("POST", "/first-visit", &form)?;
        let cookie = page.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.trim())
        });
        house.cookie = cookie.and_then(|cookie| cookie.split(';').next()).ok_or("no session")?.to_owned();
        Ok(house)
    }

    /// Enters a door and says its id.
    pub fn door(&self) -> Result<String, String> {
        let page = self.form_on("/doors/new", "/doors", "name=Front+door&time_zone=UTC")?;
        let place = page.head.lines().find_map(|line| line.strip_prefix("location: /doors/"));
        let id = place.map(|place| place.chars().take(36).collect::<String>());
        id.ok_or_else(|| format!("the door was not entered: {}", page.head))
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Result<Page, String> {
        self.send("GET", path, "")
    }

    /// Sends a form that stands on the page of the same path.
    pub fn form(&self, path: &str, fields: &str) -> Result<Page, String> {
        self.form_on(path, path, fields)
    }

    /// Sends a form with the token that stands on `page`.
    fn form_on(&self, page: &str, path: &str, fields: &str) -> Result<Page, String> {
        let text = self.get(page)?.text;
        let token = text.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        let token = token.map(|(token, _)| token).ok_or_else(|| format!("{page} has no form"))?;
        let sent = self.send("POST", path, &format!("csrf={token}&{fields}"))?;
        if sent.head.starts_with("HTTP/1.1 303") { Ok(sent) } else { Err(format!("{path}: {}", sent.head)) }
    }

    /// One request on a connection of its own.
    fn send(&self, method: &str, path: &str, body: &str) -> Result<Page, String> {
        let failed = |error: std::io::Error| format!("{path}: {error}");
        let mut stream = TcpStream::connect(&self.address).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}",
            host = self.address,
            cookie = self.cookie,
            length = body.len()
        );
        let start = Instant::now();
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let (mut bytes, mut pieces, mut buffer) = (Vec::new(), Vec::new(), [0; 65_536]);
        loop {
            let read = stream.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                break;
            }
            bytes.extend_from_slice(&buffer[..read]);
            pieces.push((start.elapsed(), bytes.len()));
        }
        let whole = start.elapsed();
        let all = String::from_utf8_lossy(&bytes).into_owned();
        let (head, _) = all.split_once("\r\n\r\n").ok_or_else(|| format!("{path}: no answer"))?;
        Ok(Page { head: head.to_owned(), pieces, text: all.clone(), whole })
    }
}
