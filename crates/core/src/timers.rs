//! All timers of a session in one table; only the earliest leaves the core.

use crate::time::Instant;

/// What a session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The page has not given its token.
    Token,
    /// The handshake has neither opened nor failed.
    Handshake,
    /// The next try to connect is due.
    Retry,
    /// The next ping is due.
    Ping,
    /// Nothing was heard although we ping: the connection is half open.
    Silence,
    /// The unread count is asked for while nobody looks.
    Unread,
    /// The connection is replaced before the server ends it.
    Rotate,
    /// The page has been hidden for long: the connection rests.
    Rest,
    /// A call that failed is tried again.
    Again,
    /// A message that the visitor took back is taken back for good.
    Undo,
    /// An upload that failed is tried again.
    Upload,
    /// The push channel is tried again.
    Live,
    /// The push channel was not confirmed, or has not shown that it is there.
    Alive,
    /// It is time to ask for news.
    Poll,
    /// It is time to show that the visitor is here.
    Presence,
    /// Others may be told of what was seen again.
    Seen,
    /// The visitor has stopped typing.
    TypingOff,
    /// Nobody of the other side types any more.
    TypingGone,
}

const COUNT: usize = Timer::TypingGone as usize + 1;

const ALL: [Timer; COUNT] = [
    Timer::Token,
    Timer::Handshake,
    Timer::Retry,
    Timer::Ping,
    Timer::Silence,
    Timer::Unread,
    Timer::Rotate,
    Timer::Rest,
    Timer::Again,
    Timer::Undo,
    Timer::Upload,
    Timer::Live,
    Timer::Alive,
    Timer::Poll,
    Timer::Presence,
    Timer::Seen,
    Timer::TypingOff,
    Timer::TypingGone,
];

/// The table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers([Option<Instant>; COUNT]);

impl Timers {
    pub(crate) const fn set(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = Some(at);
    }

    pub(crate) const fn cancel(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(crate) fn cancel_all_but(&mut self, kept: &[Timer]) {
        for timer in ALL.into_iter().filter(|timer| !kept.contains(timer)) {
            self.cancel(timer);
        }
    }

    pub(crate) const fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    pub(crate) const fn at(&self, timer: Timer) -> Option<Instant> {
        self.0[timer as usize]
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let due = ALL
            .into_iter()
            .filter_map(|timer| self.at(timer).map(|at| (at, timer as usize, timer)))
            .filter(|(at, ..)| *at <= now)
            .min_by_key(|(at, order, _)| (*at, *order))?;
        self.cancel(due.2);
        Some(due.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_due_timer_is_taken_first_and_once() {
        let mut timers = Timers::default();
        timers.set(Timer::Ping, Instant(30));
        timers.set(Timer::Retry, Instant(10));
        timers.set(Timer::Rest, Instant(90));
        assert_eq!(timers.next(), Some(Instant(10)));
        assert_eq!(timers.take_due(Instant(5)), None);
        assert_eq!(timers.take_due(Instant(50)), Some(Timer::Retry));
        assert_eq!(timers.take_due(Instant(50)), Some(Timer::Ping));
        assert_eq!(timers.take_due(Instant(50)), None);
        assert_eq!(timers.next(), Some(Instant(90)));
    }

    #[test]
    fn every_timer_has_its_own_place() {
        for (place, timer) in ALL.into_iter().enumerate() {
            assert_eq!(place, timer as usize);
        }
    }
}
