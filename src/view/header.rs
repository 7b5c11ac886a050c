//! The header: who is here, the menu, and the way out.

use leptos::prelude::*;
use leptos::{ev, html};

use super::desk::Desk;
use super::icons::{self, icon};
use super::menu::menu;

/// The header of the panel. `ending` asks the visitor to confirm the end.
pub(super) fn header(desk: Desk, ending: RwSignal<bool>) -> AnyView {
    let signals = desk.signals;
    let line = move || {
        if signals.ended() {
            desk.texts.ended
        } else if signals.joined.get() {
            desk.texts.with_you
        } else {
            desk.texts.answers_soon
        }
    };
    let close = (!desk.inline()).then(|| {
        html::button()
            .attr("type", "button")
            .class("icon-button")
            .attr("part", "close")
            .attr("aria-label", desk.texts.close_chat)
            .on(ev::click, move |_| desk.close())
            .child(icon(icons::CLOSE))
    });
    html::div()
        .class("header")
        .attr("part", "header")
        .child(avatar(desk))
        .child(
            html::div()
                .class("who")
                .child(
                    html::div()
                        .class("title")
                        .attr("dir", "auto")
                        .child(desk.title()),
                )
                .child(html::div().class("quiet").child(line)),
        )
        .child(menu(desk, ending))
        .child(close)
        .into_any()
}

/// The site's monogram, or a bell.
pub(super) fn avatar(desk: Desk) -> AnyView {
    let sign = match desk.monogram() {
        Some(letter) => letter.into_any(),
        None => icon(icons::BELL),
    };
    html::div()
        .class("avatar")
        .attr("aria-hidden", "true")
        .child(sign)
        .into_any()
}
