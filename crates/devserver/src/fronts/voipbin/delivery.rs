//! The way of an event to the sockets that hear it, with all that the switches
//! do to it there.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::VoipBin;
use super::sockets::{Outbox, Outgoing};
use crate::fronts::moments;
use crate::model::Micros;
use crate::switches::voipbin::{Copies, SocketOrder, SocketShape, VoipBinSwitches};

/// For how long `ws_order: reversed` collects events.
const REVERSAL: Duration = Duration::from_millis(80);

/// An event that waits for its turn.
pub(super) struct Held {
    outbox: Outbox,
    frame: String,
}

/// One event on its topics.
pub(super) struct Published {
    /// In the old form and in the new.
    pub(super) topics: [String; 2],
    /// Its type, where the shape has one.
    pub(super) name: &'static str,
    pub(super) resource: Value,
}

/// An event on `agent_id:<id>:<resource>:<rid>` and on
/// `agent_id:<id>:<service>:<event>:<rid>`.
pub(super) fn published(
    kind: &str,
    owner: &str,
    (resource_name, service): (&str, &str),
    name: &'static str,
    id: &str,
    resource: Value,
) -> Published {
    Published {
        topics: [
            format!("{kind}:{owner}:{resource_name}:{id}"),
            format!("{kind}:{owner}:{service}:{name}:{id}"),
        ],
        name,
        resource,
    }
}

/// Sends an event, in the usual shape of its generation unless a switch says
/// otherwise.
pub(super) fn publish(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    usual: SocketShape,
    event: &Published,
) {
    let shape = if switches.ws_shape == SocketShape::AsDialect {
        usual
    } else {
        switches.ws_shape
    };
    for (outbox, heard) in front.sockets.listeners(&event.topics) {
        let times = match switches.ws_copies {
            Copies::Once => 1,
            Copies::Twice => heard,
            Copies::Thrice => heard + 1,
        };
        for _ in 0..times {
            let frame = event.written(shape, front.turn.fetch_add(1, Ordering::Relaxed));
            deliver(front, switches, outbox.clone(), frame.to_string());
        }
    }
}

impl Published {
    /// The event in a shape; the turn decides where shapes are mixed.
    fn written(&self, shape: SocketShape, turn: u64) -> Value {
        let [topic, _] = &self.topics;
        match (shape, turn % 3) {
            (SocketShape::Wrapped, _) | (SocketShape::Mixed, 0) => {
                json!({"type": self.name, "data": self.resource})
            }
            (SocketShape::DocShape, _) | (SocketShape::Mixed, 1) => json!({
                "event_type": self.name,
                "timestamp": moments::iso(Micros::now()),
                "topic": topic,
                "data": self.resource,
            }),
            (SocketShape::AsDialect | SocketShape::Bare | SocketShape::Mixed, _) => {
                self.resource.clone()
            }
        }
    }
}

/// Puts an event into an outbox as the switches have it: at once or late, in
/// order or not.
fn deliver(front: &VoipBin, switches: &VoipBinSwitches, outbox: Outbox, frame: String) {
    match switches.ws_order {
        SocketOrder::Reversed => hold(front, Held { outbox, frame }),
        SocketOrder::Fifo if switches.ws_lag_ms == 0 => {
            let _ = outbox.send(Outgoing::Text(frame));
        }
        SocketOrder::Fifo => {
            let lag = Duration::from_millis(switches.ws_lag_ms);
            tokio::spawn(async move {
                tokio::time::sleep(lag).await;
                let _ = outbox.send(Outgoing::Text(frame));
            });
        }
    }
}

/// Keeps an event back for a moment, then lets all of that moment go, the last
/// one first.
fn hold(front: &VoipBin, event: Held) {
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
