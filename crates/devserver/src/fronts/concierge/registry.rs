//! The open sockets and the way to each of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;

use crate::model::{Timestamp, VisitorId};

/// What a socket is told to do next.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// Send a text frame.
    Text(String),
    /// Send a binary frame.
    Binary(Bytes),
    /// Send a close frame with that code, and end.
    Close(u16),
    /// Break the connection.
    Break,
}

/// Where to put what a socket shall do.
pub(super) type Outbox = UnboundedSender<Outgoing>;

/// An open socket.
#[derive(Clone)]
pub(super) struct Socket {
    pub(super) number: u64,
    pub(super) tenant: VisitorId,
    pub(super) device: String,
    pub(super) connection_id: String,
    pub(super) opened_at: Timestamp,
    pub(super) outbox: Outbox,
}

/// An open socket as `/inspect` shows it.
#[derive(Serialize)]
pub(crate) struct SocketSeen {
    socket: u64,
    tenant: i64,
    device: String,
    #[serde(rename = "connectionId")]
    connection_id: String,
    #[serde(rename = "openedAt")]
    opened_at: i64,
}

/// All open sockets, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last_number: u64,
    sockets: BTreeMap<u64, Socket>,
}

impl Registry {
    /// Adds a socket and gives it its number.
    pub(super) fn add(
        &self,
        tenant: VisitorId,
        device: &str,
        connection_id: &str,
        outbox: Outbox,
    ) -> Socket {
        let mut inner = self.lock();
        inner.last_number += 1;
        let socket = Socket {
            number: inner.last_number,
            tenant,
            device: device.to_owned(),
            connection_id: connection_id.to_owned(),
            opened_at: Timestamp::now(),
            outbox,
        };
        inner.sockets.insert(socket.number, socket.clone());
        socket
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().sockets.remove(&number);
    }

    /// The sockets of a tenant.
    pub(super) fn of(&self, tenant: VisitorId) -> Vec<Socket> {
        self.lock()
            .sockets
            .values()
            .filter(|socket| socket.tenant == tenant)
            .cloned()
            .collect()
    }

    pub(super) fn list(&self) -> Vec<SocketSeen> {
        let seen = |socket: &Socket| SocketSeen {
            socket: socket.number,
            tenant: socket.tenant.0,
            device: socket.device.clone(),
            connection_id: socket.connection_id.clone(),
            opened_at: socket.opened_at.0,
        };
        self.lock().sockets.values().map(seen).collect()
    }

    pub(super) fn drop_all(&self) {
        for socket in self.lock().sockets.values() {
            // A socket that is gone already needs no telling.
            let _ = socket.outbox.send(Outgoing::Break);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
