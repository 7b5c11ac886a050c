//! Events: what a tenant's devices hear unasked (contract 3.4).
//!
//! A device that caused a change is not told of it; its answer says enough. The
//! exception is the `echo_own` switch, which [`super::calls`] obeys.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use super::dialect::{Dialect, MessageEvent, Place, entity_type};
use super::envelope::{self, Address};
use super::registry::{Outbox, Outgoing, Socket};
use super::{Concierge, registry};
use crate::chat::{Event, News};
use crate::model::{Conversation, Message, Party, StaffId, Timestamp};
use crate::switches::{EventOrder, SameDevice, Switches};

/// For how long `event_order: reversed` collects events.
const REVERSAL: Duration = Duration::from_millis(80);

/// An event that waits for its turn.
pub(super) struct Held {
    outbox: registry::Outbox,
    frame: String,
}

/// Passes news on to the devices of their tenant until no more can come.
pub(crate) async fn run(front: Arc<Concierge>, mut news: UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        let switches = front.switches.read();
        let Some(frame) = frame(&switches, &news) else {
            continue;
        };
        for socket in front.sockets.of(news.visitor) {
            if Some(socket.number) != news.origin && is_reached(&front, &socket, &switches) {
                deliver(&front, &socket.outbox, &frame, &switches);
            }
        }
    }
}

/// Puts an event into an outbox as the switches have it: in order or not, once
/// or more often.
pub(super) fn deliver(front: &Concierge, outbox: &Outbox, frame: &str, switches: &Switches) {
    for _ in 0..switches.duplicate_events.unwrap_or(1) {
        let (outbox, frame) = (outbox.clone(), frame.to_owned());
        match switches.event_order {
            EventOrder::Fifo => {
                let _ = outbox.send(Outgoing::Text(frame));
            }
            EventOrder::DelayMs(delay) => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                    let _ = outbox.send(Outgoing::Text(frame));
                });
            }
            EventOrder::Reversed => hold(front, Held { outbox, frame }),
        }
    }
}

/// A message as an event.
pub(super) fn message_frame(switches: &Switches, message: &Message, event: MessageEvent) -> String {
    let dialect = Dialect {
        switches,
        place: Place::Event,
    };
    let content = json!({
        "chatSessionId": message.conversation.0,
        "chatMessage": dialect.message_event(message, event),
    });
    let address = address(message.sender, message.visitor.0);
    envelope::event(
        switches,
        &format!("chat-message-{}", message.conversation.0),
        &content,
        &address,
    )
    .to_string()
}

fn frame(switches: &Switches, news: &News) -> Option<String> {
    match &news.event {
        Event::Arrived | Event::Revised(_) | Event::Typing(..) => None,
        Event::Opened(session) | Event::Changed(session) => {
            Some(session_frame(switches, session, news))
        }
        Event::Posted(message) => Some(message_frame(switches, message, MessageEvent::New)),
        Event::Seen(message) => Some(message_frame(switches, message, MessageEvent::Changed)),
        Event::Unsent(message) => {
            let dialect = Dialect {
                switches,
                place: Place::Event,
            };
            let content = json!({"messageId": dialect.unsent_id(message.id)});
            let address = address(message.sender, message.visitor.0);
            Some(envelope::event(switches, "chat-message-delete", &content, &address).to_string())
        }
    }
}

fn session_frame(switches: &Switches, session: &Conversation, news: &News) -> String {
    let dialect = Dialect {
        switches,
        place: Place::Event,
    };
    let content = json!({"chatSession": dialect.session(session)});
    // Changes without an origin come from the concierge's side.
    let sender = match news.origin {
        Some(_) => Party::Visitor(session.visitor),
        None => Party::Staff(session.staff().unwrap_or(StaffId(0))),
    };
    let channel = format!("chat-session-update-{}", session.key.0);
    envelope::event(
        switches,
        &channel,
        &content,
        &address(sender, session.visitor.0),
    )
    .to_string()
}

fn address(sender: Party, receiver: i64) -> Address {
    Address {
        sender: (entity_type(sender), sender.id()),
        receiver,
    }
}

/// Whether the device's row points to this socket and has not expired.
fn is_reached(front: &Concierge, socket: &Socket, switches: &Switches) -> bool {
    let Ok(Some(row)) = front.chat.device(socket.tenant, &socket.device) else {
        return false;
    };
    let is_latest = row.connection_id == socket.connection_id;
    (is_latest || switches.same_device == SameDevice::Both) && Timestamp::now() < row.expires_at
}

/// Keeps an event back for a moment, then lets all of that moment go, the last
/// one first.
fn hold(front: &Concierge, event: Held) {
    let held = Arc::clone(&front.held);
    let is_first = {
        let mut events = held.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
        events.len() == 1
    };
    if !is_first {
        return;
    }
    tokio::spawn(async move {
        tokio::time::sleep(REVERSAL).await;
        let events = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
        for Held { outbox, frame } in events.into_iter().rev() {
            let _ = outbox.send(Outgoing::Text(frame));
        }
    });
}
