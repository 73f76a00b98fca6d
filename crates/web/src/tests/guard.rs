//! Forms from other sites, rotated sessions, headers, limits, and secrets that stay where they are.

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, header};

use super::fakes::{HOST, PASSWORD, TestHouse, Who};
use crate::auth::csrf_token;
use crate::config::Tls;
use crate::problem::Problem;

fn form(path: &str, cookie: &str, body: String) -> axum::http::request::Builder {
    let length = body.len();
    Request::post(path)
        .header("host", HOST)
        .header("cookie", format!("doorward={cookie}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", length)
}

fn problem(answer: &Response<Body>) -> &'static str {
    answer.extensions().get::<Problem>().map_or("", |problem| problem.code)
}

async fn text(answer: Response<Body>) -> String {
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn s5_a_form_needs_the_token_of_its_session() {
    let house = TestHouse::new().await;
    let Who::Browser(session) = house.owner().await else { panic!("a browser") };
    let good = format!("csrf={}&name=Ben&kind=guest&note=", csrf_token(&session));
    let answer =
        house.send(form("/people", &session, good.clone()).body(Body::from(good.clone())).expect("r")).await;
    assert_eq!(answer.status(), 303);
    for bad in ["name=Cleo&kind=guest", "csrf=&name=Cleo&kind=guest", "csrf=0123&name=Cleo&kind=guest"] {
        let request = form("/people", &session, bad.into()).body(Body::from(bad)).expect("a request");
        let answer = house.send(request).await;
        assert_eq!((answer.status().as_u16(), problem(&answer)), (403, "form_token"));
    }
    let other = form("/people", &session, good.clone()).header("origin", "https://evil.example");
    let answer = house.send(other.body(Body::from(good.clone())).expect("a request")).await;
    assert_eq!(problem(&answer), "other_site");
    let other = form("/people", &session, good.clone()).header("sec-fetch-site", "cross-site");
    let answer = house.send(other.body(Body::from(good)).expect("a request")).await;
    assert_eq!(problem(&answer), "other_site");
    assert_eq!(house.hub.view(|view| view.house.people.len()), 1, "only the good form did anything");
}

#[tokio::test]
async fn s5_json_by_cookie_needs_the_token_too() {
    let house = TestHouse::new().await;
    let Who::Browser(session) = house.owner().await else { panic!("a browser") };
    let ask = |token: Option<String>| {
        let mut request = Request::post("/api/v1/people")
            .header("host", HOST)
            .header("cookie", format!("doorward={session}"))
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("x-doorward-form", token);
        }
        request.body(Body::from(r#"{"name": "Ben", "kind": "guest"}"#)).expect("a request")
    };
    assert_eq!(problem(&house.send(ask(None)).await), "form_token");
    assert_eq!(house.send(ask(Some(csrf_token(&session)))).await.status(), 201);
}

#[tokio::test]
async fn s5_signing_in_and_confirming_give_a_new_session() {
    let house = TestHouse::new().await;
    house.owner().await;
    let body = format!("name=Ana&password={}", PASSWORD.replace(' ', "+"));
    let request = form("/sign-in", "planted", body.clone()).body(Body::from(body)).expect("a request");
    let answer = house.send(request).await;
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("doorward=") && !cookie.contains("planted"), "{cookie}");
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let session = cookie["doorward=".len()..].split(';').next().expect("a value").to_owned();
    let body = format!("csrf={}&back=/people&password={}", csrf_token(&session), PASSWORD.replace(' ', "+"));
    let request = form("/confirm", &session, body.clone()).body(Body::from(body)).expect("a request");
    let answer = house.send(request).await;
    assert_eq!(answer.headers()[header::LOCATION], "/people?done=confirmed");
    assert!(!answer.headers()[header::SET_COOKIE].to_str().expect("text").contains(&session), "rotated");
    let old = house.ask(&Who::Browser(session), &Method::GET, "/people").await;
    assert_eq!(old.0, 303, "the old session is gone");
}

#[tokio::test]
async fn s5_every_answer_is_guarded_by_headers() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    for path in ["/", "/sign-in", "/nowhere", "/api/v1/doors", "/assets/0/style.css"] {
        let answer = house.send(house.request(&owner, &Method::GET, path)).await;
        let value = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
        let policy = value("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(value("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(value("referrer-policy"), "same-origin", "{path}");
        assert_eq!(value("cache-control"), "no-store", "{path}");
        assert_eq!(value("strict-transport-security"), "", "without TLS a browser must not be bound to it");
    }
}

#[tokio::test]
async fn s3_pages_hold_no_inline_script_or_style() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    for path in [
        "/",
        "/people",
        "/log",
        "/settings",
        "/schedules",
        "/give",
        "/about",
        "/lab",
        "/lab/discs",
        "/lab/keys",
        "/locks/told",
        "/doors/new",
    ] {
        let page = text(house.send(house.request(&owner, &Method::GET, path)).await).await;
        assert!(page.contains("</html>"), "{path}");
        for bad in ["style=\"", "<style", "onclick", "javascript:", "http://", "https://example"] {
            let page = page.replace("https://…", "").replace(&format!("http://{HOST}/"), "");
            assert!(!page.contains(bad), "{path} holds {bad}");
        }
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/assets/").count(), "{path}");
    }
}

#[tokio::test]
async fn s7_a_cookie_is_secure_behind_a_proxy() {
    let house = TestHouse::with(Tls::Proxy { name: "house.example.org".into() }).await;
    house.owner().await;
    let body = format!("name=Ana&password={}", PASSWORD.replace(' ', "+"));
    let request = Request::post("/sign-in")
        .header("host", "house.example.org")
        .header("origin", "https://house.example.org")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .expect("a request");
    let answer = house.send(request).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    assert!(cookie.starts_with("__Host-doorward=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn l1_figures_are_for_this_machine_or_a_token() {
    let house = TestHouse::new().await;
    let ask = |peer: &str, forwarded: bool| {
        let mut request = Request::get("/metrics").header("host", HOST);
        if forwarded {
            request = request.header("x-forwarded-for", "203.0.113.9");
        }
        let peer: std::net::SocketAddr = peer.parse().expect("an address");
        request.extension(ConnectInfo(peer)).body(Body::empty()).expect("a request")
    };
    let answer = house.send(ask("127.0.0.1:5000", false)).await;
    assert_eq!(answer.status(), 200);
    assert!(text(answer).await.contains("doorward_doors 0"));
    assert_eq!(house.send(ask("192.0.2.9:5000", false)).await.status(), 401);
    assert_eq!(house.send(ask("127.0.0.1:5000", true)).await.status(), 401, "through an unnamed proxy");
}

#[tokio::test]
async fn bad_input_is_named_and_bounded() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    let Who::Browser(session) = &owner else { panic!("a browser") };
    let send = async |path: &str, body: String| {
        let request = Request::post(path)
            .header("host", HOST)
            .header("cookie", format!("doorward={session}"))
            .header("x-doorward-form", csrf_token(session))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("a request");
        let answer = house.send(request).await;
        (answer.status().as_u16(), text(answer).await)
    };
    let (status, words) =
        send("/api/v1/people", r#"{"name": "Ben", "kind": "guest", "nmae": 1}"#.into()).await;
    assert_eq!(status, 422);
    assert!(words.contains("nmae"), "{words}");
    let (status, words) = send("/api/v1/people", format!("{{\"name\": \"{}\"", "x".repeat(100_000))).await;
    assert!(status == 422 || status == 413, "{status} {words}");
    let (status, words) = send("/api/v1/people", r#"{"name": "", "kind": "guest"}"#.into()).await;
    assert!(status == 409 || status == 422, "{status} {words}");
    let answer = house.ask(&owner, &Method::GET, "/api/v1/doors/not-an-id").await;
    assert_eq!(answer.0, 404, "an id that is none names nothing");
    let answer = house.ask(&owner, &Method::GET, "/log?from=yesterday").await;
    assert_eq!(answer.0, 422);
}
