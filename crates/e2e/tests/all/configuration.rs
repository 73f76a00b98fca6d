//! What a hub is told at its start: the configuration file, a certificate of one's own, a reverse proxy.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use e2e::pages::{Browser, SCOPES};
use e2e::{HubProcess, PASSWORD, must, run};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate for these names that vouches for itself, and its key, as PEM.
fn certificate(names: &[&str]) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    (made.pem(), key.serialize_pem())
}

fn written(folder: &Path, names: &[&str]) -> (String, String) {
    let (certificate, key) = certificate(names);
    let (one, two) = (folder.join("house.pem"), folder.join("house.key"));
    std::fs::write(&one, certificate).unwrap();
    std::fs::write(&two, key).unwrap();
    (one.display().to_string(), two.display().to_string())
}

fn refused(data: &Path, more: &[&str]) -> String {
    let data = data.display().to_string();
    let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--data", &data];
    arguments.extend(more);
    let output = run(&arguments, &[], "");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Contract: a broken configuration names file, line and key, and nothing is started.
#[test]
fn s7_a_broken_configuration_names_file_line_and_key() {
    let folder = must(tempfile::tempdir(), "a folder");
    let file = folder.path().join("doorward.toml");
    for (text, words) in [
        ("# the house\nlisten = \"127.0.0.1:0\"\nlisen = 4\n", ["line 3", "`lisen`"]),
        ("listen = \"at home\"\n", ["line 1", "`listen`"]),
        ("\ntls = \"auto\"\nproxy = \"house.example.org\"\n", ["line 3", "`proxy`"]),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = refused(folder.path(), &[]);
        assert!(said.contains("doorward.toml") && words.iter().all(|word| said.contains(word)), "{said}");
        assert!(!folder.path().join("doorward.db").exists(), "nothing was begun");
    }
    std::fs::remove_file(&file).unwrap();
    let said = refused(folder.path(), &["--config", "/nowhere/at-all.toml"]);
    assert!(said.contains("/nowhere/at-all.toml"), "{said}");
}

/// S5, S7: a certificate of one's own, by the configuration file and by the command line.
#[test]
fn s5_a_certificate_of_ones_own_serves() {
    let folder = must(tempfile::tempdir(), "a folder");
    let (certificate, key) = written(folder.path(), &["localhost", "127.0.0.1"]);
    let hub = HubProcess::with_owner_and(&["--tls", &certificate, &key]);
    assert!(hub.url().starts_with("https://"), "{}", hub.url());
    assert_eq!(hub.get("/doors"), serde_json::json!([]));
    assert!(hub.fingerprint().is_empty(), "a fingerprint is for a certificate that nobody vouches for");
    drop(hub);

    let data = must(tempfile::tempdir(), "a folder");
    crate::keeping::private(data.path());
    written(data.path(), &["localhost"]);
    let wrong = "tls = { certificate = \"house.key\", key = \"house.pem\" }\n";
    std::fs::write(data.path().join("doorward.toml"), wrong).unwrap();
    let said = refused(data.path(), &[]);
    assert!(said.contains("house.key") || said.contains("house.pem"), "the file is named: {said}");
}

/// A reverse proxy as people run them: ends TLS, says who asked, passes one request on.
fn proxy(names: &[&str], to: String) -> (u16, String) {
    let (certificate, key) = certificate(names);
    rustls::crypto::ring::default_provider().install_default().ok();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, to) = (config.clone(), to.clone());
            std::thread::spawn(move || pass_on(stream, config, &to));
        }
    });
    (port, certificate)
}

/// One request there, its answer back.
fn pass_on(mut stream: TcpStream, config: Arc<rustls::ServerConfig>, to: &str) -> Option<()> {
    let mut tls = rustls::ServerConnection::new(config).ok()?;
    let mut client = rustls::Stream::new(&mut tls, &mut stream);
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        asked.push(byte[0]);
    }
    let head = String::from_utf8(asked).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).ok()?;
    let mut house = TcpStream::connect(to).ok()?;
    let head = head.trim_end_matches("\r\n");
    let more = "X-Forwarded-For: 192.0.2.77\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
    house.write_all(format!("{head}\r\n{more}").as_bytes()).ok()?;
    house.write_all(&body).ok()?;
    let mut answer = Vec::new();
    house.read_to_end(&mut answer).ok()?;
    client.write_all(&answer).ok()?;
    tls.send_close_notify();
    tls.complete_io(&mut stream).ok();
    Some(())
}

/// S5, S7: behind a named reverse proxy the pages work under its name, cookies are for TLS only, a form from
/// another site does nothing, and the command line asks through the proxy.
#[test]
fn s5_behind_a_reverse_proxy() {
    let name = "house.localhost";
    let mut hub = HubProcess::start_with(&["--proxy", name]);
    let behind = hub.url().trim_start_matches("http://").to_owned();
    let (port, pem) = proxy(&[name, "127.0.0.1"], behind);
    let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .resolve(name, ([127, 0, 0, 1], port).into())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("https://{name}:{port}");
    let code = hub.setup_code().to_owned();
    let fields =
        [("setup_code", code.as_str()), ("name", "Olga"), ("password", PASSWORD), ("again", PASSWORD)];
    let take = |origin: &str| {
        let form = client.post(format!("{url}/first-visit")).header("origin", origin).form(&fields);
        must(form.send(), "the proxy answers")
    };
    let foreign = take("https://elsewhere.example");
    assert_eq!(foreign.status().as_u16(), 403, "a form of another site");
    let taken = take(&format!("https://{name}"));
    let cookie = taken.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(taken.status().as_u16(), 303);
    let cookie = cookie.unwrap_or_default();
    assert!(cookie.contains("Secure") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let session = cookie.split(';').next().unwrap_or_default().to_owned();
    let page = must(client.get(format!("{url}/")).header("cookie", session).send(), "a page");
    assert_eq!(page.status().as_u16(), 200);

    // the command line: a token made on the pages, asked for through the proxy, which vouches for itself
    let mut browser = Browser::sign_in(&hub, "Olga", PASSWORD).unwrap();
    let token = browser.make_token("tests", &SCOPES);
    hub.use_token(token.clone());
    let folder = must(tempfile::tempdir(), "a folder");
    let file = folder.path().join("proxy.pem").display().to_string();
    std::fs::write(&file, pem).unwrap();
    let there = format!("https://127.0.0.1:{port}");
    let environment = [("DOORWARD_URL", there.as_str()), ("DOORWARD_TOKEN", token.as_str())];
    let output = run(&["--json", "doors", "--ca", &file], &environment, "");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "[]");
}
