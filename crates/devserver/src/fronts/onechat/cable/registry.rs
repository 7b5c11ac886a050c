//! The open sockets, and which streams each of them listens to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::model::Timestamp;

/// What a socket is told to do next.
#[derive(Clone, Debug)]
pub(in crate::fronts::onechat) enum Outgoing {
    /// Send a text frame.
    Text(String),
    /// Break the connection.
    Break,
}

/// Where to put what a socket shall do.
pub(in crate::fronts::onechat) type Outbox = UnboundedSender<Outgoing>;

/// A stream that a socket listens to.
#[derive(Clone)]
pub(in crate::fronts::onechat) struct Subscription {
    /// The client's own words, which come back with every event.
    pub(in crate::fronts::onechat) identifier: String,
    /// The row of the session.
    pub(in crate::fronts::onechat) session: i64,
    /// The number of the contact.
    pub(in crate::fronts::onechat) contact: i64,
}

struct Socket {
    protocol: Option<String>,
    opened_at: Timestamp,
    outbox: Outbox,
    subscriptions: Vec<Subscription>,
}

/// All open sockets, in the order in which they were opened.
#[derive(Default)]
pub(in crate::fronts::onechat) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last_number: u64,
    sockets: BTreeMap<u64, Socket>,
}

impl Registry {
    /// Adds a socket and gives it its number.
    pub(super) fn add(&self, protocol: Option<String>, outbox: Outbox) -> u64 {
        let mut inner = self.lock();
        inner.last_number += 1;
        let number = inner.last_number;
        let socket = Socket {
            protocol,
            opened_at: Timestamp::now(),
            outbox,
            subscriptions: Vec::new(),
        };
        inner.sockets.insert(number, socket);
        number
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().sockets.remove(&number);
    }

    /// Lets a socket listen to a stream.
    pub(super) fn subscribe(&self, number: u64, subscription: Subscription) {
        if let Some(socket) = self.lock().sockets.get_mut(&number) {
            socket.subscriptions.push(subscription);
        }
    }

    pub(super) fn unsubscribe(&self, number: u64, identifier: &str) {
        if let Some(socket) = self.lock().sockets.get_mut(&number) {
            socket
                .subscriptions
                .retain(|subscription| subscription.identifier != identifier);
        }
    }

    /// What a socket listens to.
    pub(super) fn subscriptions_of(&self, number: u64) -> Vec<Subscription> {
        let inner = self.lock();
        let socket = inner.sockets.get(&number);
        socket.map_or_else(Vec::new, |socket| socket.subscriptions.clone())
    }

    /// Every stream that is listened to.
    pub(in crate::fronts::onechat) fn subscriptions(&self) -> Vec<Subscription> {
        let inner = self.lock();
        let sockets = inner.sockets.values();
        sockets
            .flat_map(|socket| socket.subscriptions.clone())
            .collect()
    }

    /// The ways to all who listen to one of the sessions' streams, each with
    /// the identifier that its events carry.
    pub(in crate::fronts::onechat) fn listeners(&self, sessions: &[i64]) -> Vec<(Outbox, String)> {
        let mut found = Vec::new();
        for socket in self.lock().sockets.values() {
            for subscription in &socket.subscriptions {
                if sessions.contains(&subscription.session) {
                    found.push((socket.outbox.clone(), subscription.identifier.clone()));
                }
            }
        }
        found
    }

    /// Ends all subscriptions to a session's stream; nobody is told.
    pub(in crate::fronts::onechat) fn silence(&self, session: i64) {
        for socket in self.lock().sockets.values_mut() {
            socket
                .subscriptions
                .retain(|subscription| subscription.session != session);
        }
    }

    /// The open sockets as `/inspect` shows them.
    pub(in crate::fronts::onechat) fn show(&self) -> Vec<Value> {
        let subscription =
            |one: &Subscription| json!({"identifier": one.identifier, "contact": one.contact});
        self.lock()
            .sockets
            .iter()
            .map(|(number, socket)| {
                json!({
                    "socket": number,
                    "protocol": socket.protocol,
                    "openedAt": socket.opened_at.0,
                    "subscriptions": socket.subscriptions.iter().map(subscription).collect::<Vec<_>>(),
                })
            })
            .collect()
    }

    pub(in crate::fronts::onechat) fn drop_all(&self) {
        for socket in self.lock().sockets.values() {
            // A socket that is gone already needs no telling.
            let _ = socket.outbox.send(Outgoing::Break);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
