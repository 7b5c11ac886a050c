//! The connection's state, and what is remembered across connections: the
//! token, the tries in a row, when the last try was.

use crate::io::{Ask, ConnId, Secret, Token};
use crate::model::Reason;
use crate::time::{Instant, Timestamp};
use crate::token::{Freshness, freshness, token_end};

/// Handshakes that must fail in a row before a fresh token is asked for
/// (contract concierge 5.13).
const FAILURES_BEFORE_FRESH_TOKEN: u32 = 2;
/// Handshakes that must fail in a row before a person must act (5.13).
pub(crate) const FAILURES_BEFORE_STOP: u32 = 5;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing was asked for, or the conversation is over.
    Idle,
    /// The page was asked for its token.
    AwaitingToken(Ask),
    /// The handshake is under way.
    Handshaking(ConnId),
    /// Open since this instant.
    Open(ConnId, Instant),
    /// The next try is set, because of this.
    Waiting(Reason),
    /// A person or the device must act first, because of this.
    Stopped(Reason),
}

/// What is remembered across connections.
#[derive(Debug, Default)]
pub(crate) struct Dialling {
    pub(crate) last_conn: u32,
    token: Option<Token>,
    /// The token at hand was refused, or may have been.
    stale_token: bool,
    /// Handshakes that failed in a row.
    pub(crate) failures: u32,
    /// Tries since a connection last worked for a while.
    pub(crate) attempts: u32,
    /// Refusals of a token since a connection last worked for a while.
    pub(crate) token_refusals: u32,
    /// A handshake has succeeded on this page: the settings are right.
    pub(crate) has_opened: bool,
    /// The token that is tried is over by our clock.
    tries_over: bool,
    /// The server took one that was: our clock tells nothing of tokens.
    clock_is_wrong: bool,
    /// When a connection was last tried.
    pub(crate) last_try: Option<Instant>,
}

impl Dialling {
    /// Nothing is remembered but the last id that was drawn.
    pub(crate) fn after(last_conn: u32) -> Self {
        Self {
            last_conn,
            ..Self::default()
        }
    }

    /// A new connection's id.
    pub(crate) const fn draw(&mut self) -> ConnId {
        self.last_conn += 1;
        ConnId(self.last_conn)
    }

    /// The token to connect with, or what to ask the page for.
    pub(crate) fn usable_token(&self, wall: Timestamp) -> Result<&Token, Ask> {
        match &self.token {
            _ if self.stale_token => Err(Ask::Fresh),
            None => Err(Ask::Any),
            Some(token) if self.freshness(token, wall) == Freshness::Good => Ok(token),
            Some(_) => Err(Ask::Fresh),
        }
    }

    /// The token at hand; an empty one where none is needed.
    pub(crate) fn secret(&self) -> &Secret {
        const NONE: &Secret = &Secret(String::new());
        self.token.as_ref().map_or(NONE, |token| &token.secret)
    }

    /// When the token at hand should be replaced, if it tells.
    pub(crate) fn token_ends(&self) -> Option<Timestamp> {
        self.token.as_ref().and_then(token_end)
    }

    /// How much of a token's life is left, as far as can be told.
    pub(crate) fn freshness(&self, token: &Token, wall: Timestamp) -> Freshness {
        if self.clock_is_wrong {
            return Freshness::Good;
        }
        freshness(token, wall)
    }

    /// A fresh token is over by our clock, which may be wrong: whether it shall
    /// be tried all the same, which is done once.
    pub(crate) const fn may_try_over(&mut self) -> bool {
        self.tries_over = !self.tries_over;
        self.tries_over
    }

    /// A handshake succeeded.
    pub(crate) fn note_opened(&mut self, wall: Timestamp) {
        self.failures = 0;
        self.has_opened = true;
        let is_over = |token: &Token| freshness(token, wall) == Freshness::Over;
        self.clock_is_wrong |= self.tries_over && self.token.as_ref().is_some_and(is_over);
        self.tries_over = false;
    }

    pub(crate) fn keep_token(&mut self, token: Token) {
        self.token = Some(token);
        self.stale_token = false;
    }

    /// The next connection needs another token.
    pub(crate) const fn distrust_token(&mut self) {
        self.stale_token = true;
    }

    /// Another visitor's token may be had.
    pub(crate) fn forget_token(&mut self) {
        self.token = None;
        self.distrust_token();
    }

    /// A handshake failed; the browser does not say why.
    pub(crate) const fn note_failure(&mut self) {
        self.failures += 1;
        if self.failures.is_multiple_of(FAILURES_BEFORE_FRESH_TOKEN) {
            self.stale_token = true;
        }
    }
}
