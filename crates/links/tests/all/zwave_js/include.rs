//! Taking a lock in and letting it go, with the real driver: the right PIN, the wrong PIN, nobody there.

use hub::ports::{Ack, Include, LinkError, LinkEvent, Observed, Pairing, PairingState};
use serde_json::Value;
use zeroize::Zeroizing;

use super::rig::{House, Rig};
use crate::processes::installed;

async fn step(rig: &mut Rig, what: &str, wanted: impl Fn(&PairingState) -> bool) -> PairingState {
    rig.until(what, |event| match event {
        LinkEvent::Pairing(state) if wanted(state) => Some(state.clone()),
        _ => None,
    })
    .await
}

/// Waits for the PIN to be asked for; the whole key from the label.
async fn asked(house: &mut House, node: u16) -> String {
    let key = house.hand(&format!("/include?id={node}"))["dsk"].as_str().unwrap().to_owned();
    house.rig.link.include(Include::default()).await.unwrap();
    let state = step(&mut house.rig, "a PIN", |state| matches!(state, PairingState::PinWanted { .. })).await;
    let PairingState::PinWanted { rest, .. } = state else { unreachable!() };
    assert_eq!(key.split_once('-').unwrap().1, rest, "the rest of the key, without the secret part");
    key
}

/// S2: the PIN decides, and the granted class is told for ever after.
#[tokio::test]
async fn a_lock_joins_with_its_pin_and_leaves() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let mut house = House::new(r#"[{"id":2,"kind":"code","users":5}]"#).await;
    house.rig.lock(2).await;
    let answer = house.rig.link.enter_pin(Zeroizing::new("12345".into())).await;
    assert!(matches!(answer, Err(LinkError::Rejected(_))), "nobody asks: {answer:?}");
    let bad = Include { qr: Some(Zeroizing::new("901234".into())), old_security: false };
    assert!(matches!(house.rig.link.include(bad).await, Err(LinkError::Rejected(_))), "no QR code");

    let key = asked(&mut house, 9).await;
    let answer = house.rig.link.include(Include::default()).await;
    assert!(matches!(answer, Err(LinkError::Rejected(_))), "one at a time: {answer:?}");
    assert!(matches!(
        house.rig.link.enter_pin(Zeroizing::new("1234".into())).await,
        Err(LinkError::Rejected(_))
    ));
    house.rig.link.enter_pin(Zeroizing::new(key[..5].to_owned())).await.unwrap();
    let joined =
        step(&mut house.rig, "joined", |state| matches!(state, PairingState::Joined { key: Some(_), .. }))
            .await;
    let PairingState::Joined { security, weak, key: Some(address), .. } = joined else { unreachable!() };
    assert_eq!((security.as_str(), weak), ("S2 Access Control", false));
    let lock = house.rig.lock(9).await;
    assert_eq!(lock.key, address);
    assert!(!address.contains(&key[..5]), "the secret part is nobody's address");
    let can = &house.rig.locks[&9].1;
    assert_eq!(can.link_security.as_deref(), Some("S2 Access Control"));
    // encrypted: a code and back
    assert_eq!(house.rig.write(&lock, 1, "002468").await, Ok(Ack::Applied));
    assert_eq!(house.rig.read(&lock, 1, Some("002468")).await, Ok(Observed::Matches { enabled: true }));
    assert_eq!(house.hand("/?node=9")["codes"]["1"]["code"], "002468");
    by_qr_code(&mut house).await;
    leaves(&mut house).await;
    // last: the driver goes on asking this one, which never answers
    wrong_pin(&mut house).await;
}

/// With a wrong PIN it joins without security, which is told as such.
async fn wrong_pin(house: &mut House) {
    let key = asked(house, 10).await;
    let wrong = if key.starts_with("11111") { "22222" } else { "11111" };
    house.rig.link.enter_pin(Zeroizing::new(wrong.to_owned())).await.unwrap();
    let joined = step(&mut house.rig, "joined", |state| matches!(state, PairingState::Joined { .. })).await;
    let PairingState::Joined { security, weak, .. } = joined else { unreachable!() };
    assert_eq!((security.as_str(), weak), ("none", true));
    // the mock answers secure commands only, so that its interview does not end; that it is weak is told here
}

/// The text of a QR code answers for its device alone; nobody is asked for a PIN.
async fn by_qr_code(house: &mut House) {
    let qr = house.hand("/include?id=11")["qr"].as_str().unwrap().to_owned();
    house.rig.told.clear();
    let how = Include { qr: Some(Zeroizing::new(qr)), old_security: false };
    house.rig.link.include(how).await.unwrap();
    let joined = step(&mut house.rig, "joined", |state| matches!(state, PairingState::Joined { .. })).await;
    let PairingState::Joined { security, weak, .. } = joined else { unreachable!() };
    assert_eq!((security.as_str(), weak), ("S2 Access Control", false));
    assert!(!house.rig.told.iter().any(|told| told.contains("PinWanted")), "{:?}", house.rig.told);
    house.rig.lock(11).await;
    house.rig.told.clear();
}

async fn leaves(house: &mut House) {
    house.hand("/exclude?node=9");
    house.rig.link.exclude().await.unwrap();
    step(&mut house.rig, "left", |state| matches!(state, PairingState::Left { .. })).await;
    let lost = |event: &LinkEvent| match event {
        LinkEvent::Lost { address } => Some(address.key.clone()),
        _ => None,
    };
    if !house.rig.told.iter().any(|told| told.contains("Lost")) {
        house.rig.until("lost", lost).await;
    }
    // stopped by the owner while nobody came
    house.rig.link.include(Include::default()).await.unwrap();
    assert!(house.rig.link.state().is_going_on());
    house.rig.link.stop().await.unwrap();
    assert_eq!(house.rig.link.state(), PairingState::Idle);
    assert_eq!(house.hand("/?node=2")["id"], Value::from(2));
}
