//! The lab's stream from outside (D6): who may open it, from which page, how many, and what becomes of frames
//! that are no orders. A WebSocket by hand (RFC 6455), so that nothing tidies up what is sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use e2e::pages::Browser;
use e2e::{HubProcess, PASSWORD, must};
use serde_json::json;

/// Cylinders under hand in one house, as the lab bounds them.
const SESSIONS: usize = 12;

struct Stream {
    tcp: TcpStream,
    status: u16,
}

impl Stream {
    fn open(hub: &HubProcess, cookie: &str, origin: Option<&str>, query: &str) -> Self {
        let host = hub.url().trim_start_matches("http://").to_owned();
        let mut tcp = must(TcpStream::connect(&host), "a connection");
        must(tcp.set_read_timeout(Some(Duration::from_secs(20))), "a timeout");
        let origin = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
        let head = format!(
            "GET /lab/hands?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZG9vcndhcmQgbGFiIGtleQ==\r\nCookie: {cookie}\r\n\
             {origin}\r\n"
        );
        must(tcp.write_all(head.as_bytes()), "the request");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") && answer.len() < 8192 {
            let mut byte = [0];
            must(tcp.read_exact(&mut byte), "the answer's head");
            answer.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        Self { tcp, status }
    }

    /// Sends one masked frame.
    fn send(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            n if n < 126 => frame.push(0x80 | n as u8),
            n => {
                frame.push(0x80 | 126);
                frame.extend((n as u16).to_be_bytes());
            }
        }
        frame.extend([0, 0, 0, 0]);
        frame.extend(payload);
        must(self.tcp.write_all(&frame), "a frame");
    }

    fn say(&mut self, text: &str) {
        self.send(1, text.as_bytes());
    }

    /// The next frame: its opcode and text; a close frame as `code words`. `None` when the connection ended.
    fn hear(&mut self) -> Option<(u8, String)> {
        let mut head = [0; 2];
        self.tcp.read_exact(&mut head).ok()?;
        let mut long = u64::from(head[1] & 0x7f);
        if long == 126 {
            let mut more = [0; 2];
            self.tcp.read_exact(&mut more).ok()?;
            long = u64::from(u16::from_be_bytes(more));
        } else if long == 127 {
            let mut more = [0; 8];
            self.tcp.read_exact(&mut more).ok()?;
            long = u64::from_be_bytes(more);
        }
        let mut payload = vec![0; long as usize];
        self.tcp.read_exact(&mut payload).ok()?;
        let opcode = head[0] & 0x0f;
        if opcode == 8 && payload.len() >= 2 {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            return Some((8, format!("{code} {}", String::from_utf8_lossy(&payload[2..]))));
        }
        Some((opcode, String::from_utf8_lossy(&payload).into_owned()))
    }
}

#[test]
fn d6_s5_only_a_signed_in_browser_on_this_houses_own_page_opens_the_stream() {
    let hub = HubProcess::start();
    let olga = Browser::first_owner(&hub);
    let own = hub.url().to_owned();
    let open =
        |cookie: &str, origin: Option<&str>| Stream::open(&hub, cookie, origin, "cylinder=three-pins").status;
    assert!([303, 401].contains(&open("", Some(&own))), "nobody is signed in");
    assert!([303, 401].contains(&open("doorward=made-up", Some(&own))));
    assert_eq!(open(olga.cookie(), Some("https://evil.example")), 403);
    assert_eq!(open(olga.cookie(), Some("http://127.0.0.1:1")), 403, "another port is another site");
    assert_eq!(open(olga.cookie(), Some("null")), 403);
    assert_eq!(open(olga.cookie(), None), 403, "a browser always says where it is from");
    let mut stream = Stream::open(&hub, olga.cookie(), Some(&own), "cylinder=three-pins");
    assert_eq!(stream.status, 101);
    let (_, hello) = stream.hear().unwrap();
    assert!(hello.starts_with("{\"hello\":{\"name\":\"Three pins\""), "{hello}");
    stream.say(r#"{"do":"hand","torque":14}"#);
    assert!(stream.hear().unwrap().1.contains("binding"));
    let nowhere = Stream::open(&hub, olga.cookie(), Some(&own), "cylinder=no-such-thing");
    assert_eq!(nowhere.status, 404);
}

#[test]
fn d6_frames_that_are_no_orders_are_dropped_with_a_word_and_huge_ones_end_the_stream() {
    let hub = HubProcess::start();
    let olga = Browser::first_owner(&hub);
    let mut stream = Stream::open(&hub, olga.cookie(), Some(hub.url()), "cylinder=discs");
    stream.hear().unwrap();
    for bad in ["", "{", "[]", r#"{"do":"unlock"}"#, r#"{"do":"hand","torque":"x"}"#] {
        stream.say(bad);
        let (_, said) = stream.hear().unwrap();
        assert!(said.contains("not an order"), "{bad}: {said}");
    }
    stream.say(&format!(r#"{{"do":"hint"{}}}"#, " ".repeat(2000)));
    assert!(stream.hear().unwrap().1.contains("too long"));
    stream.send(2, &[0; 64]);
    assert!(stream.hear().unwrap().1.contains("text only"));
    stream.say(r#"{"do":"hand","torque":9e99}"#);
    assert!(stream.hear().unwrap().1.contains("Torque: "), "a number that cannot be is named");
    stream.say(r#"{"do":"hint"}"#);
    assert!(stream.hear().unwrap().1.contains("light tension"), "and it goes on");
    stream.send(1, &vec![b' '; 40_000]);
    let end = stream.hear();
    assert!(end.as_ref().is_none_or(|(opcode, _)| *opcode == 8), "{end:?}");
    assert_eq!(hub.ask("GET", "/openapi.json", None).status, 200, "the house lives");
}

/// So many browsers, signed in. Sign-ins are held to six a minute for one name, so there are several people.
fn sessions(hub: &HubProcess, many: usize) -> Vec<Browser<'_>> {
    let mut all = Vec::new();
    for name in ["Ana", "Ben", "Cleo"] {
        let made = hub.post("/invites", &json!({ "role": "viewer" }));
        let code = made["secret"].as_str().unwrap().to_owned();
        all.push(Browser::invited(hub, &code, name).unwrap());
        all.extend((0..4).map(|_| Browser::sign_in(hub, name, PASSWORD).unwrap()));
    }
    assert!(all.len() >= many);
    all.truncate(many);
    all
}

#[test]
fn d6_one_cylinder_for_a_browser_and_so_many_for_the_house() {
    let hub = HubProcess::with_owner();
    let own = hub.url().to_owned();
    let others = sessions(&hub, SESSIONS + 1);
    let olga = &others[SESSIONS];
    let mut first = Stream::open(&hub, olga.cookie(), Some(&own), "cylinder=one-pin");
    first.hear().unwrap();
    let mut second = Stream::open(&hub, olga.cookie(), Some(&own), "cylinder=one-pin");
    assert!(second.hear().unwrap().1.contains("hello"));
    let (opcode, words) = first.hear().unwrap();
    assert_eq!(opcode, 8);
    assert!(words.starts_with("4001 ") && words.contains("another window"), "{words}");
    let mut open = Vec::new();
    for other in &others[..SESSIONS - 1] {
        let mut stream = Stream::open(&hub, other.cookie(), Some(&own), "cylinder=one-pin");
        assert!(stream.hear().unwrap().1.contains("hello"));
        open.push(stream);
    }
    let mut last = Stream::open(&hub, others[SESSIONS - 1].cookie(), Some(&own), "cylinder=one-pin");
    let (opcode, words) = last.hear().unwrap();
    assert_eq!(opcode, 8);
    assert!(words.starts_with("1013 ") && words.contains("places at the lab are taken"), "{words}");
    // one leaves, and there is a place again
    drop(open.pop());
    let mut again = None;
    for _ in 0..100 {
        let mut stream = Stream::open(&hub, others[SESSIONS - 1].cookie(), Some(&own), "cylinder=one-pin");
        if stream.hear().is_some_and(|(opcode, _)| opcode == 1) {
            again = Some(stream);
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(again.is_some(), "a place that was given back can be taken");
}

/// Three minutes without an order, with pings all along: the cylinder is put away with words, and the place is free.
#[test]
fn d6_silence_puts_the_cylinder_away_and_pings_are_no_life() {
    let hub = HubProcess::start();
    let olga = Browser::first_owner(&hub);
    let mut stream = Stream::open(&hub, olga.cookie(), Some(hub.url()), "cylinder=one-pin");
    stream.hear().unwrap();
    let begun = std::time::Instant::now();
    must(stream.tcp.set_read_timeout(Some(Duration::from_secs(5))), "a time-out");
    let end = loop {
        assert!(begun.elapsed() < Duration::from_secs(240), "nobody ends it");
        stream.send(9, b"still here");
        match stream.hear() {
            Some((8, words)) => break words,
            Some((10, _)) => std::thread::sleep(Duration::from_secs(2)),
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    };
    assert!(end.starts_with("4000 ") && end.contains("put away"), "{end}");
    assert!(begun.elapsed() >= Duration::from_secs(179), "{:?}", begun.elapsed());
    let mut again = Stream::open(&hub, olga.cookie(), Some(hub.url()), "cylinder=one-pin");
    assert!(again.hear().unwrap().1.contains("hello"), "and can be taken up again");
}
