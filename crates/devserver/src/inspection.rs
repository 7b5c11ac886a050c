//! What the server saw, for tests to look at: `GET /inspect`.
//!
//! Frames are noted by route and size, never by their text. The stored
//! messages do show their text: this is a tool for made-up conversations on
//! one machine.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use crate::model::{MessageId, Timestamp, VisitorId};

/// How many entries each list keeps.
const KEPT: usize = 10_000;

/// A frame that a client sent.
#[derive(Clone, Serialize)]
pub(crate) struct FrameSeen {
    /// Without its query; empty for what is no call.
    pub(crate) route: String,
    pub(crate) tenant: i64,
    pub(crate) device: String,
    /// The number of the socket, unique in this run of the server.
    pub(crate) socket: u64,
    pub(crate) bytes: usize,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
}

/// A handshake and how it was answered.
#[derive(Clone, Serialize)]
pub(crate) struct HandshakeSeen {
    pub(crate) tenant: Option<i64>,
    pub(crate) device: Option<String>,
    pub(crate) status: u16,
    pub(crate) at: i64,
}

/// A message that a tenant marked as seen.
#[derive(Clone, Serialize)]
pub(crate) struct SeenCall {
    pub(crate) tenant: i64,
    pub(crate) session: String,
    pub(crate) message: i64,
    pub(crate) at: i64,
}

/// A request to one of the fronts that speak HTTP, as it came.
#[derive(Clone, Serialize)]
pub(crate) struct CallSeen {
    /// `onesmile` or `voipbin`.
    pub(crate) front: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Without what may be secret.
    pub(crate) query: String,
    /// See [`shown_headers`].
    pub(crate) headers: BTreeMap<String, String>,
    /// Who called, if the token told.
    pub(crate) visitor: Option<i64>,
    pub(crate) at: i64,
}

/// An HTTP request that was served.
#[derive(Clone, Serialize)]
pub(crate) struct RequestServed {
    /// `main` or `bucket`.
    pub(crate) server: &'static str,
    pub(crate) method: String,
    /// Without its query, which may hold secrets.
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) at: i64,
}

/// All that was noted since the start or the last reset.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Notes {
    frames: VecDeque<FrameSeen>,
    handshakes: VecDeque<HandshakeSeen>,
    /// Pings by session.
    pings: BTreeMap<String, u64>,
    seen: VecDeque<SeenCall>,
    requests: VecDeque<RequestServed>,
    calls: VecDeque<CallSeen>,
}

/// Takes notes.
#[derive(Default)]
pub(crate) struct Inspection {
    notes: Mutex<Notes>,
}

impl Inspection {
    pub(crate) fn notes(&self) -> Notes {
        self.lock().clone()
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Notes::default();
    }

    pub(crate) fn note_frame(&self, frame: FrameSeen) {
        keep(&mut self.lock().frames, frame);
    }

    pub(crate) fn note_handshake(&self, handshake: HandshakeSeen) {
        keep(&mut self.lock().handshakes, handshake);
    }

    pub(crate) fn note_request(&self, request: RequestServed) {
        keep(&mut self.lock().requests, request);
    }

    pub(crate) fn note_call(&self, call: CallSeen) {
        keep(&mut self.lock().calls, call);
    }

    pub(crate) fn note_ping(&self, session: &str) {
        *self.lock().pings.entry(session.to_owned()).or_default() += 1;
    }

    pub(crate) fn note_seen(&self, tenant: VisitorId, session: &str, message: MessageId) {
        let call = SeenCall {
            tenant: tenant.0,
            session: session.to_owned(),
            message: message.0,
            at: Timestamp::now().0,
        };
        keep(&mut self.lock().seen, call);
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers of a request; of those that hold tokens only that they came, and
/// with which word before the token.
pub(crate) fn shown_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = value.to_str().unwrap_or_default();
        let shown = match name.as_str() {
            "authorization" | "cookie" | "x-auth-token" if value.starts_with("Bearer ") => {
                "Bearer …"
            }
            "authorization" | "cookie" | "x-auth-token" => "…",
            _ => value,
        };
        (name.to_string(), shown.to_owned())
    };
    headers.iter().map(shown).collect()
}

fn keep<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() == KEPT {
        list.pop_front();
    }
    list.push_back(entry);
}
