//! A browser without scripts: forms, the session cookie and the forms' own token, and nothing else. Draws no
//! page and follows no link by itself.

use reqwest::blocking::Response;
use reqwest::header;

use crate::{HubProcess, PASSWORD, must};

/// Every scope that a token can have.
pub const SCOPES: [&str; 5] = ["read", "manage", "operate", "reveal", "admin"];

/// A signed-in session.
pub struct Browser<'a> {
    hub: &'a HubProcess,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// Takes a new house with the set-up code that the hub printed, as Olga.
    pub fn first_owner(hub: &'a HubProcess) -> Self {
        let mut browser = Self { hub, cookie: String::new() };
        let code = hub.setup_code().to_owned();
        let fields =
            [("setup_code", code.as_str()), ("name", "Olga"), ("password", PASSWORD), ("again", PASSWORD)];
        let (status, text) = browser.post("/first-visit", &fields);
        assert_eq!(status, 303, "{text}");
        browser
    }

    /// Takes an invitation under a name, with the password of the tests.
    pub fn invited(hub: &'a HubProcess, code: &str, name: &str) -> Result<Self, String> {
        let mut browser = Self { hub, cookie: String::new() };
        let fields = [("code", code), ("name", name), ("password", PASSWORD), ("again", PASSWORD)];
        browser.come_in("/invite", &fields).map(|()| browser)
    }

    /// Signs in; the page's text when it is refused.
    pub fn sign_in(hub: &'a HubProcess, name: &str, password: &str) -> Result<Self, String> {
        let mut browser = Self { hub, cookie: String::new() };
        browser.come_in("/sign-in", &[("name", name), ("password", password)]).map(|()| browser)
    }

    fn come_in(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        match self.post(path, fields) {
            (303, _) => Ok(()),
            (_, text) => Err(text),
        }
    }

    fn took(&mut self, answer: Response) -> (u16, String) {
        let set = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(pair) = set.and_then(|set| set.split(';').next()) {
            pair.clone_into(&mut self.cookie);
        }
        (answer.status().as_u16(), must(answer.text(), "a page"))
    }

    /// The session cookie as it is sent.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Looks at a page: status and text.
    pub fn get(&mut self, path: &str) -> (u16, String) {
        let request = self.hub.http().get(format!("{}{path}", self.hub.url()));
        let answer = must(request.header(header::COOKIE, &self.cookie).send(), "the hub answers");
        self.took(answer)
    }

    /// Sends a form without the forms' own token.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let request = self.hub.http().post(format!("{}{path}", self.hub.url()));
        let answer =
            must(request.header(header::COOKIE, &self.cookie).form(fields).send(), "the hub answers");
        self.took(answer)
    }

    /// Sends a form with a file, as a browser would; `fields` hold the form's own token.
    pub fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        file: Vec<u8>,
    ) -> (u16, String) {
        const BOUNDARY: &str = "----doorward-test-boundary";
        let mut body = Vec::new();
        for (field, value) in fields {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(head.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"photo\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self.hub.http().post(format!("{}{path}", self.hub.url()));
        let request = request
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        let answer = must(request.body(body).send(), "the hub answers");
        self.took(answer)
    }

    /// Sends a form that stands on this page, with the token that the page carries.
    pub fn send(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let (status, text) = self.get(page);
        assert_eq!(status, 200, "{page}: {text}");
        let Some(csrf) = between(&text, "name=\"csrf\" value=\"", "\"") else { panic!("{page} has no form") };
        let mut all = vec![("csrf", csrf)];
        all.extend(fields);
        self.post(path, &all)
    }

    /// Makes a token with these scopes and reads it off the page that shows it once.
    pub fn make_token(&mut self, name: &str, scopes: &[&str]) -> String {
        let mut fields = vec![("name", name)];
        fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
        let (status, text) = self.send("/settings", "/settings/tokens", &fields);
        assert_eq!(status, 200, "{text}");
        let Some(token) = between(&text, "<code>", "</code>") else { panic!("no token on the page: {text}") };
        token.to_owned()
    }
}

/// What stands between two marks, the first time.
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}
