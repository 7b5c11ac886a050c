//! One open socket, with the gateway's habits (contract 4.5): it closes what is
//! idle or old, refuses large and binary frames, and never answers a ping of
//! the application's by itself.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep_until, timeout};

use super::registry::{Outgoing, Socket};
use super::{Concierge, calls, handshake};
use crate::model::VisitorId;
use crate::switches::{Ack, OnOff};

/// The largest frame that the gateway takes, in bytes.
const FRAME_LIMIT: usize = 32 * 1024;

/// How long a closing socket waits for the client's own close frame.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// Close codes that the gateway uses.
mod code {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const UNSUPPORTED: u16 = 1003;
    pub(super) const ABNORMAL: u16 = 1006;
    pub(super) const TOO_LARGE: u16 = 1009;
}

/// Runs a socket from its handshake to its end.
pub(super) async fn run(
    front: Arc<Concierge>,
    stream: WebSocket,
    tenant: VisitorId,
    device: String,
) {
    let connection_id = handshake::new_connection_id();
    let (outbox, inbox) = unbounded_channel();
    let expiry_ms = millis(front.switches.read().expiry_s);
    // Registered first: what happens from the arrival on reaches this socket.
    let socket = front.sockets.add(tenant, &device, &connection_id, outbox);
    let number = socket.number;
    if front
        .chat
        .arrive(tenant, &device, &connection_id, expiry_ms)
        .is_ok()
    {
        Running {
            front: Arc::clone(&front),
            stream,
            socket,
            frames: 0,
            closing: false,
        }
        .run(inbox)
        .await;
    }
    front.sockets.remove(number);
}

struct Running {
    front: Arc<Concierge>,
    stream: WebSocket,
    socket: Socket,
    /// How many frames of the client were handled.
    frames: u32,
    /// Set once the `close` switch has struck.
    closing: bool,
}

/// What a frame from the client leads to.
enum Heard {
    /// The conversation goes on.
    Something,
    /// The client broke a rule and is closed with that code.
    Offence(u16),
    /// The client is gone.
    Nothing,
}

impl Running {
    async fn run(mut self, mut inbox: tokio::sync::mpsc::UnboundedReceiver<Outgoing>) {
        let opened = Instant::now();
        let mut last_traffic = opened;
        let mut switches_changed = self.front.switches.watch();
        let stop = self.front.stop.clone();
        self.greet();
        self.apply_close_switch();
        loop {
            let switches = self.front.switches.read();
            let idle_until = last_traffic + Duration::from_millis(positive(switches.idle_s));
            let life_until = opened + Duration::from_millis(positive(switches.life_s));
            tokio::select! {
                biased;
                outgoing = inbox.recv() => {
                    last_traffic = Instant::now();
                    let Some(outgoing) = outgoing else { return };
                    if !self.put(outgoing).await { return }
                }
                () = stop.cancelled() => return self.close(code::GOING_AWAY).await,
                () = sleep_until(idle_until.min(life_until)) => return self.close(code::GOING_AWAY).await,
                _ = switches_changed.changed() => {}
                received = self.stream.recv() => {
                    last_traffic = Instant::now();
                    match self.hear(received) {
                        Heard::Something => {}
                        Heard::Offence(code) => return self.close(code).await,
                        Heard::Nothing => return,
                    }
                }
            }
        }
    }

    /// Sends the frame after connecting, if the `ack` switch asks for one.
    fn greet(&self) {
        let ack = match self.front.switches.read().ack {
            Ack::None => return,
            Ack::Welcome => {
                json!({"channel": "welcome", "payload": {"connectionId": self.socket.connection_id}})
            }
            Ack::UnknownShape => json!({"connected": [true, self.socket.connection_id]}),
        };
        let _ = self.socket.outbox.send(Outgoing::Text(ack.to_string()));
    }

    fn hear(&mut self, received: Option<Result<Message, axum::Error>>) -> Heard {
        match received {
            Some(Ok(Message::Text(text))) => self.hear_text(&text),
            Some(Ok(Message::Binary(_))) => Heard::Offence(code::UNSUPPORTED),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Heard::Something,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Heard::Nothing,
        }
    }

    fn hear_text(&mut self, text: &str) -> Heard {
        if text.len() > FRAME_LIMIT && self.front.switches.read().too_large == OnOff::On {
            return Heard::Offence(code::TOO_LARGE);
        }
        calls::handle(&self.front, &self.socket, text);
        self.frames += 1;
        self.apply_close_switch();
        Heard::Something
    }

    /// Closes this socket if the `close` switch says that it is time.
    fn apply_close_switch(&mut self) {
        if self.closing {
            return;
        }
        let Some(close) = self
            .front
            .switches
            .take(|switches| switches.close.take(self.frames))
        else {
            return;
        };
        self.closing = true;
        let end = if close.code == code::ABNORMAL {
            Outgoing::Break
        } else {
            Outgoing::Close(close.code)
        };
        let outbox = self.socket.outbox.clone();
        if close.delay_ms == 0 {
            let _ = outbox.send(end);
            return;
        }
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(close.delay_ms)).await;
            let _ = outbox.send(end);
        });
    }

    /// Does what the outbox says; false when the socket is over.
    async fn put(&mut self, outgoing: Outgoing) -> bool {
        let message = match outgoing {
            Outgoing::Text(text) => Message::Text(text.into()),
            Outgoing::Binary(bytes) => Message::Binary(bytes),
            Outgoing::Close(code) => {
                self.close(code).await;
                return false;
            }
            Outgoing::Break => return false,
        };
        self.stream.send(message).await.is_ok()
    }

    /// Closes in the proper way: our close frame, then the client's.
    async fn close(&mut self, code: u16) {
        // A socket that says goodbye is no longer one of the open ones.
        self.front.sockets.remove(self.socket.number);
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

/// Seconds of a switch as milliseconds of a clock; at least one.
fn positive(seconds: f64) -> u64 {
    u64::try_from(millis(seconds)).unwrap_or(0).max(1)
}

/// A number beyond the range of the clock becomes its limit.
fn millis(seconds: f64) -> i64 {
    // A year at most, so that no clock overflows.
    (seconds.min(31_536_000.0) * 1000.0) as i64
}
