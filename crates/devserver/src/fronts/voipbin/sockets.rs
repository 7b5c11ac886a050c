//! The open sockets, what each has subscribed to, and the way to it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::agents;
use crate::model::Timestamp;

/// What a socket is told to do next.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// Send a text frame.
    Text(String),
    /// Send a close frame with that code, and end.
    Close(u16),
    /// Break the connection.
    Break,
}

/// Where to put what a socket shall do.
pub(super) type Outbox = UnboundedSender<Outgoing>;

struct Entry {
    agent: i64,
    opened_at: Timestamp,
    /// Beginnings of topics.
    topics: Vec<String>,
    outbox: Outbox,
}

/// All open sockets, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last_number: u64,
    sockets: BTreeMap<u64, Entry>,
}

impl Registry {
    /// Adds an agent's socket; its number. All guests have one number.
    pub(super) fn add(&self, agent: i64, outbox: Outbox) -> u64 {
        let mut inner = self.lock();
        inner.last_number += 1;
        let number = inner.last_number;
        let entry = Entry {
            agent,
            opened_at: Timestamp::now(),
            topics: Vec::new(),
            outbox,
        };
        inner.sockets.insert(number, entry);
        number
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().sockets.remove(&number);
    }

    pub(super) fn subscribe(&self, number: u64, topics: Vec<String>) {
        if let Some(entry) = self.lock().sockets.get_mut(&number) {
            entry.topics.extend(topics);
        }
    }

    pub(super) fn unsubscribe(&self, number: u64, topics: &[String]) {
        if let Some(entry) = self.lock().sockets.get_mut(&number) {
            entry.topics.retain(|topic| !topics.contains(topic));
        }
    }

    /// For each socket that hears any of the topics, the way to it and how many
    /// of them it hears.
    pub(super) fn listeners(&self, topics: &[String]) -> Vec<(Outbox, usize)> {
        let inner = self.lock();
        let heard = |entry: &Entry| {
            let is_heard = |topic: &&String| {
                let mut wanted = entry.topics.iter();
                wanted.any(|beginning| topic.starts_with(beginning.as_str()))
            };
            (entry.outbox.clone(), topics.iter().filter(is_heard).count())
        };
        let listeners = inner.sockets.values().map(heard);
        listeners.filter(|(_, count)| *count > 0).collect()
    }

    /// The sockets as `/inspect` shows them.
    pub(super) fn list(&self) -> Vec<Value> {
        let inner = self.lock();
        let shown = |(number, entry): (&u64, &Entry)| {
            json!({
                "socket": number,
                "agent": agents::id(entry.agent),
                "openedAt": entry.opened_at.0,
                "topics": entry.topics,
            })
        };
        inner.sockets.iter().map(shown).collect()
    }

    pub(super) fn drop_all(&self) {
        for entry in self.lock().sockets.values() {
            // A socket that is gone already needs no telling.
            let _ = entry.outbox.send(Outgoing::Break);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
