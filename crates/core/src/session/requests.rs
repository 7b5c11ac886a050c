//! Systems whose calls are requests. The "connection" is then what lies between
//! the first request that goes through and one that does not: it is opened by
//! asking, and every request that finds no server ends it. The rest of the
//! session need not know.

use super::{Session, Stage};
use crate::backend::{Answer, Call, NO_TOKEN, REQUESTS, Route, SOCKET, STARTS, TOKEN};
use crate::io::{ConnId, Effect, Event, Request, RequestId, Response, Unreachable};
use crate::link::Link;
use crate::model::{Reason, Transport};
use crate::only::{only, plain};

impl Session {
    /// Whether calls to this system are requests.
    pub(super) const fn is_by_requests(&self) -> bool {
        REQUESTS && (!SOCKET || matches!(self.traits.transport, Transport::Requests { .. }))
    }

    /// Whether this system wants a token.
    pub(super) const fn wants_token(&self) -> bool {
        TOKEN && (!NO_TOKEN || self.traits.token)
    }

    /// There is a token, if one is needed: ask.
    pub(super) fn begin_requests(&mut self, out: &mut Vec<Effect>) {
        let conn = self.dialling.draw();
        self.link = Link::Open(conn, self.now.at);
        self.has_heard = false;
        self.take_up(out);
    }

    /// Ends the connection in the network's eyes: there is none to end where
    /// calls are requests.
    pub(super) fn hang_up(&self, conn: ConnId, out: &mut Vec<Effect>) {
        if !self.is_by_requests() {
            out.push(Effect::Close(conn));
        }
    }

    pub(super) fn request(&mut self, route: Route, request: Request, out: &mut Vec<Effect>) {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.calls.set_request(route, id, self.now.at);
        out.push(Effect::Request(id, request));
    }

    /// A request that is a call was answered. Returns whether it was one.
    pub(super) fn on_call_answered(
        &mut self,
        id: RequestId,
        answer: &Result<Response, Unreachable>,
        out: &mut Vec<Effect>,
    ) -> bool {
        let Some(call) = self.calls.asked(id).cloned() else {
            return false;
        };
        match answer {
            Ok(response) => {
                if !self.has_heard {
                    self.has_heard = true;
                    self.dialling.note_opened(self.now.wall);
                }
                match self.backend.answer(&call, response, self.dialling.secret()) {
                    Answer::Next(request) => self.request(call.route(), request, out),
                    Answer::Done(outcome) => {
                        if let Some(call) = self.calls.take(call.route()) {
                            self.on_outcome(call, outcome, out);
                        }
                        while let Some(call) = self.calls.take_waiting() {
                            self.call(&call, out);
                        }
                    }
                }
            }
            Err(Unreachable) if matches!(call, Call::Typing(..) | Call::Seen(..)) => {
                // What is told in passing is no reason to give all else up.
                self.calls.take(call.route());
            }
            Err(Unreachable) => self.lose_server(out),
        }
        true
    }

    /// A request found no server.
    fn lose_server(&mut self, out: &mut Vec<Effect>) {
        if self.has_heard {
            self.lose_connection(out);
            self.wait(Reason::Lost);
        } else {
            self.fail_handshake(out);
        }
    }

    /// The server asks for patience: it has not done this.
    pub(super) fn on_busy(&mut self, call: &Call, out: &mut Vec<Effect>) {
        self.note_not_done(call, out);
        self.lose_connection(out);
        // Each refusal makes the next wait longer, also when other calls go
        // through in between.
        self.dialling.attempts = self.dialling.attempts.max(2);
        self.wait(Reason::Busy);
    }

    /// The server has not done this, and will.
    pub(super) fn note_not_done(&mut self, call: &Call, out: &mut Vec<Effect>) {
        if let Call::Send(_, uid, _) = call {
            self.note_token_refused(uid, out);
        } else if STARTS && let Call::BeginWith(people, title) = call {
            self.starting = Some(only((plain(people.clone()), title.clone())));
        }
    }

    /// A message waits, and there is no conversation: the first one begins it.
    pub(super) fn begin_for_message(&mut self, out: &mut Vec<Effect>) {
        if REQUESTS
            && self.is_by_requests()
            && matches!(self.stage, Stage::Done)
            && self.resumable.is_none()
        {
            if self.traits.begin {
                self.stage = Stage::Opening;
                self.call(&Call::Begin, out);
            } else {
                self.turn_homeless_away(None, out);
            }
        }
    }

    /// No conversation begins: what waits for one is the visitor's to go on
    /// with.
    pub(super) fn turn_homeless_away(&mut self, text: Option<String>, out: &mut Vec<Effect>) {
        for (key, state) in self.outbox.wedge_homeless() {
            self.timeline.set_state(key, state, out);
            out.push(Effect::Announce(Event::MessageFailed(key)));
        }
        self.store_outbox(out);
        self.tell_refusal(text, out);
    }

    /// There is no conversation yet, and all that can be read has been.
    pub(super) fn finish_without_conversation(&mut self) {
        self.stage = Stage::Done;
        self.done_since = Some(self.now.at);
    }
}
