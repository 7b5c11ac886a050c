//! Who of the other side types: a line over the log's lower edge, where the log
//! keeps room for it, so that nothing moves.

use concierge_core::only::plain;

use super::desk::Desk;
use super::el::{El, el};
use super::texts::fill;
use crate::system;

/// Puts the line into `stage` while somebody types.
pub(super) fn typing(desk: Desk, stage: El) -> El {
    if !(system::TYPING && desk.traits().typing) {
        return stage;
    }
    stage.flag("data-typing", true);
    let name = move || desk.signals.typing.get().map(plain);
    stage.show(name, move |name| {
        let sentence = if name.is_empty() {
            desk.more().typing.to_owned()
        } else {
            fill(desk.more().is_typing, &[name])
        };
        let dots = el("span", "dots").with("aria-hidden", "true");
        let dots = (0..3).fold(dots, |dots, _| dots.child(el("span", "")));
        el("div", "typing")
            .with("part", "typing")
            .with("role", "status")
            .child(dots)
            .child(el("bdi", "").text(&sentence))
    })
}
