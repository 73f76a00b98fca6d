//! The lab's pages and its stream's door, asked through the guard.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};

use super::fakes::{HOST, TestHouse, Who};
use crate::problem::Problem;

async fn look(house: &TestHouse, who: &Who, path: &str) -> (u16, String) {
    let answer = house.send(house.request(who, &Method::GET, path)).await;
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a page");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn d6_without_scripts_a_button_is_a_move_and_the_address_is_the_tape() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    let (status, page) = look(&house, &owner, "/lab").await;
    assert_eq!(status, 200);
    assert!(page.contains("No tension. The pins rest on their springs"));
    let (_, page) = look(&house, &owner, "/lab?press=firmer").await;
    assert!(page.contains("binding") && page.contains("name=\"tape\" value=\"t140\""));
    let (_, page) = look(&house, &owner, "/lab/one-pin?tape=t140&at=1&press=until").await;
    assert!(page.contains("Open. Every pin is clear"), "one pin is one lift");
    let (_, page) = look(&house, &owner, "/lab/discs?watch=999").await;
    assert!(page.contains("Open. Every disc is clear"));
    let (_, page) = look(&house, &owner, "/lab/five-pins?strike=together").await;
    assert!(page.contains("of 5 stacks parted at the shear line"));
    let (_, page) = look(&house, &owner, "/lab/five-pins?strike=ratchet&tool=snap-gun").await;
    assert!(page.contains("of 5 stacks parted") && page.contains("value=\"snap-gun\" selected"));
    let (_, page) = look(&house, &owner, "/lab/three-pins?file=999").await;
    assert!(
        page.contains("the plug turns, and the blank is a key") && page.contains("<title id=\"blank-t\">")
    );
    let (_, page) = look(&house, &owner, "/lab/discs?file=0").await;
    assert!(!page.contains("id=\"filing\"") && page.contains("codes keep to the rules of this system"));
    let (_, page) = look(&house, &owner, "/lab/own?kind=wafer&pins=4&tolerance=tight").await;
    assert!(page.contains("wafer 4") && !page.contains("wafer 5"));
}

#[tokio::test]
async fn d6_what_cannot_be_is_refused_in_words() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    for (path, status, words) in [
        ("/lab/no-such", 404, "no such cylinder"),
        ("/lab/door-00000000-0000-7000-8000-000000000000", 404, "no such door"),
        ("/lab/own?kind=magnetic", 422, "Not rated"),
        ("/lab/own?pins=99", 422, "Pins: 99 cannot be used"),
        ("/lab/own?security=most", 422, "Security pins: please choose"),
        ("/lab?tape=zzz", 422, "cannot be read at"),
        ("/lab?tape=t99999", 422, "Torque: "),
        ("/lab?tape=l9-100", 422, "At: 8 cannot be used"),
        ("/lab/odds?attack=drill", 422, "choose one of pick, rake"),
        ("/lab/odds?attacker=wizard", 422, "novice"),
        ("/lab/keys?pins=5&amp;depths=x", 200, "79,666"),
        ("/lab/keys?pins=300", 422, "Cuts: please choose"),
    ] {
        let (seen, page) = look(&house, &owner, path).await;
        let page = page.replace("&#34;", "\"");
        assert_eq!(seen, status, "{path}");
        assert!(page.contains(words), "{path}: {words}");
    }
}

#[tokio::test]
async fn d6_s5_a_stream_is_opened_by_this_sites_own_page_only() {
    let house = TestHouse::new().await;
    let Who::Browser(session) = house.owner().await else { panic!("a browser") };
    let ask = async |origin: Option<&str>, path: &str| {
        let mut request = Request::get(path)
            .header("host", HOST)
            .header("cookie", format!("doorward={session}"))
            .header("connection", "Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "ZG9vcndhcmQgbGFiIGtleQ==");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = house.send(request.body(Body::empty()).expect("a request")).await;
        answer.extensions().get::<Problem>().map_or("", |problem| problem.code)
    };
    let own = format!("http://{HOST}");
    assert_eq!(ask(None, "/lab/hands").await, "other_site");
    assert_eq!(ask(Some("https://evil.example"), "/lab/hands").await, "other_site");
    assert_eq!(ask(Some("null"), "/lab/hands").await, "other_site");
    // past the guard; in this test there is no connection that could become a stream
    assert_eq!(ask(Some(&own), "/lab/hands").await, "no_stream");
}
