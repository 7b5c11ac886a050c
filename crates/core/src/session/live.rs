//! News from systems whose calls are requests: through a push channel beside
//! them where there is one, else by asking again and again (contract onechat
//! 5.3, voipbin 5, onesmile 5.8).
//!
//! Whatever came while the channel was not live is read afterwards: a channel
//! that has just become live is followed by a reading of the newest messages.

use super::{Session, Stage};
use crate::backend::{Call, PRESENCE, PUSH};
use crate::backoff;
use crate::io::{ConnId, Effect};
use crate::model::{Reason, Transport};
use crate::time::{Instant, MINUTE, SECOND};
use crate::timers::Timer;

/// How long the other side may take to say that the channel is live.
const CONFIRM: u64 = 10 * SECOND;
/// A channel that shows that it is there every 3 s is gone after this.
const STALE: u64 = 9 * SECOND;
/// A channel that is closed so soon after it opened was refused.
const REFUSED: u64 = 2 * SECOND;
/// So many failures in a row, and the visitor is told that news come late.
const MOST_FAILURES: u32 = 2;
/// What is not confirmed by the channel itself is read this often beside it.
const BESIDE: u64 = MINUTE;
/// Without a channel, while the chat is looked at: so often at first, then
/// after a while without news.
const OFTEN: u64 = 4 * SECOND;
const SELDOM: u64 = 10 * SECOND;
const SELDOM_AFTER: u64 = 2 * MINUTE;
const RARELY: u64 = 30 * SECOND;
const RARELY_AFTER: u64 = 10 * MINUTE;
/// While the chat is closed.
const CLOSED: u64 = MINUTE;
/// A channel that is not to come back is tried again after this.
const UNWANTED: u64 = 10 * MINUTE;
/// How often the other side is shown that the visitor is here (contract
/// onechat 3.7).
const PRESENCE_EVERY: u64 = 15 * SECOND;

/// The push channel.
#[derive(Debug, Default)]
pub(super) struct Live {
    state: State,
    /// Times in a row that it did not become live, or not for long.
    failures: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is none.
    #[default]
    Off,
    /// It is being opened.
    Opening(ConnId),
    /// It is open, and has not been confirmed.
    Greeting(ConnId),
    /// News come through it, since this instant; whether it shows that it is
    /// there.
    On(ConnId, Instant, bool),
}

impl State {
    const fn conn(self) -> Option<ConnId> {
        match self {
            Self::Off => None,
            Self::Opening(conn) | Self::Greeting(conn) | Self::On(conn, ..) => Some(conn),
        }
    }
}

impl Session {
    const fn is_pushed(&self) -> bool {
        PUSH && matches!(self.traits.transport, Transport::Requests { push: true })
    }

    /// Opens the channel when there is something to listen to.
    pub(super) fn advance_live(&mut self, out: &mut Vec<Effect>) {
        let may = self.is_pushed()
            && matches!(self.stage, Stage::Done)
            && self.live.state == State::Off
            && !self.timers.is_set(Timer::Live);
        if !may {
            return;
        }
        if let Ok(Some(door)) = self.backend.door(self.dialling.secret()) {
            let conn = self.dialling.draw();
            self.live.state = State::Opening(conn);
            self.timers.set(Timer::Alive, self.now.at.after(CONFIRM));
            out.push(Effect::Connect(conn, door));
        }
    }

    pub(super) fn on_live_opened(&mut self, conn: ConnId, out: &mut Vec<Effect>) {
        if self.live.state != State::Opening(conn) {
            return;
        }
        let greeting = self.backend.greet();
        for frame in greeting.frames {
            out.push(Effect::Transmit(conn, frame));
        }
        if PRESENCE && greeting.confirmed {
            self.live.state = State::Greeting(conn);
            self.timers.set(Timer::Alive, self.now.at.after(CONFIRM));
        } else {
            self.live.state = State::On(conn, self.now.at, false);
            self.timers.cancel(Timer::Alive);
            self.catch_up(out);
        }
    }

    pub(super) fn on_live_frame(&mut self, conn: ConnId, frame: &str, out: &mut Vec<Effect>) {
        if self.live.state.conn() != Some(conn) {
            return;
        }
        if matches!(self.live.state, State::On(_, _, true)) {
            self.timers.set(Timer::Alive, self.now.at.after(STALE));
        }
        for incoming in self.backend.decode(frame) {
            self.news_at = self.now.at;
            self.on_incoming(incoming, out);
        }
    }

    /// The other side says that the channel is live.
    pub(super) fn on_live(&mut self, out: &mut Vec<Effect>) {
        if let State::Greeting(conn) = self.live.state {
            self.live.state = State::On(conn, self.now.at, true);
            self.live.failures = 0;
            self.timers.set(Timer::Alive, self.now.at.after(STALE));
            self.show_presence(out);
            self.catch_up(out);
        }
    }

    /// Reads what may have come before the channel was live.
    fn catch_up(&mut self, out: &mut Vec<Effect>) {
        if matches!(self.stage, Stage::Done) {
            self.look_at_conversation(out);
        }
    }

    /// Reads what was said, and whether the conversation is over or seen: both may
    /// have been told while nobody listened.
    fn look_at_conversation(&mut self, out: &mut Vec<Effect>) {
        let Some(id) = self.conversation_id().cloned() else {
            return;
        };
        if PRESENCE && self.traits.presence {
            self.call(&Call::Ping(id), out);
        }
        self.look_up(out);
    }

    /// The other side ends the channel.
    pub(super) fn on_live_over(&mut self, again: bool, out: &mut Vec<Effect>) {
        self.on_live_silent(out);
        if !again {
            // However long it has worked.
            self.live.failures = self.live.failures.max(MOST_FAILURES);
            self.timers.set(Timer::Live, self.now.at.after(UNWANTED));
        }
    }

    /// The channel did not become live, or has gone quiet.
    pub(super) fn on_live_silent(&mut self, out: &mut Vec<Effect>) {
        if let Some(conn) = self.live.state.conn() {
            out.push(Effect::Close(conn));
            self.on_live_closed(conn);
        }
    }

    pub(super) fn on_live_closed(&mut self, conn: ConnId) {
        if self.live.state.conn() != Some(conn) {
            return;
        }
        let worked = match self.live.state {
            State::On(_, since, _) => self.now.at.since(since) >= REFUSED,
            State::Off | State::Opening(_) | State::Greeting(_) => false,
        };
        self.live.failures = if worked { 0 } else { self.live.failures + 1 };
        self.live.state = State::Off;
        self.timers.cancel(Timer::Alive);
        self.timers.cancel(Timer::Presence);
        let wait = backoff::delay(self.live.failures, &mut self.random);
        // Until then the server is asked (see `plan_poll`).
        self.timers.set(Timer::Live, self.now.at.after(wait));
    }

    /// The connection is over, and the channel with it.
    pub(super) fn lose_live(&mut self, out: &mut Vec<Effect>) {
        if let Some(conn) = self.live.state.conn() {
            out.push(Effect::Close(conn));
            self.live.state = State::Off;
        }
    }

    /// Whether news come by themselves.
    pub(super) const fn how_live(&self) -> Reason {
        let is_on = matches!(self.live.state, State::On(..));
        if self.is_pushed() && !is_on && self.live.failures >= MOST_FAILURES {
            Reason::Polling
        } else {
            Reason::None
        }
    }

    pub(super) fn show_presence(&mut self, out: &mut Vec<Effect>) {
        if PRESENCE
            && let State::On(conn, ..) = self.live.state
            && self.page.is_looking()
            && let Some(frame) = self.backend.presence()
        {
            out.push(Effect::Transmit(conn, frame));
        }
    }

    /// Sets when the server is asked for news.
    pub(super) fn plan_poll(&mut self) {
        if PRESENCE && self.page.is_looking() && matches!(self.live.state, State::On(..)) {
            if !self.timers.is_set(Timer::Presence) {
                self.timers
                    .set(Timer::Presence, self.now.at.after(PRESENCE_EVERY));
            }
        } else {
            self.timers.cancel(Timer::Presence);
        }
        let Some(every) = self.poll_every() else {
            self.timers.cancel(Timer::Poll);
            return;
        };
        let at = self.now.at.after(every);
        let is_sooner = |planned: Instant| at < planned;
        if self.timers.at(Timer::Poll).is_none_or(is_sooner) {
            self.timers.set(Timer::Poll, at);
        }
    }

    /// How often the server is asked; never while the page is hidden.
    fn poll_every(&self) -> Option<u64> {
        if !self.page.visible {
            return None;
        }
        match self.live.state {
            // A channel that shows that it is there loses nothing.
            State::On(_, _, true) => None,
            _ if !self.page.panel_open => Some(CLOSED),
            State::On(..) => Some(BESIDE),
            State::Off | State::Opening(_) | State::Greeting(_) => {
                let quiet = self.now.at.since(self.news_at);
                Some(match quiet {
                    RARELY_AFTER.. => RARELY,
                    SELDOM_AFTER.. => SELDOM,
                    _ => OFTEN,
                })
            }
        }
    }

    /// Asks for news.
    pub(super) fn poll(&mut self, out: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Done) {
            return;
        }
        if self.shown.rooms.is_some() || !self.page.panel_open {
            self.call(
                if self.traits.rooms {
                    &Call::Rooms
                } else {
                    &Call::Unread
                },
                out,
            );
        }
        self.look_at_conversation(out);
    }
}
