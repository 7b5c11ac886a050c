//! The cable: a WebSocket that speaks ActionCable (contract 3.7).
//!
//! [`open`] lets a socket in, [`Running`] runs it, [`commands`] does what it
//! asks for, [`registry`] knows who listens to which stream.

mod commands;
mod registry;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep_until, timeout};

use super::OneChat;
use crate::model::Timestamp;
use crate::switches::onechat::{CableDisconnect, CableHandshake, CablePing, Ending};

pub(super) use registry::{Outbox, Outgoing, Registry, Subscription};

/// What the server speaks, and what it says when it does not.
const PROTOCOL: &str = "actioncable-v1-json";
const NO_PROTOCOL: &str = "actioncable-unsupported";

/// How long a closing socket waits for the client's own close frame.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// When something happens that is switched off.
const NEVER: Duration = Duration::from_secs(86_400 * 365);

/// `GET /cable`
pub(super) async fn open(
    State(front): State<Arc<OneChat>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return (StatusCode::NOT_FOUND, "Page not found").into_response();
    };
    let fault = front
        .switches
        .take(|switches| switches.onechat.cable_handshake.take(None))
        .0;
    let status = match fault {
        CableHandshake::Ok | CableHandshake::NoSubprotocol | CableHandshake::StripHeader => 101,
        CableHandshake::NotFound => 404,
        CableHandshake::Throttled => 429,
        CableHandshake::Hang => 0,
    };
    front.notes.handshake(status);
    let upgrade = match fault {
        CableHandshake::Ok => upgrade.protocols([PROTOCOL, NO_PROTOCOL]),
        CableHandshake::NoSubprotocol => upgrade.protocols([NO_PROTOCOL]),
        CableHandshake::StripHeader => upgrade,
        CableHandshake::NotFound => return StatusCode::NOT_FOUND.into_response(),
        CableHandshake::Throttled => return super::failure::Failure::Throttled.into_response(),
        CableHandshake::Hang => {
            front.stop.cancelled().await;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    upgrade.on_upgrade(move |stream| run(front, stream))
}

/// Runs a socket from its handshake to its end.
async fn run(front: Arc<OneChat>, stream: WebSocket) {
    let protocol = stream
        .protocol()
        .and_then(|name| name.to_str().ok())
        .map(str::to_owned);
    let (outbox, inbox) = unbounded_channel();
    let number = front.sockets.add(protocol, outbox.clone());
    let running = Running {
        front: Arc::clone(&front),
        stream,
        number,
        opened: Instant::now(),
    };
    let _ = outbox.send(Outgoing::Text(json!({"type": "welcome"}).to_string()));
    running.run(inbox, &outbox).await;
    front.sockets.remove(number);
}

struct Running {
    front: Arc<OneChat>,
    stream: WebSocket,
    number: u64,
    opened: Instant,
}

impl Running {
    async fn run(mut self, mut inbox: UnboundedReceiver<Outgoing>, outbox: &Outbox) {
        let mut last_ping = self.opened;
        let mut switches_changed = self.front.switches.watch();
        let stop = self.front.stop.clone();
        loop {
            let switches = self.front.switches();
            let ping_at = match switches.cable_ping {
                CablePing::Every(ms) => last_ping + Duration::from_millis(ms).min(NEVER),
                CablePing::Stop => last_ping + NEVER,
            };
            let end_at = match switches.cable_disconnect {
                CableDisconnect::Off => self.opened + NEVER,
                CableDisconnect::At(at) => self.opened + seconds(at.after_s),
            };
            tokio::select! {
                biased;
                outgoing = inbox.recv() => {
                    let Some(outgoing) = outgoing else { return };
                    if !self.put(outgoing).await { return }
                }
                () = stop.cancelled() => return self.say_goodbye("server_restart", true).await,
                () = sleep_until(end_at) => {
                    let ending = self.front.switches.take(|switches| switches.onechat.cable_disconnect.take());
                    if let Some(ending) = ending { return self.end(ending).await }
                }
                _ = switches_changed.changed() => {}
                () = sleep_until(ping_at) => {
                    last_ping = Instant::now();
                    let now = self.front.seconds(Timestamp::now());
                    let ping = json!({"type": "ping", "message": now}).to_string();
                    if !self.put(Outgoing::Text(ping)).await { return }
                }
                received = self.stream.recv() => match received {
                    Some(Ok(Message::Text(text))) => commands::handle(&self.front, self.number, outbox, &text),
                    Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                }
            }
        }
    }

    /// Does what the outbox says; false when the socket is over.
    async fn put(&mut self, outgoing: Outgoing) -> bool {
        match outgoing {
            Outgoing::Text(text) => self.stream.send(Message::Text(text.into())).await.is_ok(),
            Outgoing::Break => false,
        }
    }

    async fn end(self, ending: Ending) {
        match ending {
            Ending::Restart => self.say_goodbye("server_restart", true).await,
            Ending::Remote => self.say_goodbye("remote", true).await,
            Ending::Unauthorized => self.say_goodbye("unauthorized", false).await,
            Ending::TcpDrop => {}
        }
    }

    /// Says why the socket ends, and closes it in the proper way.
    async fn say_goodbye(mut self, reason: &str, reconnect: bool) {
        // A socket that says goodbye is no longer one of the open ones.
        self.front.sockets.remove(self.number);
        let frame = json!({"type": "disconnect", "reason": reason, "reconnect": reconnect});
        let close = CloseFrame {
            code: 1000,
            reason: Utf8Bytes::from_static(""),
        };
        let frames = [
            Message::Text(frame.to_string().into()),
            Message::Close(Some(close)),
        ];
        for frame in frames {
            if self.stream.send(frame).await.is_err() {
                return;
            }
        }
        let gone = async { while let Some(Ok(_)) = self.stream.recv().await {} };
        // A client that does not answer is cut off.
        let _ = timeout(CLOSE_PATIENCE, gone).await;
    }
}

/// Seconds of a switch; what no clock can hold counts as never.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0))
        .unwrap_or(NEVER)
        .min(NEVER)
}
