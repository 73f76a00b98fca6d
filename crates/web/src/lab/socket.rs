//! The stream between a browser's hands and its cylinder: a WebSocket, one order, one answer. It carries no
//! secret and changes nothing in the house; what it could do is use the machine up, so every step is bounded.

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};

use super::chosen::Chosen;
use super::desk::Desk;
use super::pool::{Lab, Seat};
use super::tape::Tape;
use super::wire::{Answer, Order};
use crate::auth::{Caller, csrf_token};
use crate::pages;
use crate::problem::Problem;
use crate::state::App;

/// Largest frame that is read at all; what is longer ends the stream.
const FRAME_MAX: usize = 16 * 1024;
/// An answer that the browser does not take within this ends the stream.
const TAKE_WITHIN: Duration = Duration::from_secs(10);
/// So often the session behind the stream is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Why a stream ends: the code and the words of its close frame (at most 123 bytes, the protocol's limit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Left,
    Idle,
    Moved,
    Longest,
    SignedOut,
    Full,
    Nonsense,
    Stopping,
    Broken,
}

impl End {
    fn frame(self) -> Option<(u16, &'static str)> {
        Some(match self {
            Self::Left => return None,
            Self::Idle => {
                (4000, "Nothing was done for a while, so the cylinder was put away. Take it up again below.")
            }
            Self::Moved => (4001, "This browser has taken a cylinder under hand in another window."),
            Self::Longest => (4002, "An hour is over, so the cylinder was put away. Take it up again below."),
            Self::SignedOut => (4003, "You are signed out. Sign in again to go on."),
            Self::Full => (1013, "All places at the lab are taken just now. Try again in a few minutes."),
            Self::Nonsense => (1008, "Too much came that could not be read. Reload the page."),
            Self::Stopping => (1001, "The house is going down. Reload the page in a minute."),
            Self::Broken => (1011, "The lab stumbled over this cylinder. Reload the page."),
        })
    }
}

/// `GET /lab/hands?cylinder=WORD`, with `tape` to begin where that ends: the WebSocket. The guard has asked who it is and whether this site's own page
/// opened it.
pub(crate) async fn hands(
    State(app): State<App>,
    visit: pages::Visit,
    pages::Asked(asked): pages::Asked,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Caller::Browser { token, .. } = &visit.caller else { return Err(Problem::sign_in_first()) };
    let token = token.clone();
    let upgrade = upgrade.map_err(|_| {
        let text = "This address is the lab's own stream. Open the lab's page, which uses it.";
        Problem::new(StatusCode::BAD_REQUEST, "no_stream", text)
    })?;
    let chosen = Chosen::find(&app, asked.raw("cylinder"), &asked)?;
    let mut desk = Desk::new(chosen)?;
    desk.play(&Tape::parse(asked.raw("tape"))?)?;
    let upgrade = upgrade.max_message_size(FRAME_MAX).max_frame_size(FRAME_MAX);
    let lab = app.lab.clone();
    let Ok(seat) = lab.sit(&csrf_token(&token)).await else {
        return Ok(upgrade.on_upgrade(|mut socket| async move { close(&mut socket, End::Full).await }));
    };
    let mut closing = app.closing.clone();
    let longest = lab.limits.longest;
    let outside = async move {
        let mut again = interval(LOOK_AGAIN);
        again.reset();
        let mut age = interval(longest);
        age.reset();
        loop {
            tokio::select! {
                () = async { closing.wait_for(|closing| *closing).await.ok(); } => return End::Stopping,
                _ = age.tick() => return End::Longest,
                _ = again.tick() => if app.hub.session(&token).await.is_none() { return End::SignedOut },
            }
        }
    };
    Ok(upgrade.on_upgrade(move |socket: WebSocket| async move {
        let mut socket = socket;
        serve(&mut socket, desk, seat, &lab, outside).await;
    }))
}

async fn close(socket: &mut (impl Sink<Message> + Unpin), end: End) {
    if let Some((code, reason)) = end.frame() {
        let frame = CloseFrame { code, reason: reason.into() };
        // whether it arrives does not matter: the stream ends either way
        let _ = timeout(TAKE_WITHIN, socket.send(Message::Close(Some(frame)))).await;
    }
}

/// Serves one stream to its end and says why it ended. `outside` completes when it must end for a reason that
/// does not come from the browser.
pub(crate) async fn serve<S, E>(
    socket: &mut S,
    desk: Desk,
    mut seat: Seat,
    lab: &Lab,
    outside: impl Future<Output = End>,
) -> End
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    let end = {
        let mut outside = pin!(outside);
        let talk = talk(socket, desk, lab);
        tokio::select! {
            end = talk => end,
            end = &mut outside => end,
            _ = &mut seat.moved => End::Moved,
        }
    };
    // the place is free before the last word is on its way: a slow browser must not keep it
    drop(seat);
    close(socket, end).await;
    end
}

/// Orders and answers until the browser leaves, falls silent or sends nonsense.
async fn talk<S, E>(socket: &mut S, mut desk: Desk, lab: &Lab) -> End
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    let limits = &lab.limits;
    let mut wrong = 0;
    let mut pace = interval(limits.pace);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if !send(socket, &desk.hello()).await {
        return End::Left;
    }
    let mut last = Instant::now();
    loop {
        let text = match timeout_at(last + limits.idle, socket.next()).await {
            Err(_) => return End::Idle,
            Ok(None | Some(Err(_)) | Some(Ok(Message::Close(_)))) => return End::Left,
            // the protocol's own: answered below us, and no sign of a person
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                pace.tick().await;
                continue;
            }
            Ok(Some(Ok(Message::Binary(_)))) => None,
            Ok(Some(Ok(Message::Text(text)))) => Some(text),
        };
        pace.tick().await;
        let answer = match read(text.as_deref(), limits.message) {
            Ok(order) => {
                last = Instant::now();
                let done = lab.on_thread(move || {
                    let answer = desk.take(order);
                    (desk, answer)
                });
                let Some((back, answer)) = done.await else { return End::Broken };
                desk = back;
                answer
            }
            Err(words) => {
                wrong += 1;
                if wrong >= limits.wrong {
                    return End::Nonsense;
                }
                Answer::Wrong { words }
            }
        };
        if !send(socket, &answer).await {
            return End::Left;
        }
    }
}

fn read(text: Option<&str>, longest: usize) -> Result<Order, String> {
    let text = text.ok_or("The stream takes text only; nothing was done.")?;
    if text.len() > longest {
        return Err(format!(
            "A message of {} bytes is too long (at most {longest}); nothing was done.",
            text.len()
        ));
    }
    serde_json::from_str(text).map_err(|_| "That is not an order of the lab; nothing was done.".to_owned())
}

async fn send(socket: &mut (impl Sink<Message> + Unpin), answer: &Answer) -> bool {
    let Ok(text) = serde_json::to_string(answer) else { return false };
    matches!(timeout(TAKE_WITHIN, socket.send(Message::Text(text.into()))).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use axum::extract::ws::Message;
    use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
    use futures::{Sink, Stream, StreamExt};

    use super::{End, serve};
    use crate::lab::desk::tests::desk;
    use crate::lab::{Lab, Limits};

    /// A socket in memory.
    struct Pipe(UnboundedReceiver<Message>, UnboundedSender<Message>);

    impl Stream for Pipe {
        type Item = Result<Message, ()>;
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_next_unpin(cx).map(|m| m.map(Ok))
        }
    }

    impl Sink<Message> for Pipe {
        type Error = ();
        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
            Poll::Ready(Ok(()))
        }
        fn start_send(self: Pin<&mut Self>, item: Message) -> Result<(), ()> {
            self.1.unbounded_send(item).map_err(|_| ())
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
            Poll::Ready(Ok(()))
        }
    }

    struct Browser {
        orders: UnboundedSender<Message>,
        answers: UnboundedReceiver<Message>,
        end: tokio::task::JoinHandle<End>,
    }

    async fn open(
        lab: &Arc<Lab>,
        name: &str,
        outside: impl Future<Output = End> + Send + 'static,
    ) -> Browser {
        let seat = lab.sit(name).await.expect("a seat");
        let (orders, from) = unbounded();
        let (to, answers) = unbounded();
        let lab = lab.clone();
        let end =
            tokio::spawn(
                async move { serve(&mut Pipe(from, to), desk("three-pins"), seat, &lab, outside).await },
            );
        Browser { orders, answers, end }
    }

    impl Browser {
        fn say(&self, text: &str) {
            self.orders.unbounded_send(Message::Text(text.to_owned().into())).expect("open");
        }
        async fn hear(&mut self) -> String {
            match self.answers.next().await.expect("an answer") {
                Message::Text(text) => text.to_string(),
                Message::Close(frame) => format!("close {:?}", frame.map(|f| (f.code, f.reason.to_string()))),
                other => panic!("{other:?}"),
            }
        }
    }

    fn limits() -> Limits {
        Limits { pace: Duration::from_millis(1), ..Limits::default() }
    }

    #[tokio::test]
    async fn d6_one_order_one_answer_in_order() {
        let lab = Lab::new(limits());
        let mut b = open(&lab, "a", std::future::pending()).await;
        assert!(b.hear().await.starts_with("{\"hello\":{"));
        b.say(r#"{"do":"hand","torque":14}"#);
        b.say(r#"{"do":"hint"}"#);
        assert!(b.hear().await.contains("binding"));
        assert!(b.hear().await.contains("Lift pin"));
        drop(b.orders);
        assert_eq!(b.end.await.expect("ended"), End::Left);
        assert_eq!(lab.seated(), 0);
    }

    #[tokio::test]
    async fn d6_malformed_oversized_and_binary_frames_are_dropped_and_too_many_end_it() {
        let lab = Lab::new(Limits { wrong: 4, ..limits() });
        let mut b = open(&lab, "a", std::future::pending()).await;
        b.hear().await;
        b.say("{");
        assert!(b.hear().await.contains("not an order"));
        b.say(&format!(r#"{{"do":"hint"{}}}"#, " ".repeat(600)));
        assert!(b.hear().await.contains("too long"));
        b.orders.unbounded_send(Message::Binary(vec![0; 8].into())).expect("open");
        assert!(b.hear().await.contains("text only"));
        b.say(r#"{"do":"hand","torque":1e999}"#);
        assert!(b.hear().await.contains("1008"));
        assert_eq!(b.end.await.expect("ended"), End::Nonsense);
    }

    #[tokio::test]
    async fn d6_silence_ends_it_and_pings_are_no_life() {
        let lab = Lab::new(Limits { idle: Duration::from_millis(60), ..limits() });
        let mut b = open(&lab, "a", std::future::pending()).await;
        b.hear().await;
        for _ in 0..5 {
            b.orders.unbounded_send(Message::Ping(vec![].into())).ok();
        }
        assert!(b.hear().await.contains("4000"));
        assert_eq!(b.end.await.expect("ended"), End::Idle);
        assert_eq!(lab.seated(), 0);
    }

    #[tokio::test]
    async fn d6_the_newest_window_wins_and_outside_reasons_end_it() {
        let lab = Lab::new(Limits { sessions: 1, ..limits() });
        let mut first = open(&lab, "a", std::future::pending()).await;
        first.hear().await;
        let second = open(&lab, "a", std::future::ready(End::SignedOut)).await;
        assert!(first.hear().await.contains("another window"));
        assert_eq!(first.end.await.expect("ended"), End::Moved);
        assert_eq!(second.end.await.expect("ended"), End::SignedOut);
    }

    #[tokio::test]
    async fn d6_orders_are_paced() {
        let lab = Lab::new(Limits { pace: Duration::from_millis(10), ..limits() });
        let mut b = open(&lab, "a", std::future::pending()).await;
        b.hear().await;
        let start = tokio::time::Instant::now();
        for _ in 0..20 {
            b.say(r#"{"do":"hint"}"#);
        }
        for _ in 0..20 {
            b.hear().await;
        }
        assert!(start.elapsed() >= Duration::from_millis(185), "{:?}", start.elapsed());
    }

    #[test]
    fn words_of_the_end_fit_a_close_frame() {
        for end in [
            End::Idle,
            End::Moved,
            End::Longest,
            End::SignedOut,
            End::Full,
            End::Nonsense,
            End::Stopping,
            End::Broken,
        ] {
            assert!(end.frame().is_some_and(|(_, words)| words.len() <= 123), "{end:?}");
        }
    }
}
