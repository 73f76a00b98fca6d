//! What a session has to tell the hub, in order, when the hub is slow: state is summed up, records wait,
//! nothing is dropped. Knows no lock.

use std::collections::VecDeque;
use std::task::Poll;

use access::LockAddress;
use futures::channel::mpsc;
use hub::ports::{LinkEvent, LockRecord, LockReport};

/// Events that wait here at most; then records stay on the lock until there is room.
const MOST: usize = 64;

/// The queue to the hub: events under the name of the link.
pub type Events = mpsc::Sender<(String, LinkEvent)>;

/// Events of one lock on their way to the hub.
pub struct Outbox {
    events: Events,
    link: String,
    address: LockAddress,
    waiting: VecDeque<LinkEvent>,
    closed: bool,
}

impl Outbox {
    /// For one lock.
    pub fn new(events: Events, address: LockAddress) -> Self {
        Self { events, link: address.link.clone(), address, waiting: VecDeque::new(), closed: false }
    }

    /// Tells that the lock can be reached, or not.
    pub fn contact(&mut self, reachable: bool, next: Option<jiff::Timestamp>) {
        self.waiting.retain(|event| !matches!(event, LinkEvent::Contact { .. }));
        self.tell(LinkEvent::Contact { address: self.address.clone(), reachable, next });
    }

    /// Tells state; a report that still waits is replaced.
    pub fn report(&mut self, report: LockReport) {
        self.waiting.retain(|event| !matches!(event, LinkEvent::Report { .. }));
        self.tell(LinkEvent::Report { address: self.address.clone(), report });
    }

    /// Whether there is room for a record.
    pub fn has_room(&mut self) -> bool {
        self.flush();
        self.waiting.len() < MOST
    }

    /// Tells a record. Ask [`has_room`](Self::has_room) first.
    pub fn record(&mut self, record: LockRecord) {
        self.tell(LinkEvent::Record { address: self.address.clone(), record });
    }

    /// Tells anything else.
    pub fn tell(&mut self, event: LinkEvent) {
        self.waiting.push_back(event);
        self.flush();
    }

    /// Whether something waits for the hub.
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty() && !self.closed
    }

    /// Hands over what the hub has room for.
    pub fn flush(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            match self.events.try_send((self.link.clone(), event)) {
                Ok(()) => {}
                Err(error) if error.is_full() => {
                    self.waiting.push_front(error.into_inner().1);
                    return;
                }
                Err(_) => self.closed = true,
            }
        }
    }

    /// Completes when the hub has room again.
    pub async fn ready(&mut self) {
        std::future::poll_fn(|cx| match self.events.poll_ready(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Outbox};
    use access::LockAddress;
    use futures::StreamExt;
    use futures::channel::mpsc;
    use hub::ports::{LinkEvent, LockRecord, LockReport, RecordKind, RecordSource};

    fn record(seq: u64) -> LockRecord {
        LockRecord {
            sequence: Some((1, seq)),
            at: None,
            kind: RecordKind::Unlocked,
            source: RecordSource::Keypad,
            slot: None,
            version: None,
            why: None,
        }
    }

    #[tokio::test]
    async fn a_slow_hub_gets_every_record_in_order_and_the_last_state_once() {
        let (send, mut hub) = mpsc::channel(0);
        let mut outbox = Outbox::new(send, LockAddress { link: "virtual".into(), key: "front".into() });
        let mut sent = 0;
        while outbox.has_room() {
            outbox.record(record(sent));
            outbox.report(LockReport { battery_mv: u32::try_from(sent).ok(), ..LockReport::default() });
            sent += 1;
        }
        assert!(sent as usize >= MOST / 2);
        let mut records = Vec::new();
        let mut reports = Vec::new();
        let mut take = |event| match event {
            LinkEvent::Record { record, .. } => records.push(record.sequence.unwrap().1),
            LinkEvent::Report { report, .. } => reports.push(u64::from(report.battery_mv.unwrap())),
            other => panic!("{other:?}"),
        };
        while outbox.waits() {
            take(hub.next().await.unwrap().1);
            outbox.ready().await;
            outbox.flush();
        }
        while let Ok(event) = hub.try_recv() {
            take(event.1);
        }
        assert_eq!(records, (0..sent).collect::<Vec<_>>());
        assert_eq!(reports.last(), Some(&(sent - 1)));
        assert!(reports.len() <= 2, "old states were kept: {reports:?}");
    }
}
