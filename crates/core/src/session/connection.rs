//! Getting a connection and losing it.

use super::{Session, Stage};
use crate::backend::{Call, REQUESTS, TOKEN, Verdict};
use crate::backoff;
use crate::change::Change;
use crate::io::{Ask, Close, ConnId, Effect, ErrorCode, Event, NoToken, Token};
use crate::link::{FAILURES_BEFORE_STOP, Link};
use crate::model::{Conversation, Failure, Reason};
use crate::time::{MINUTE, SECOND};
use crate::timers::Timer;
use crate::token::Freshness;

/// How long the first answer may take when we only look whether a connection
/// is still alive.
const PROBE: u64 = 10 * SECOND;
/// How long a page may take to give its token.
pub(super) const TOKEN_PATIENCE: u64 = 30 * SECOND;
/// How long a handshake may take.
const HANDSHAKE_PATIENCE: u64 = 20 * SECOND;
/// A connection on which messages flowed for so long has proved itself.
const WORKS: u64 = MINUTE;
/// Between two tries that something outside asks for.
const BETWEEN_TRIES: u64 = SECOND;
/// A connection is replaced so long before its server-side row expires, and at
/// the latest when it is this old (contract concierge 5.12).
const BEFORE_EXPIRY: u64 = 5 * MINUTE;
const OLDEST: u64 = 110 * MINUTE;
/// What was sent as a request that broke may take so long to arrive.
const ARRIVES: u64 = 3 * SECOND;
/// A busy connection is not replaced; try again after this.
const ROTATE_AGAIN: u64 = 5 * SECOND;

impl Session {
    /// Something suggests that a connection can be had, or that the one at
    /// hand should be looked at.
    pub(super) fn wake_up(&mut self, out: &mut Vec<Effect>) {
        match self.link {
            Link::Open(..) => self.probe(out),
            Link::AwaitingToken(_) | Link::Handshaking(_) => {}
            Link::Idle | Link::Waiting(_) | Link::Stopped(_) => {
                let soonest = self.dialling.last_try.map(|at| at.after(BETWEEN_TRIES));
                match soonest.filter(|at| *at > self.now.at) {
                    Some(at) if self.may_connect() => {
                        if !matches!(self.link, Link::Waiting(_)) {
                            self.link = Link::Waiting(Reason::Lost);
                        }
                        self.timers.set(Timer::Retry, at);
                    }
                    Some(_) | None => self.connect(out),
                }
            }
        }
    }

    /// Asks for a sign of life: browsers keep dead connections open.
    fn probe(&mut self, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            // Any request is that, and this one brings news.
            self.poll(out);
        } else if matches!(self.stage, Stage::Done) && self.page.is_looking() {
            self.timers.set(Timer::Silence, self.now.at.after(PROBE));
            self.ping(out);
        }
    }

    const fn may_connect(&self) -> bool {
        self.wanted && self.page.online && !self.page.left
    }

    /// Connects, if a connection is wanted, possible and not there.
    pub(super) fn connect(&mut self, out: &mut Vec<Effect>) {
        let is_at_it = match self.link {
            Link::AwaitingToken(_) | Link::Handshaking(_) | Link::Open(..) => true,
            Link::Idle | Link::Waiting(_) | Link::Stopped(_) => false,
        };
        if is_at_it || !self.may_connect() {
            if self.wanted && !self.page.online {
                self.link = Link::Stopped(Reason::DeviceOffline);
            }
            return;
        }
        self.timers.cancel(Timer::Retry);
        self.dialling.last_try = Some(self.now.at);
        if !self.wants_token() {
            self.begin_requests(out);
            return;
        }
        match self.dialling.usable_token(self.now.wall) {
            Ok(token) => {
                let token = token.clone();
                self.dial(&token, out);
            }
            Err(ask) => self.ask_token(ask, out),
        }
    }

    fn ask_token(&mut self, ask: Ask, out: &mut Vec<Effect>) {
        self.link = Link::AwaitingToken(ask);
        self.timers
            .set(Timer::Token, self.now.at.after(TOKEN_PATIENCE));
        out.push(Effect::AskToken(ask));
    }

    pub(super) fn on_token(&mut self, token: Result<Token, NoToken>, out: &mut Vec<Effect>) {
        let Link::AwaitingToken(ask) = self.link else {
            // An upload may wait for it (see `advance_uploads`).
            match token {
                Ok(token) if self.dialling.freshness(&token, self.now.wall) != Freshness::Over => {
                    self.dialling.keep_token(token);
                }
                Ok(_) | Err(_) => self.on_no_upload_token(out),
            }
            return;
        };
        self.timers.cancel(Timer::Token);
        let token = match token {
            Ok(token) => token,
            Err(NoToken::Unreachable) => {
                self.fail_handshake(out);
                return;
            }
            Err(NoToken::SignedOut) => {
                if self.dialling.has_opened {
                    out.push(Effect::Announce(Event::TokenExpired));
                }
                self.stop(Reason::SignedOut, ErrorCode::SignedOut, out);
                return;
            }
        };
        match (self.dialling.freshness(&token, self.now.wall), ask) {
            (Freshness::Ending | Freshness::Over, Ask::Any) => self.ask_token(Ask::Fresh, out),
            (Freshness::Over, Ask::Fresh) if !self.dialling.may_try_over() => {
                out.push(Effect::Announce(Event::TokenExpired));
                self.stop(Reason::TokenRefused, ErrorCode::SignedOut, out);
            }
            (Freshness::Good | Freshness::Ending | Freshness::Over, _) => {
                self.dialling.keep_token(token.clone());
                self.dial(&token, out);
            }
        }
    }

    /// The page has another token: nothing that came with the old one is used.
    pub(super) fn on_signed_in(&mut self, out: &mut Vec<Effect>) {
        self.dialling.forget_token();
        self.knows_visitor = false;
        self.dialling.failures = 0;
        self.dialling.token_refusals = 0;
        if !self.wanted {
            return;
        }
        self.give_up_connection(Link::Idle, out);
        // It may be somebody else's: whether the conversation is the visitor's
        // is seen when it is taken up.
        self.show(Change::Conversation(Conversation::None), out);
        self.wake_up(out);
    }

    fn dial(&mut self, token: &Token, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            self.begin_requests(out);
            return;
        }
        match self.backend.door(&token.secret) {
            Ok(Some(door)) => {
                let conn = self.dialling.draw();
                self.link = Link::Handshaking(conn);
                self.timers
                    .set(Timer::Handshake, self.now.at.after(HANDSHAKE_PATIENCE));
                out.push(Effect::Connect(conn, door));
            }
            Ok(None) | Err(_) => self.stop(Reason::UrlTooLong, ErrorCode::UrlTooLong, out),
        }
    }

    /// Nothing more can be done without a person.
    pub(super) fn stop(&mut self, reason: Reason, code: ErrorCode, out: &mut Vec<Effect>) {
        self.link = Link::Stopped(reason);
        // The page may have another token when it is asked the next time.
        self.dialling.distrust_token();
        out.push(Effect::Announce(Event::Error {
            code,
            recoverable: false,
        }));
    }

    pub(super) fn on_opened(&mut self, conn: ConnId, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            self.on_live_opened(conn, out);
            return;
        }
        if self.link != Link::Handshaking(conn) {
            return;
        }
        self.timers.cancel(Timer::Handshake);
        self.link = Link::Open(conn, self.now.at);
        self.dialling.note_opened(self.now.wall);
        self.take_up(out);
    }

    pub(super) fn on_closed(&mut self, conn: ConnId, close: Close, out: &mut Vec<Effect>) {
        if self.is_by_requests() {
            self.on_live_closed(conn);
            return;
        }
        match self.link {
            Link::Handshaking(current) if current == conn => self.fail_handshake(out),
            Link::Open(current, _) if current == conn => {
                if self.backend.verdict(close) == Verdict::TooLarge {
                    self.fail_on_wire(Failure::TooLong, out);
                }
                self.lose_connection(out);
                self.wait(Reason::Lost);
            }
            Link::Idle
            | Link::AwaitingToken(_)
            | Link::Handshaking(_)
            | Link::Open(..)
            | Link::Waiting(_)
            | Link::Stopped(_) => {}
        }
    }

    /// The page gave no token in time, or the handshake did not open.
    pub(super) fn fail_handshake(&mut self, out: &mut Vec<Effect>) {
        self.lose_connection(out);
        self.dialling.note_failure();
        let failures = self.dialling.failures;
        // Where a handshake has succeeded before, settings and visitor are
        // right and the server is away: the queue is sent when it is back.
        if failures >= FAILURES_BEFORE_STOP && !self.dialling.has_opened {
            self.dialling.failures = 0;
            self.stop(Reason::Unreachable, ErrorCode::Unreachable, out);
            return;
        }
        if failures == 1 {
            let error = Event::Error {
                code: ErrorCode::Unreachable,
                recoverable: true,
            };
            out.push(Effect::Announce(error));
        }
        self.wait(Reason::Unreachable);
    }

    /// Ends a connection that cannot be trusted, and sets the next try.
    pub(super) fn drop_connection(&mut self, out: &mut Vec<Effect>) {
        match self.link {
            Link::Handshaking(conn) => {
                out.push(Effect::Close(conn));
                self.fail_handshake(out);
            }
            Link::Open(conn, _) => {
                self.hang_up(conn, out);
                self.lose_connection(out);
                self.wait(Reason::Lost);
            }
            Link::Idle | Link::AwaitingToken(_) | Link::Waiting(_) | Link::Stopped(_) => {}
        }
    }

    /// Ends a connection that is not wanted now.
    pub(super) fn give_up_connection(&mut self, next: Link, out: &mut Vec<Effect>) {
        match self.link {
            Link::Handshaking(conn) | Link::Open(conn, _) => self.hang_up(conn, out),
            Link::Idle | Link::AwaitingToken(_) | Link::Waiting(_) | Link::Stopped(_) => {}
        }
        let was_wanted = self.wanted || !matches!(self.link, Link::Idle);
        self.lose_connection(out);
        self.link = if was_wanted { next } else { Link::Idle };
    }

    /// The one funnel for "the connection is over": whatever hung on it ends.
    pub(super) fn lose_connection(&mut self, out: &mut Vec<Effect>) {
        self.link = Link::Idle;
        let worked = self.done_since.take().map(|since| self.now.at.since(since));
        if worked.is_some_and(|worked| worked >= WORKS) {
            self.dialling.attempts = 0;
            self.dialling.token_refusals = 0;
        }
        // Not all that is waited for hangs on the connection.
        self.timers
            .cancel_all_but(&[Timer::Rest, Timer::Undo, Timer::Upload]);
        self.calls.clear();
        if REQUESTS {
            self.known_at_once.clear();
            self.lose_live(out);
            self.show_typing(None, out);
        }
        self.stop_reading(out);
        self.stage = Stage::Idle;
        self.doubt_on_wire(out);
    }

    pub(super) fn wait(&mut self, reason: Reason) {
        if !self.may_connect() {
            return;
        }
        self.link = Link::Waiting(reason);
        let mut wait = backoff::delay(self.dialling.attempts, &mut self.random);
        if self.is_by_requests() && self.outbox.has_doubts() {
            // What is on its way still may arrive (contract onechat 5.4).
            wait = wait.max(ARRIVES);
        }
        self.dialling.attempts = self.dialling.attempts.saturating_add(1);
        self.timers.set(Timer::Retry, self.now.at.after(wait));
    }

    /// The server did not take the token with a call (contract 7: fresh token,
    /// new connection).
    pub(super) fn on_token_refused(&mut self, call: &Call, out: &mut Vec<Effect>) {
        self.note_not_done(call, out);
        self.dialling.distrust_token();
        self.dialling.token_refusals += 1;
        if self.dialling.token_refusals >= FAILURES_BEFORE_STOP {
            self.dialling.token_refusals = 0;
            self.give_up_connection(Link::Idle, out);
            self.stop(Reason::TokenRefused, ErrorCode::SignedOut, out);
            return;
        }
        self.drop_connection(out);
    }

    /// Sets when the connection is replaced before the server ends it.
    pub(super) fn plan_rotation(&mut self, life: Option<u64>) {
        let Link::Open(_, since) = self.link else {
            return;
        };
        let life = if REQUESTS && TOKEN {
            life.or_else(|| self.token_life())
        } else {
            life
        };
        let left = life.map_or(OLDEST, |life| life.saturating_sub(BEFORE_EXPIRY));
        // A row that lives shorter than the margin is replaced half-way.
        let left = if left == 0 {
            life.unwrap_or(OLDEST) / 2
        } else {
            left
        };
        let jitter = self.random.below(left / 20 + 1);
        self.timers.set(
            Timer::Rotate,
            since.after(left.min(OLDEST) - jitter.min(left)),
        );
    }

    /// How long the token lasts, if it tells: requests want one that is good.
    fn token_life(&self) -> Option<u64> {
        let ends = self.dialling.token_ends()?;
        u64::try_from(ends.0.saturating_sub(self.now.wall.0)).ok()
    }

    /// Replaces the connection, the old one first: with both open the server
    /// would push to one of them (contract 5.12).
    pub(super) fn rotate(&mut self, out: &mut Vec<Effect>) {
        if !self.calls.is_idle() || self.outbox.on_wire().is_some() {
            self.timers
                .set(Timer::Rotate, self.now.at.after(ROTATE_AGAIN));
            return;
        }
        self.give_up_connection(Link::Idle, out);
        self.connect(out);
    }
}
