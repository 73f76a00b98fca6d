//! The gateway to Z-Wave JS. A password field left empty keeps what is sealed.

use std::net::IpAddr;

use axum::response::Response;
use hub::settings::{Secret, ZwaveJs};

use super::show::again;
use super::typed::{Refused, held};
use crate::pages::{Fields, Sent, Visit, see};
use crate::problem::Problem;

const PEM_MAX: usize = 32 * 1024;
/// Port of a Z-Wave JS server.
pub(crate) const PORT: u16 = 3000;

/// What stands in the form: what is kept, or, after a refusal, what was typed.
pub(super) struct ZwaveForm {
    pub known: bool,
    pub host: String,
    pub port: String,
    pub path: String,
    pub tls: bool,
    pub ca_pem: String,
    pub user: String,
    pub has_password: bool,
    pub allow_open: bool,
    /// Whether the part on a proxy stands open.
    pub proxy: bool,
}

impl ZwaveForm {
    pub(super) fn new(kept: Option<&ZwaveJs>, refused: Option<&Refused<'_>>) -> Self {
        let known = kept.is_some();
        let has_password = kept.is_some_and(|kept| kept.password.is_some());
        if let Some(form) = Refused::of(refused, "zwave") {
            return Self {
                known,
                host: held(form, "host", 253),
                port: held(form, "port", 20),
                path: held(form, "path", 200),
                tls: form.has("tls"),
                ca_pem: held(form, "ca_pem", PEM_MAX),
                user: held(form, "user", 120),
                has_password,
                allow_open: form.has("allow_open"),
                proxy: true,
            };
        }
        let proxy = kept.is_some_and(|kept| kept.tls || kept.path != "/" || kept.user.is_some());
        Self {
            known,
            host: kept.map_or_else(|| "127.0.0.1".to_owned(), |kept| kept.host.clone()),
            port: kept.map_or(PORT, |kept| kept.port).to_string(),
            path: kept.map_or_else(|| "/".to_owned(), |kept| kept.path.clone()),
            tls: kept.is_some_and(|kept| kept.tls),
            ca_pem: kept.and_then(|kept| kept.ca_pem.clone()).unwrap_or_default(),
            user: kept.and_then(|kept| kept.user.clone()).unwrap_or_default(),
            has_password,
            allow_open: kept.is_some_and(|kept| kept.allow_open),
            proxy,
        }
    }
}

/// `POST /settings/zwave`
pub(crate) async fn set_zwave(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    match save(&visit, &form).await {
        Ok(()) => Ok(see("/settings#zwave", "saved")),
        Err(problem) => again(&visit, "zwave", &form, &problem),
    }
}

async fn save(visit: &Visit, form: &Fields) -> Result<(), Problem> {
    let settings = read(form)?;
    let password = match form.raw("password") {
        _ if settings.user.is_none() => Secret::None,
        "" => Secret::Keep,
        text => Secret::New(text),
    };
    Ok(visit.app.hub.set_zwave_js(visit.actor()?, settings, password).await?)
}

/// `POST /settings/zwave/remove`
pub(crate) async fn unset_zwave(visit: Visit) -> Result<Response, Problem> {
    visit.app.hub.unset_zwave_js(visit.actor()?).await?;
    Ok(see("/settings#zwave", "removed"))
}

fn read(form: &Fields) -> Result<ZwaveJs, Problem> {
    let filled = |text: String| if text.is_empty() { None } else { Some(text) };
    let path = form.text("path", "Path", 200)?;
    let settings = ZwaveJs {
        host: form.needed("host", "Server", 253)?,
        port: form.maybe::<u16>("port", "Port")?.unwrap_or(PORT),
        path: if path.is_empty() { "/".to_owned() } else { path },
        tls: form.has("tls"),
        ca_pem: filled(form.text("ca_pem", "Certificate authority", PEM_MAX)?),
        user: filled(form.text("user", "User", 120)?),
        password: None,
        allow_open: form.has("allow_open"),
    };
    check_zwave(&settings)?;
    Ok(settings)
}

/// Every field within its limits; an open server beyond this machine only when it is meant.
pub(crate) fn check_zwave(settings: &ZwaveJs) -> Result<(), Problem> {
    let ZwaveJs { host, port, path, tls, ca_pem, user, allow_open, .. } = settings;
    if host.is_empty() || host.len() > 253 || host.contains(['/', '@', ' ']) {
        return Err(Problem::bad_input("Server: only the host name or address, for example 127.0.0.1."));
    }
    if *port == 0 {
        return Err(Problem::bad_input("Port: 1 to 65535, usually 3000."));
    }
    if !path.starts_with('/') || path.len() > 200 || path.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(Problem::bad_input("Path: begins with / and holds no spaces; usually / alone."));
    }
    if ca_pem.as_ref().is_some_and(|pem| pem.len() > PEM_MAX || !pem.contains("-----BEGIN CERTIFICATE-----"))
    {
        return Err(Problem::bad_input(
            "Certificate authority: a PEM text that begins with BEGIN CERTIFICATE.",
        ));
    }
    if user.as_ref().is_some_and(|user| user.len() > 120 || user.contains(':')) {
        return Err(Problem::bad_input("User: at most 120 characters, without a colon."));
    }
    let bare = host.trim_matches(['[', ']']);
    let here = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let guarded = *tls && user.is_some();
    if !(here || guarded || *allow_open) {
        return Err(Problem::bad_input(
            "A Z-Wave JS server asks nobody for a password: whoever reaches it on the network can unlock. Run it on \
             this machine, put a proxy with TLS and a password in front of it, or tick that an open server is meant.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ZwaveJs, check_zwave};

    fn set(host: &str, tls: bool, user: Option<&str>, allow_open: bool) -> bool {
        let settings = ZwaveJs {
            host: host.into(),
            port: 3000,
            path: "/".into(),
            tls,
            ca_pem: None,
            user: user.map(str::to_owned),
            password: None,
            allow_open,
        };
        check_zwave(&settings).is_ok()
    }

    /// S5, A12
    #[test]
    fn an_open_server_beyond_this_machine_needs_the_owners_word() {
        assert!(set("127.0.0.1", false, None, false) && set("[::1]", false, None, false));
        assert!(!set("zwave.lan", false, None, false) && !set("zwave.lan", true, None, false));
        assert!(set("zwave.lan", true, Some("hub"), false) && set("zwave.lan", false, None, true));
        assert!(!set("ws://zwave.lan", false, None, true) && !set("zwave.lan", true, Some("a:b"), false));
    }
}
