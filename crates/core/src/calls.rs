//! Calls that are in flight: at most one a route, because an answer carries
//! nothing but its route. A call ends in exactly one of three ways: answered,
//! timed out, or gone with its connection.

use crate::backend::{Call, Route};
use crate::io::RequestId;
use crate::time::{Instant, SECOND};

/// How long an answer may take: just over the gateway's own limit of 29 s.
const PATIENCE: u64 = 30 * SECOND;

struct InFlight {
    call: Call,
    /// The request that it is, where it is one.
    request: Option<RequestId>,
    /// `None` when nobody waits for it: it may stay open as long as its
    /// connection, and its route with it.
    deadline: Option<Instant>,
}

/// The calls of the current connection.
#[derive(Default)]
pub(crate) struct Calls {
    in_flight: Vec<InFlight>,
    waiting: Vec<Call>,
}

impl Calls {
    /// Notes the call as in flight, or keeps it until its route is free.
    /// Returns whether it is to be sent.
    pub(crate) fn begin(&mut self, call: &Call, now: Instant) -> bool {
        if self.is_busy(call.route()) {
            if !self.waiting.contains(call) {
                self.waiting.push(call.clone());
            }
            return false;
        }
        let deadline = match call.route() {
            Route::Unread | Route::Seen | Route::Typing => None,
            Route::Open
            | Route::Check
            | Route::History
            | Route::Ping
            | Route::Send
            | Route::Delete
            | Route::End
            | Route::Answer
            | Route::Rooms => Some(now.after(PATIENCE)),
        };
        self.in_flight.push(InFlight {
            call: call.clone(),
            request: None,
            deadline,
        });
        true
    }

    /// The call in flight on this route is this request from now on, and has
    /// time anew.
    pub(crate) fn set_request(&mut self, route: Route, request: RequestId, now: Instant) {
        let mut all = self.in_flight.iter_mut();
        if let Some(it) = all.find(|it| it.call.route() == route) {
            it.request = Some(request);
            // The shell gives a request up by itself, a little earlier.
            it.deadline = it.deadline.map(|_| now.after(PATIENCE + SECOND));
        }
    }

    /// The call that this request is.
    pub(crate) fn asked(&self, request: RequestId) -> Option<&Call> {
        let mut all = self.in_flight.iter();
        all.find(|it| it.request == Some(request))
            .map(|it| &it.call)
    }

    /// Takes the call that an answer on this route belongs to.
    pub(crate) fn take(&mut self, route: Route) -> Option<Call> {
        let index = self
            .in_flight
            .iter()
            .position(|it| it.call.route() == route)?;
        Some(self.in_flight.remove(index).call)
    }

    /// Takes the only call in flight, if there is only one.
    pub(crate) fn take_only(&mut self) -> Option<Call> {
        if self.in_flight.len() == 1 {
            self.in_flight.pop().map(|it| it.call)
        } else {
            None
        }
    }

    /// Takes a waiting call whose route is free.
    pub(crate) fn take_waiting(&mut self) -> Option<Call> {
        let index = self
            .waiting
            .iter()
            .position(|call| !self.is_busy(call.route()))?;
        Some(self.waiting.remove(index))
    }

    /// Whether a call of this route is in flight.
    pub(crate) fn is_busy(&self, route: Route) -> bool {
        self.in_flight.iter().any(|it| it.call.route() == route)
    }

    /// Whether no answer is waited for.
    pub(crate) fn is_idle(&self) -> bool {
        self.deadline().is_none()
    }

    /// A call whose time is over.
    pub(crate) fn overdue(&self, now: Instant) -> Option<&Call> {
        let is_over = |it: &&InFlight| it.deadline.is_some_and(|deadline| deadline <= now);
        self.in_flight.iter().find(is_over).map(|it| &it.call)
    }

    /// Forgets all calls: their connection is gone.
    pub(crate) fn clear(&mut self) {
        self.in_flight.clear();
        self.waiting.clear();
    }

    /// Forgets all calls but those of this route.
    pub(crate) fn keep_only(&mut self, route: Route) {
        self.in_flight.retain(|it| it.call.route() == route);
        self.waiting.retain(|call| call.route() == route);
    }

    /// When the first call times out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.in_flight.iter().filter_map(|it| it.deadline).min()
    }
}
