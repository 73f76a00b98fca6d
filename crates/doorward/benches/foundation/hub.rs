//! The release binary as a process: started on a free loopback port, taken by a first owner through the
//! pages' own forms, asked over HTTP, ended by its id. Measures nothing itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use reqwest::{Client, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Password of the owner of a house that lives as long as the measurement.
const PASSWORD: &str = "three mossy bicycles";
/// Longest start on a loaded machine.
const START: Duration = Duration::from_secs(60);

/// A running hub. Dropping it ends the process.
pub struct Hub {
    child: Child,
    url: String,
    token: String,
    cookie: String,
    http: Client,
    setup_code: String,
}

impl Hub {
    /// Starts it on a folder and reads its first line.
    pub async fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("DOORWARD_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} could not be started", binary.display()))?;
        let output = child.stdout.take().context("the hub has no output")?;
        let mut lines = BufReader::new(output).lines();
        let line =
            tokio::time::timeout(START, lines.next_line()).await.context("the hub printed nothing")??;
        let first: Value = serde_json::from_str(&line.context("the hub ended before it was ready")?)?;
        let text = |key: &str| first[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            child,
            url: text("url").trim_end_matches('/').to_owned(),
            token: String::new(),
            cookie: String::new(),
            http: client()?,
            setup_code: text("setup_code"),
        })
    }

    /// A hub on a new folder with its first owner and a token that may do everything.
    pub async fn with_owner(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut hub = Self::start(binary, data).await?;
        let code = hub.setup_code.clone();
        let fields =
            [("setup_code", code.as_str()), ("name", "Olga"), ("password", PASSWORD), ("again", PASSWORD)];
        let entered = hub.http.post(format!("{}/first-visit", hub.url)).form(&fields).send().await?;
        let cookie = entered.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|set| set.split(';').next()).map(str::to_owned);
        let cookie = cookie.with_context(|| format!("the first visit answered {}", entered.status()))?;
        let request = hub.http.get(format!("{}/settings", hub.url)).header(header::COOKIE, &cookie);
        let page = request.send().await?.text().await?;
        let csrf = between(&page, "name=\"csrf\" value=\"", "\"").context("the settings have no form")?;
        let scopes = ["read", "manage", "operate", "reveal", "admin"].map(|scope| ("scopes", scope));
        let mut fields = vec![("csrf", csrf), ("name", "measurement")];
        fields.extend(scopes);
        let request = hub.http.post(format!("{}/settings/tokens", hub.url)).header(header::COOKIE, &cookie);
        let page = request.form(&fields).send().await?.text().await?;
        hub.token = between(&page, "<code>", "</code>").context("no token was shown")?.to_owned();
        hub.cookie = cookie;
        Ok(hub)
    }

    /// The owner's session cookie, as a browser sends it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Process id; 0 after its end.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Address without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().await?;
        self.child.wait().await?;
        Ok(())
    }

    /// Opens a stream of the API.
    pub async fn stream(&self, path: &str) -> anyhow::Result<Response> {
        let request = self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        request = request.bearer_auth(&self.token).timeout(START);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        if status == StatusCode::NO_CONTENT || text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// GET below `/api/v1`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::DELETE, path, None).await
    }

    /// POST that makes something; its id.
    pub async fn make(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        let made = self.post(path, body).await?;
        made["id"].as_str().map(str::to_owned).ok_or_else(|| anyhow!("{path} made nothing: {made}"))
    }

    /// Asks every so often until it holds.
    pub async fn until(
        &self,
        path: &str,
        every: Duration,
        most: Duration,
        holds: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let end = Instant::now() + most;
        loop {
            let value = self.get(path).await?;
            if holds(&value) {
                return Ok(value);
            }
            if Instant::now() > end {
                bail!("{path} did not become as awaited within {} s", most.as_secs());
            }
            tokio::time::sleep(every).await;
        }
    }

    /// A door with a virtual lock whose motor takes no time: ids of door and lock.
    pub async fn virtual_lock(&self, name: &str) -> anyhow::Result<(String, String)> {
        let door = self.make("/doors", &json!({ "name": name, "time_zone": "UTC" })).await?;
        let lock = self.make("/virtual-locks", &json!({ "name": name, "door": door })).await?;
        let (path, every) = (format!("/locks/{lock}"), Duration::from_millis(50));
        self.until(&path, every, START, |lock| lock["live"]["reachable"] == true).await?;
        self.hand(&lock, &json!({ "do": "motor_speed", "travel_ms": 0 })).await?;
        Ok((door, lock))
    }

    /// Does one thing at the door of a virtual lock.
    pub async fn hand(&self, lock: &str, what: &Value) -> anyhow::Result<Value> {
        self.post(&format!("/virtual-locks/{lock}/hand"), what).await
    }

    /// Types a code without the last key.
    pub async fn digits(&self, lock: &str, code: &str) -> anyhow::Result<()> {
        for key in code.chars() {
            self.hand(lock, &json!({ "do": "press", "key": key.to_string() })).await?;
        }
        Ok(())
    }

    /// Gives a new person of this name a typed code for a door or a group and waits until it is in force
    /// on every lock: ids of person and grant.
    pub async fn give(
        &self,
        name: &str,
        target: (&str, &str),
        pin: &str,
    ) -> anyhow::Result<(String, String)> {
        let person = self.make("/people", &json!({ "name": name, "kind": "guest" })).await?;
        let body = json!({ "person": person, target.0: target.1, "new_code": { "pin": pin } });
        let grant = self.make("/grants", &body).await?;
        let every = Duration::from_millis(100);
        self.until(&format!("/grants/{grant}"), every, START, |grant| all_stand(grant, "in_force")).await?;
        Ok((person, grant))
    }
}

/// Whether a grant stands so on every one of its locks.
pub fn all_stand(grant: &Value, standing: &str) -> bool {
    let locks = grant["locks"].as_array().map(Vec::as_slice).unwrap_or_default();
    !locks.is_empty() && locks.iter().all(|lock| lock["standing"] == standing)
}

/// A client that trusts nobody beyond loopback and follows no redirect.
pub fn client() -> anyhow::Result<Client> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let builder = Client::builder().no_proxy().tls_certs_only([]).redirect(reqwest::redirect::Policy::none());
    Ok(builder.build()?)
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// Resident memory of a process in MiB.
pub fn resident(id: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

/// Processes that this one started.
pub fn children(id: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(PathBuf::from(format!("/proc/{id}/task")))? {
        let text = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    Ok(found)
}
