//! What follows from any input: what is due on a working connection, and what
//! views see of the whole.

use super::{REST_AFTER, SILENCE, Session, Stage};
use crate::backend::{Call, REOPEN, REQUESTS, Route};
use crate::change::Change;
use crate::io::{Effect, Slot};
use crate::link::Link;
use crate::model::{Connection, Conversation, Reason, Status};
use crate::time::{MINUTE, SECOND};
use crate::timers::Timer;

/// A ping is sent this often while the chat is looked at (contract concierge 2.4).
const PING_EVERY: u64 = 30 * SECOND;
/// The unread count is asked for this often while nobody looks; it also keeps
/// the gateway from closing an idle connection (contract concierge 5.9).
const UNREAD_EVERY: u64 = 4 * MINUTE;

impl Session {
    /// Everything that is derived: what is due on a working connection, and
    /// what views show of the whole.
    pub(super) fn settle(&mut self, out: &mut Vec<Effect>) {
        self.advance_uploads(out);
        if self.is_by_requests() {
            self.advance_live(out);
        }
        if matches!(self.stage, Stage::Done) {
            self.deliver(out);
            self.tell_marks(out);
            self.mend_seam(out);
            // The end comes after what was written before it.
            if self.ending
                && self.outbox.is_at_rest()
                && let Some(id) = self.conversation_id().cloned()
                && !self.calls.is_busy(Route::End)
            {
                self.call(&Call::End(id), out);
            }
            self.keep_alive();
        }
        let is_idle_open = matches!(self.link, Link::Open(..)) && !self.page.visible;
        if is_idle_open && !self.timers.is_set(Timer::Rest) {
            self.timers.set(Timer::Rest, self.now.at.after(REST_AFTER));
        }
        if REQUESTS && let Some(kept) = self.backend.keep() {
            out.push(Effect::Store(Slot::System, Some(kept)));
        }
        self.show(Change::Connection(self.connection()), out);
    }

    /// Pings while the chat is looked at, the unread count while it is not.
    fn keep_alive(&mut self) {
        if self.is_by_requests() {
            self.plan_poll();
            return;
        }
        if self.page.is_looking() {
            self.timers.cancel(Timer::Unread);
            if !self.timers.is_set(Timer::Ping) {
                self.timers.set(Timer::Ping, self.now.at.after(PING_EVERY));
            }
            return;
        }
        self.timers.cancel(Timer::Ping);
        self.timers.cancel(Timer::Silence);
        if self.page.visible && !self.timers.is_set(Timer::Unread) {
            let wait = UNREAD_EVERY + self.random.below(MINUTE);
            self.timers.set(Timer::Unread, self.now.at.after(wait));
        }
    }

    pub(super) fn ping(&mut self, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        if !self.timers.is_set(Timer::Silence) {
            self.timers.set(Timer::Silence, self.now.at.after(SILENCE));
        }
        self.call(&Call::Ping(id), out);
    }

    /// The connection as views see it.
    fn connection(&self) -> Connection {
        let (status, reason) = match self.link {
            _ if matches!(self.shown.conversation, Conversation::Ended(_))
                && !(REOPEN && self.traits.reopen) =>
            {
                (Status::Ended, Reason::None)
            }
            Link::Idle => (Status::Idle, Reason::None),
            Link::Stopped(Reason::Resting) => (Status::Idle, Reason::Resting),
            Link::Stopped(reason) => (Status::Offline, reason),
            Link::Waiting(reason) => (Status::Waiting, reason),
            Link::Open(..) if matches!(self.stage, Stage::Done) => {
                (Status::Online, self.how_live())
            }
            Link::AwaitingToken(_) | Link::Handshaking(_) | Link::Open(..) => {
                let reason = if self.dialling.has_opened {
                    Reason::Lost
                } else {
                    Reason::None
                };
                (Status::Connecting, reason)
            }
        };
        let retry_at = match status {
            Status::Waiting => self.timers.at(Timer::Retry),
            Status::Idle
            | Status::Connecting
            | Status::Online
            | Status::Offline
            | Status::Ended => None,
        };
        Connection {
            status,
            reason,
            retry_at,
        }
    }
}
