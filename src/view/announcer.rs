//! The announcer: one polite live region apart from the log. Each sentence is
//! a new node, which screen readers speak once; a few seconds later it goes,
//! so that nobody finds it again while browsing.

use leptos::html;
use leptos::prelude::*;

use super::desk::Desk;
use super::dom::{self, Timer};

/// Long enough for every screen reader to have noticed, in ms.
const STAY: u64 = 8_000;

/// The live region.
pub(super) fn announcer(desk: Desk) -> AnyView {
    let said = desk.signals.said;
    Effect::new(move |_| {
        if said.with(|said| !said.is_empty()) {
            dom::keep(Timer::after(STAY, Box::new(move || said.set(Vec::new()))));
        }
    });
    html::div()
        .class("aside")
        .attr("aria-live", "polite")
        .attr("aria-relevant", "additions")
        .child(For(ForProps::builder()
            .each(move || said.get())
            .key(|(number, _)| *number)
            .children(|(_, sentence)| html::p().child(sentence))
            .build()))
        .into_any()
}
