//! One process of a virtual lock, started by hand and spoken to in plain bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ::virtual_lock::frame::{Channel, Decoder, Message, Parsed};
use hub::ports::{Bodies, Hand};

use super::house::{DATA, pause};
use super::stories::story;

/// Its output must stay open: the test harness in it complains otherwise.
type Output = std::io::Lines<BufReader<std::process::ChildStdout>>;

fn start(folder: &Path) -> (Child, Output) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "virtual_lock::a_virtual_lock", "--nocapture", "--quiet", "--test-threads=1"])
        .env(DATA, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut said = lines.by_ref().map_while(Result::ok);
    let ready = said.find_map(|line| serde_json::from_str::<::virtual_lock::Ready>(&line).ok());
    assert!(ready.expect("it says where it listens").listening.ip().is_loopback());
    (child, lines)
}

fn ended(child: &mut Child) -> Option<std::process::ExitStatus> {
    for _ in 0..100 {
        if let Some(status) = child.try_wait().expect("its state") {
            return Some(status);
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    child.kill().expect("it can be killed");
    None
}

#[test]
fn ends_with_the_one_who_started_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut child, _output) = start(folder.path());
    drop(child.stdin.take());
    assert!(ended(&mut child).is_some_and(|status| status.success()), "it outlived its parent");
}

#[test]
fn ends_cleanly_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut child, _output) = start(folder.path());
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(asked.success());
    assert!(ended(&mut child).is_some_and(|status| status.success()), "it did not end");
}

#[test]
fn two_processes_never_share_a_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut child, _output) = start(folder.path());
    let second = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "virtual_lock::a_virtual_lock", "--nocapture"])
        .env(DATA, folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("already runs"));
    drop(child.stdin.take());
    ended(&mut child);
}

/// Says what comes back, until the other end hangs up or is silent.
fn answers(stream: &mut TcpStream) -> Vec<Parsed> {
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let mut decoder = Decoder::default();
    let mut bytes = [0; 4096];
    let mut all = Vec::new();
    while let Ok(length @ 1..) = stream.read(&mut bytes) {
        decoder.push(&bytes[..length]);
        all.extend(std::iter::from_fn(|| decoder.next()));
    }
    all
}

#[test]
fn a17_garbage_is_dropped_with_a_counter_and_the_lock_goes_on() {
    story(|mut house| async move {
        let lock = house.lock("Gate").await;
        let address = address_of(&house, &lock.key);
        let before = house.state(&lock).await.frames_dropped;

        // no greeting at all
        let mut stranger = TcpStream::connect(address).expect("connected");
        stranger.write_all(&[0, 3, 0x77, 1, 2]).expect("written");
        assert!(matches!(answers(&mut stranger)[..], [Parsed::Message(Message::Refused(_))]));
        // a peer that does not exist
        let mut stranger = TcpStream::connect(address).expect("connected");
        stranger.write_all(&Message::Hello { channel: Channel::Radio, peer: 9 }.encode()).expect("written");
        assert!(matches!(answers(&mut stranger)[..], [Parsed::Message(Message::Refused(_))]));
        // a greeting, then garbage, then an impossible length
        let mut stranger = TcpStream::connect(address).expect("connected");
        stranger.write_all(&Message::Hello { channel: Channel::Radio, peer: 1 }.encode()).expect("written");
        for _ in 0..20 {
            stranger.write_all(&[0, 4, 0x55, 9, 9, 9]).expect("written");
            stranger.write_all(&Message::Command(vec![1; 40]).encode()).expect("written");
        }
        stranger.write_all(&[0xFF, 0xFF]).expect("written");
        answers(&mut stranger);
        // the hand channel without its key
        let mut stranger = TcpStream::connect(address).expect("connected");
        stranger.write_all(&Message::Hello { channel: Channel::Hand, peer: 0 }.encode()).expect("written");
        stranger
            .write_all(&Message::Hand(b"{\"id\":1,\"hand\":{\"do\":\"force_door\"}}".to_vec()).encode())
            .ok();
        let heard = answers(&mut stranger);
        assert!(matches!(heard[..], [Parsed::Message(Message::Welcome { .. })]), "{heard:?}");

        let after = house.state(&lock).await;
        assert!(after.frames_dropped >= before + 43, "{} after {before}", after.frames_dropped);
        assert_eq!((after.bolt, after.door_open), (1000, false));
        house.give(&lock, 1, 1, "004711").await;
        assert_eq!(house.typed(&lock, "004711").await.bolt, 0);
    });
}

#[test]
fn a17_a_flood_of_connections_leaves_the_lock_working() {
    story(|mut house| async move {
        let lock = house.lock("Gate").await;
        let address = address_of(&house, &lock.key);
        let crowd: Vec<TcpStream> = (0..60).filter_map(|_| TcpStream::connect(address).ok()).collect();
        pause(Duration::from_millis(200)).await;
        house.give(&lock, 1, 1, "004711").await;
        let state = house.supervisor.hand(&lock, Hand::LoseClock).await.expect("the hand works");
        assert!(!state.clock_trusted);
        drop(crowd);
    });
}

/// Where a lock's process listens: the only listener among its sockets.
fn address_of(house: &super::house::House, key: &str) -> SocketAddr {
    house.supervisor.listening(key).expect("it listens")
}
