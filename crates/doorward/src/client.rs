//! Talking to a running hub through its API, with a token that an owner made.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use zeroize::Zeroizing;

/// How long a whole request may take: a lock may need a minute to answer.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Where the hub is and who asks.
#[derive(clap::Args)]
pub struct Connection {
    /// Address of the hub.
    #[arg(
        long,
        global = true,
        env = "DOORWARD_URL",
        default_value = "http://127.0.0.1:8080",
        help_heading = "Connection"
    )]
    url: String,
    /// API token, made under Settings; better given by the variable or a file than on the command line.
    #[arg(long, global = true, env = "DOORWARD_TOKEN", hide_env_values = true, help_heading = "Connection")]
    token: Option<String>,
    /// File that holds the token.
    #[arg(long, global = true, env = "DOORWARD_TOKEN_FILE", help_heading = "Connection")]
    token_file: Option<PathBuf>,
    /// Certificate to trust, PEM: the one in the data folder of a hub with `--tls auto`.
    #[arg(long, global = true, env = "DOORWARD_CA", help_heading = "Connection")]
    ca: Option<PathBuf>,
}

/// A connection to a hub.
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Zeroizing<String>,
}

impl Client {
    /// Prepares the connection; nothing is sent yet.
    pub fn new(connection: &Connection) -> anyhow::Result<Self> {
        // one TLS provider for the whole program
        rustls::crypto::ring::default_provider().install_default().ok();
        let token = match (&connection.token, &connection.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(file)) => {
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
            }
            (None, None) => {
                bail!("a token is needed: make one under Settings and set DOORWARD_TOKEN, or --token-file")
            }
        };
        let mut builder =
            reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        if connection.url.starts_with("https") {
            let roots = match &connection.ca {
                Some(file) => {
                    let pem =
                        std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
                    reqwest::Certificate::from_pem_bundle(&pem).with_context(|| file.display().to_string())?
                }
                None => bail!(
                    "an https hub needs its certificate: --ca FILE (in the hub's data folder for --tls auto)"
                ),
            };
            builder = builder.tls_certs_only(roots);
        } else {
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().context("the connection could not be prepared")?;
        let url = connection.url.trim_end_matches('/').to_owned();
        Ok(Self { http, url, token: Zeroizing::new(token.trim().to_owned()) })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(self.token.as_str())
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let sent = request.send().await;
        let response = sent.map_err(|error| {
            let what = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
            anyhow!("the hub at {} {what}: is it running? `doorward serve` starts it", self.url)
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        match body["error"]["message"].as_str() {
            Some(message) => bail!("{message}"),
            None => bail!("the hub answered {status}"),
        }
    }

    async fn value(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let response = self.send(request).await?;
        if response.status() == reqwest::StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        let bytes = response.bytes().await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).context("the hub's answer is not JSON")
    }

    /// GET.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        self.value(self.request(Method::GET, path).query(query)).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.value(self.request(Method::POST, path).json(body)).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.value(self.request(Method::PUT, path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.value(self.request(Method::DELETE, path)).await
    }

    /// POST, and the answer's bytes as they come into a file that did not exist.
    pub async fn download(&self, path: &str, body: &Value, to: &std::path::Path) -> anyhow::Result<u64> {
        let mut response = self.send(self.request(Method::POST, path).json(body)).await?;
        let mut file =
            std::fs::File::create_new(to).with_context(|| format!("cannot make {}", to.display()))?;
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await? {
            std::io::Write::write_all(&mut file, &chunk)?;
            bytes += chunk.len() as u64;
        }
        file.sync_all()?;
        Ok(bytes)
    }
}
