//! A picture in full, over the page. The browser's own modal dialog keeps the
//! focus inside, closes at Escape and gives the focus back.

use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::content::is_own;
use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::live::Live;

/// Shows the picture at `url` until `viewing` is false, and makes it so.
pub(super) fn viewer(desk: Desk, name: &str, url: &str, viewing: Live<bool>) -> El {
    // A file of the visitor's own that is still on its way is not opened: as a
    // page of its own it would belong to the site.
    let link = (!is_own(url)).then(|| dom::link("text-button", url).text(desk.texts.open_in_tab));
    let close = el("button", "icon-button")
        .with("type", "button")
        .with("autofocus", "")
        .with("aria-label", desk.texts.close_picture)
        .child(icon(icons::CLOSE));
    let bar = el("div", "viewer-bar")
        .child(el("bdi", "viewer-name").text(name))
        .maybe(link)
        .child(close);
    let layer = el("dialog", "viewer")
        .with("part", "viewer")
        .with("aria-label", name)
        .child(bar)
        .child(
            el("img", "")
                .with("referrerpolicy", "no-referrer")
                .with("alt", name)
                .with("src", url),
        );
    let dialog: HtmlDialogElement = layer.node().clone().unchecked_into();
    let (shown, shut) = (dialog.clone(), dialog.clone());
    dom::soon(Box::new(move || {
        let _ = shown.show_modal();
    }));
    react(move || {
        // It would stay over the page without a panel.
        if !desk.signals.open.get() {
            shut.close();
        }
    });
    layer
        // Neither the log's keys nor the panel's Escape.
        .on_key(|event| event.stop_propagation())
        // A click beside the picture closes, as one on the button does.
        .on("click", move |event| {
            if dom::target(&event).is_none_or(|at| at.tag_name() != "IMG") {
                dialog.close();
            }
        })
        .on("close", move |_| viewing.set(false))
}
