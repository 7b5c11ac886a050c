//! One open socket (contract 3.4). It answers nothing: subscriptions take
//! effect in silence, and what is not allowed cuts it off.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::sockets::Outgoing;
use super::{CUSTOMER, Front, agents, gate, webchat};
use crate::inspection::FrameSeen;
use crate::model::Timestamp;
use crate::switches::voipbin::{BadTopic, Rights};

/// How often the server pings.
const PING_EVERY: Duration = Duration::from_secs(10);

/// How long a closing socket waits for the client's own close frame.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// Close codes that matter here.
const GOING_AWAY: u16 = 1001;
const ABNORMAL: u16 = 1006;

/// Whose socket it is.
#[derive(Clone, Debug)]
pub(super) enum Listener {
    /// An agent's, by number.
    Agent(i64),
    /// A page's that has the webchat.
    Guest,
}

impl Listener {
    /// Whose token it is, if it is a good one.
    pub(super) fn of(token: &str) -> Option<Self> {
        let guest = || webchat::is_guest(token).then_some(Self::Guest);
        gate::agent_of(token).map(Self::Agent).or_else(guest)
    }

    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Agent(agent) => *agent,
            Self::Guest => webchat::NOBODY,
        }
    }

    /// Whether it may hear a topic. A topic is a kind, an id, and more.
    fn may_hear(&self, topic: &str, rights: Rights) -> bool {
        let mut parts = topic.split(':');
        match (self, parts.next(), parts.next()) {
            (Self::Agent(agent), Some("agent_id"), Some(id)) => id == agents::id(*agent),
            (Self::Agent(_), Some("customer_id"), Some(id)) => {
                id == CUSTOMER && rights == Rights::Manager
            }
            (Self::Guest, _, _) => webchat::is_topic(topic),
            (Self::Agent(_), _, _) => false,
        }
    }
}

/// What a client says.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    topics: Vec<String>,
}

/// Runs a socket from its handshake to its end.
pub(super) async fn run(front: Front, stream: WebSocket, listener: Listener) {
    let (outbox, inbox) = unbounded_channel();
    let number = front.sockets.add(listener.number(), outbox);
    let registry_owner = Front::clone(&front);
    Running {
        front,
        stream,
        listener,
        number,
        frames: 0,
    }
    .run(inbox)
    .await;
    registry_owner.sockets.remove(number);
}

struct Running {
    front: Front,
    stream: WebSocket,
    listener: Listener,
    number: u64,
    /// How many frames of the client were handled.
    frames: u32,
}

/// Whether a socket goes on after a frame.
#[derive(PartialEq, Eq)]
enum Fate {
    GoesOn,
    IsCutOff,
}

impl Running {
    async fn run(mut self, mut inbox: UnboundedReceiver<Outgoing>) {
        let stop = self.front.stop.clone();
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        let mut own = unbounded_channel();
        self.apply_close_switch(&own.0);
        loop {
            tokio::select! {
                biased;
                outgoing = inbox.recv() => {
                    let Some(outgoing) = outgoing else { return };
                    if !self.put(outgoing).await { return }
                }
                Some(outgoing) = own.1.recv() => {
                    if !self.put(outgoing).await { return }
                }
                () = stop.cancelled() => return self.close(GOING_AWAY).await,
                _ = pings.tick() => {
                    let ping = Message::Ping(axum::body::Bytes::new());
                    if self.stream.send(ping).await.is_err() { return }
                }
                received = self.stream.recv() => {
                    if self.hear(received) == Fate::IsCutOff { return }
                    self.apply_close_switch(&own.0);
                }
            }
        }
    }

    /// Closes this socket if the `ws_close` switch says that it is time.
    fn apply_close_switch(&self, outbox: &super::sockets::Outbox) {
        let frames = self.frames;
        let taken = self
            .front
            .switches
            .take(|switches| switches.voipbin.ws_close.take(frames));
        let Some(close) = taken else { return };
        let end = if close.code == ABNORMAL {
            Outgoing::Break
        } else {
            Outgoing::Close(close.code)
        };
        let outbox = outbox.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(close.delay_ms)).await;
            let _ = outbox.send(end);
        });
    }

    fn hear(&mut self, received: Option<Result<Message, axum::Error>>) -> Fate {
        match received {
            Some(Ok(Message::Text(text))) => self.hear_text(&text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Fate::GoesOn,
            Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => Fate::IsCutOff,
        }
    }

    fn hear_text(&mut self, text: &str) -> Fate {
        self.frames += 1;
        let frame = serde_json::from_str::<Frame>(text).ok();
        self.front.inspection.note_frame(FrameSeen {
            route: frame
                .as_ref()
                .map(|frame| frame.kind.clone())
                .unwrap_or_default(),
            tenant: self.listener.number(),
            device: String::new(),
            socket: self.number,
            bytes: text.len(),
            at: Timestamp::now().0,
        });
        let Some(frame) = frame else {
            return Fate::GoesOn;
        };
        let switches = self.front.switches.read().voipbin;
        let (good, bad): (Vec<_>, Vec<_>) = frame
            .topics
            .into_iter()
            .partition(|topic| self.listener.may_hear(topic, switches.rights));
        match frame.kind.as_str() {
            "subscribe" if !bad.is_empty() && switches.ws_bad_topic == BadTopic::Drop => {
                return Fate::IsCutOff;
            }
            "subscribe" => self.front.sockets.subscribe(self.number, good),
            "unsubscribe" => self.front.sockets.unsubscribe(self.number, &good),
            _ => {}
        }
        Fate::GoesOn
    }

    /// Does what the outbox says; false when the socket is over.
    async fn put(&mut self, outgoing: Outgoing) -> bool {
        match outgoing {
            Outgoing::Text(text) => self.stream.send(Message::Text(text.into())).await.is_ok(),
            Outgoing::Close(code) => {
                self.close(code).await;
                false
            }
            Outgoing::Break => false,
        }
    }

    /// Closes in the proper way: our close frame, then the client's.
    async fn close(&mut self, code: u16) {
        self.front.sockets.remove(self.number);
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(""),
        };
        if self.stream.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        let gone = async { while let Some(Ok(_)) = self.stream.recv().await {} };
        // A client that does not answer is cut off.
        let _ = timeout(CLOSE_PATIENCE, gone).await;
    }
}
