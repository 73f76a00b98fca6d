//! The configuration file of `doorward serve`: what the command line can say, for a hub that starts by itself.
//! What the command line or the environment says wins. Holds no secret: a passphrase is named by its file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

/// Name of the file that is read when `--config` names none and the data folder holds it.
pub const NAME: &str = "doorward.toml";
/// A configuration is a few lines; more is another file.
const MAX_BYTES: u64 = 64 * 1024;

/// What the file may hold.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `listen = "127.0.0.1:8080"`
    pub listen: Option<SocketAddr>,
    /// `tls = "auto"`, or `tls = { certificate = "house.pem", key = "house.key" }`
    pub tls: Option<TlsFiles>,
    /// `proxy = "house.example.org"`
    pub proxy: Option<String>,
    /// `passphrase_file = "/run/secrets/doorward"`
    pub passphrase_file: Option<PathBuf>,
    /// `nightly_copies = 7`; 0 keeps none.
    pub nightly_copies: Option<u8>,
}

/// A certificate of the hub's own making, or two PEM files.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged, expecting = "expected \"auto\", or { certificate = \"FILE\", key = \"FILE\" }")]
pub enum TlsFiles {
    /// Made at first start.
    Auto(Auto),
    /// The owner's own.
    Own {
        /// Certificate chain, PEM.
        certificate: PathBuf,
        /// Private key, PEM.
        key: PathBuf,
    },
}

/// The word `auto`.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub enum Auto {
    /// The only one.
    #[serde(rename = "auto")]
    Auto,
}

impl Config {
    /// Reads the file named, or the one of the data folder if there is one. Paths in it are meant from its
    /// own folder.
    ///
    /// # Errors
    /// A file that is named and not there; anything that is not understood, with file, line and key.
    pub fn read(named: Option<&Path>, data: &Path) -> anyhow::Result<Self> {
        let file = match named {
            Some(file) => file.to_owned(),
            None => data.join(NAME),
        };
        let size = match std::fs::metadata(&file) {
            Ok(meta) => meta.len(),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        if size > MAX_BYTES {
            bail!("{}: larger than {} KiB, so no configuration", file.display(), MAX_BYTES / 1024);
        }
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut config = parse(&text).map_err(|words| anyhow::anyhow!("{}: {words}", file.display()))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        if let Some(TlsFiles::Own { certificate, key }) = &mut config.tls {
            *certificate = folder.join(&*certificate);
            *key = folder.join(&*key);
        }
        config.passphrase_file = config.passphrase_file.map(|path| folder.join(path));
        Ok(config)
    }
}

/// The text as a configuration; otherwise line, column, key and what is wrong, in one line.
fn parse(text: &str) -> Result<Config, String> {
    let config: Config = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let whole = text.lines().nth(line - 1).unwrap_or_default();
        let key = whole.split_once('=').map(|(key, _)| key.trim()).filter(|key| !key.is_empty());
        let key = key.map(|key| format!(", `{key}`")).unwrap_or_default();
        format!("line {line}, column {column}{key}: {}", error.message().trim_end().replace('\n', " "))
    })?;
    if config.tls.is_some() && config.proxy.is_some() {
        let at = |key: &str| {
            let holds = |line: &str| line.trim_start().starts_with(key);
            text.lines().position(holds).map_or(1, |line| line + 1)
        };
        return Err(format!(
            "line {}, `proxy`: either the hub ends TLS (`tls`, line {}) or a proxy does; remove one of the two",
            at("proxy"),
            at("tls")
        ));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::{Auto, Config, TlsFiles, parse};

    #[test]
    fn s7_a_whole_configuration_is_read() {
        let text = "listen = \"0.0.0.0:8443\"\ntls = \"auto\"\nnightly_copies = 3\n";
        let config = parse(text).expect("a configuration");
        assert_eq!(config.listen, Some("0.0.0.0:8443".parse().expect("an address")));
        assert_eq!(config.tls, Some(TlsFiles::Auto(Auto::Auto)));
        assert_eq!(config.nightly_copies, Some(3));
        let own = parse("tls = { certificate = \"a.pem\", key = \"b.pem\" }").expect("a configuration");
        assert_eq!(own.tls, Some(TlsFiles::Own { certificate: "a.pem".into(), key: "b.pem".into() }));
        assert_eq!(parse("").expect("an empty one"), Config::default());
    }

    #[test]
    fn s7_what_is_wrong_is_named_with_line_and_key() {
        for (text, words) in [
            ("# mine\nlisen = \"127.0.0.1:1\"\n", ["line 2", "`lisen`", "unknown field"]),
            ("listen = \"localhost\"\n", ["line 1", "`listen`", "socket address"]),
            ("\n\ntls = \"yes\"\n", ["line 3", "`tls`", "auto"]),
            ("listen = \n", ["line 1", "`listen`", "column"]),
            ("tls = \"auto\"\nproxy = \"a.example\"\n", ["line 2", "`proxy`", "remove one"]),
            ("nightly_copies = 900\n", ["line 1", "`nightly_copies`", "900"]),
        ] {
            let said = parse(text).expect_err("broken");
            for word in words {
                assert!(said.contains(word), "{word}: {said}");
            }
            assert!(!said.contains('\n'), "{said}");
        }
    }
}
