//! The announcer: one polite live region apart from the log. Each sentence is
//! a new node, which screen readers speak once; a few seconds later it goes,
//! so that nobody finds it again while browsing.

use super::desk::Desk;
use super::dom::{self, Timer};
use super::el::{El, el, react};

/// Long enough for every screen reader to have noticed, in ms.
const STAY: u64 = 8_000;

/// The live region.
pub(super) fn announcer(desk: Desk) -> El {
    let said = desk.signals.said;
    react(move || {
        if said.with(|said| !said.is_empty()) {
            dom::keep(Timer::after(STAY, Box::new(move || said.set(Vec::new()))));
        }
    });
    el("div", "aside")
        .with("aria-live", "polite")
        .with("aria-relevant", "additions")
        .list(
            move || said.with(|said| said.iter().map(|(number, _)| *number).collect()),
            move |index| {
                said.with_untracked(|said| {
                    el("p", "").text(said.get(index).map_or("", |(_, sentence)| sentence))
                })
            },
        )
}
