//! The switchboard with channels that answer as told.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hub::ports::{Alert, AlertKind, Notify, NotifyError};
use uuid::Uuid;

use super::{Channel, Switchboard};
use crate::config::Kinds;

#[derive(Clone, Default)]
struct Told {
    sent: Arc<AtomicUsize>,
    answers: Arc<Mutex<Vec<NotifyError>>>,
}

#[async_trait]
impl Notify for Told {
    async fn send(&self, _: &Alert) -> Result<(), NotifyError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.answers.lock().unwrap().pop().map_or(Ok(()), Err)
    }
}

fn alert(number: u128, kind: AlertKind) -> Alert {
    Alert {
        id: Uuid::from_u128(number),
        kind,
        about: "Front door".into(),
        text: "Three wrong codes.".into(),
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn board(channels: &[(&Told, Kinds)]) -> Switchboard {
    let channels = channels.iter().enumerate().map(|(n, (told, kinds))| Channel {
        name: format!("c{n}"),
        kinds: kinds.clone(),
        notify: Box::new((*told).clone()),
    });
    Switchboard { channels: channels.collect(), under_way: Mutex::default() }
}

#[tokio::test]
async fn each_kind_goes_where_it_is_switched_on() {
    let (all, jams) = (Told::default(), Told::default());
    let board = board(&[(&all, Kinds::All), (&jams, Kinds::Only(BTreeSet::from([AlertKind::Jam])))]);
    board.send(&alert(1, AlertKind::Lockout)).await.unwrap();
    board.send(&alert(2, AlertKind::Jam)).await.unwrap();
    assert_eq!((all.sent.load(Ordering::Relaxed), jams.sent.load(Ordering::Relaxed)), (2, 1));
}

#[tokio::test]
async fn a_second_try_spares_who_has_it() {
    let (good, slow, bad) = (Told::default(), Told::default(), Told::default());
    slow.answers.lock().unwrap().push(NotifyError::Later("busy".into()));
    bad.answers.lock().unwrap().push(NotifyError::Refused("no".into()));
    let board = board(&[(&good, Kinds::All), (&slow, Kinds::All), (&bad, Kinds::All)]);
    let alert = alert(1, AlertKind::Jam);
    assert_eq!(board.send(&alert).await, Err(NotifyError::Later("c1: busy".into())));
    // a refusal is told at the end, when nothing is left to try
    assert_eq!(board.send(&alert).await, Err(NotifyError::Refused("c2: no".into())));
    let count = |told: &Told| told.sent.load(Ordering::Relaxed);
    assert_eq!((count(&good), count(&slow), count(&bad)), (1, 2, 1));
}

#[tokio::test]
async fn memory_is_bounded() {
    let slow = Told::default();
    slow.answers.lock().unwrap().extend((0..1000).map(|_| NotifyError::Later("busy".into())));
    let board = board(&[(&slow, Kinds::All)]);
    for number in 0..1000 {
        assert!(board.send(&alert(number, AlertKind::Jam)).await.is_err());
    }
    assert_eq!(board.under_way.lock().unwrap().len(), super::REMEMBERED);
}
