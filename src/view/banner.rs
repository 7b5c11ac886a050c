//! The banner: what is wrong with the connection, and the way on.
//!
//! Most troubles pass before a person would notice them, so a banner waits: a
//! first connection has half a second, a lost one five (contract, 7). Where
//! waiting does not help (no network, not signed in) it shows at once.

use concierge_core::text::digits;
use concierge_core::{Action, Connection, Reason, Status};

use crate::shell::clock::ticks;

use super::desk::Desk;
use super::dom::{self, Timer};
use super::el::{El, el, react};
use super::live::Live;
use super::texts::{MORE, fill};

/// Patience with a first connection, in ms.
const FIRST: u64 = 500;
/// Patience with a connection that was open, in ms.
const LOST: u64 = 5_000;

/// What the banner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// A try is under way.
    Connecting,
    /// The next try comes in so many seconds.
    Waiting(u64),
    /// The device has no network.
    Offline,
    /// The server asks for patience.
    Busy,
    /// Messages flow, but they must be asked for.
    Polling,
    /// All tries are used up.
    Unreachable,
    /// There is no token.
    SignIn,
    /// The token is over.
    SignInAgain,
    /// Nothing that the visitor does here can help.
    Broken,
}

/// Decides what to say when.
#[derive(Default)]
struct Watch {
    /// Since when messages do not flow, and whether they did before.
    trouble: Option<(u64, bool)>,
    was_online: bool,
    shown: bool,
}

impl Watch {
    /// What to say at `now`, and in how many ms to ask again.
    fn look(&mut self, connection: Connection, now: u64) -> (Option<Trouble>, Option<u64>) {
        let Some(trouble) = trouble(connection, now) else {
            self.was_online = connection.status == Status::Online;
            self.trouble = None;
            self.shown = false;
            return (None, None);
        };
        self.was_online |= trouble == Trouble::Polling;
        let (since, lost) = *self.trouble.get_or_insert((now, self.was_online));
        let patience = match trouble {
            _ if self.shown => 0,
            Trouble::Connecting | Trouble::Waiting(_) | Trouble::Busy if lost => LOST,
            Trouble::Connecting => FIRST,
            Trouble::Waiting(_)
            | Trouble::Busy
            | Trouble::Polling
            | Trouble::Offline
            | Trouble::Unreachable
            | Trouble::SignIn
            | Trouble::SignInAgain
            | Trouble::Broken => 0,
        };
        let due = since + patience;
        if now < due {
            return (None, Some(due - now));
        }
        self.shown = true;
        let next = match (trouble, connection.retry_at) {
            (Trouble::Waiting(seconds), Some(at)) => {
                Some(at.0.saturating_sub(now + (seconds - 1) * 1_000).max(50))
            }
            _ => None,
        };
        (Some(trouble), next)
    }
}

fn trouble(connection: Connection, now: u64) -> Option<Trouble> {
    if connection.reason == Reason::Polling && connection.status == Status::Online {
        return Some(Trouble::Polling);
    }
    let troubled = match connection.status {
        Status::Idle | Status::Online | Status::Ended => false,
        Status::Connecting | Status::Waiting | Status::Offline => true,
    };
    if !troubled {
        return None;
    }
    Some(match (connection.reason, connection.status) {
        (Reason::Resting, _) => return None,
        (_, Status::Connecting) => Trouble::Connecting,
        (Reason::DeviceOffline, _) => Trouble::Offline,
        (Reason::SignedOut, _) => Trouble::SignIn,
        (Reason::TokenRefused, _) => Trouble::SignInAgain,
        (Reason::UrlTooLong, _) => Trouble::Broken,
        (Reason::Busy, Status::Waiting) => Trouble::Busy,
        (_, Status::Waiting) => {
            let left = connection.retry_at.map_or(0, |at| at.0.saturating_sub(now));
            match left.div_ceil(1_000) {
                0 => Trouble::Connecting,
                seconds => Trouble::Waiting(seconds),
            }
        }
        _ => Trouble::Unreachable,
    })
}

/// Puts the banner into `stage`, whenever there is something to say.
pub(super) fn banner(desk: Desk, stage: El) -> El {
    let shown = Live::new(None);
    let again = Live::new(0);
    let mut watch = Watch::default();
    let mut before = None;
    react(move || {
        again.track();
        let connection = desk.signals.connection.get();
        let (trouble, next) = watch.look(connection, ticks());
        if let Some(ms) = next {
            dom::keep(Timer::after(ms, Box::new(move || again.set(0))));
        }
        if before != trouble {
            shown.set(trouble);
            speak(desk, before, trouble, connection.status);
            before = trouble;
        }
    });
    // A countdown keeps its nodes: only the sentence is written anew.
    let kind = move || shown.get().map(|trouble| buttons(desk, trouble));
    stage.show(kind, move |(try_now, contact)| {
        let sentence_part = el("span", "");
        let banner = el("div", "banner")
            .with("part", "banner")
            .with("role", "status")
            // The announcer speaks; a countdown must not.
            .with("aria-live", "off")
            .child(sentence_part.clone())
            .maybe(try_now.then(|| {
                dom::button("text-button", move || desk.dispatch(Action::Reconnect))
                    .text(desk.texts.try_now)
            }))
            .maybe(
                contact
                    .then(|| desk.contact_url())
                    .flatten()
                    .map(|url| dom::link("text-button", &url).text(desk.texts.contact)),
            );
        let shown_banner = banner.clone();
        react(move || {
            if let Some(trouble) = shown.get() {
                sentence_part.write(&sentence(desk, trouble));
            }
            shown_banner.put(
                "data-connection",
                Some(desk.signals.connection.get().status.name()),
            );
        });
        banner
    })
}

/// Whether "Try now" and whether the contact link stand in the banner.
fn buttons(desk: Desk, trouble: Trouble) -> (bool, bool) {
    match trouble {
        Trouble::Connecting | Trouble::Offline | Trouble::Busy | Trouble::Polling => (false, false),
        Trouble::Waiting(_) | Trouble::SignIn | Trouble::SignInAgain => (true, false),
        Trouble::Unreachable => (true, true),
        Trouble::Broken => (desk.contact_url().is_none(), true),
    }
}

fn sentence(desk: Desk, trouble: Trouble) -> String {
    let texts = desk.texts;
    match trouble {
        Trouble::Waiting(seconds) => fill(texts.reconnecting_in, &[&digits(seconds.cast_signed())]),
        Trouble::Connecting => texts.connecting.to_owned(),
        Trouble::Offline => texts.offline.to_owned(),
        Trouble::Busy => MORE.busy.to_owned(),
        Trouble::Polling => MORE.polling.to_owned(),
        Trouble::Unreachable | Trouble::Broken => texts.cannot_connect.to_owned(),
        Trouble::SignIn => texts.sign_in.to_owned(),
        Trouble::SignInAgain => texts.sign_in_again.to_owned(),
    }
}

/// Says what a listener needs to know: that it broke, how, and that it works.
fn speak(desk: Desk, before: Option<Trouble>, trouble: Option<Trouble>, status: Status) {
    let passing = |trouble| matches!(trouble, Trouble::Connecting | Trouble::Waiting(_));
    let sentence = match (before, trouble) {
        (Some(_), None) if status == Status::Online => desk.texts.connected_again.to_owned(),
        (_, None) => return,
        (Some(before), Some(trouble)) if passing(before) && passing(trouble) => return,
        (_, Some(Trouble::Connecting)) => return,
        (_, Some(Trouble::Waiting(_))) => desk.texts.reconnecting.to_owned(),
        (_, Some(trouble)) => sentence(desk, trouble),
    };
    desk.signals.say(sentence);
}

#[cfg(test)]
mod tests {
    use super::*;
    use concierge_core::Instant;

    fn connection(status: Status, reason: Reason, retry_at: Option<u64>) -> Connection {
        Connection {
            status,
            reason,
            retry_at: retry_at.map(Instant),
        }
    }

    #[test]
    fn a_quick_first_connection_shows_nothing() {
        let mut watch = Watch::default();
        let connecting = connection(Status::Connecting, Reason::None, None);
        assert_eq!(watch.look(connecting, 0), (None, Some(500)));
        assert_eq!(
            watch.look(connection(Status::Online, Reason::None, None), 300),
            (None, None)
        );
    }

    #[test]
    fn a_lost_connection_is_given_five_seconds_over_all_tries() {
        let mut watch = Watch::default();
        watch.look(connection(Status::Online, Reason::None, None), 0);
        let waiting = connection(Status::Waiting, Reason::Lost, Some(2_000));
        assert_eq!(watch.look(waiting, 1_000), (None, Some(5_000)));
        let connecting = connection(Status::Connecting, Reason::Lost, None);
        assert_eq!(watch.look(connecting, 2_000), (None, Some(4_000)));
        assert_eq!(
            watch.look(connecting, 6_000),
            (Some(Trouble::Connecting), None)
        );
        let waiting = connection(Status::Waiting, Reason::Lost, Some(9_500));
        assert_eq!(
            watch.look(waiting, 7_000),
            (Some(Trouble::Waiting(3)), Some(500))
        );
        assert_eq!(
            watch.look(waiting, 7_500),
            (Some(Trouble::Waiting(2)), Some(1_000))
        );
    }

    #[test]
    fn what_waiting_cannot_help_shows_at_once() {
        let mut watch = Watch::default();
        watch.look(connection(Status::Online, Reason::None, None), 0);
        for (reason, expected) in [
            (Reason::DeviceOffline, Trouble::Offline),
            (Reason::SignedOut, Trouble::SignIn),
            (Reason::TokenRefused, Trouble::SignInAgain),
            (Reason::UrlTooLong, Trouble::Broken),
            (Reason::Unreachable, Trouble::Unreachable),
        ] {
            let (trouble, next) = watch.look(connection(Status::Offline, reason, None), 10);
            assert_eq!((trouble, next), (Some(expected), None));
        }
    }

    #[test]
    fn news_that_must_be_asked_for_are_told_of_while_messages_flow() {
        let mut watch = Watch::default();
        let polling = connection(Status::Online, Reason::Polling, None);
        assert_eq!(watch.look(polling, 0), (Some(Trouble::Polling), None));
        let busy = connection(Status::Waiting, Reason::Busy, Some(9_000));
        assert_eq!(watch.look(busy, 10), (Some(Trouble::Busy), None));
        let online = connection(Status::Online, Reason::None, None);
        assert_eq!(watch.look(online, 20), (None, None));
    }

    #[test]
    fn a_resting_connection_is_no_trouble() {
        let mut watch = Watch::default();
        watch.look(connection(Status::Online, Reason::None, None), 0);
        let resting = connection(Status::Offline, Reason::Resting, None);
        assert_eq!(watch.look(resting, 60_000), (None, None));
    }
}
