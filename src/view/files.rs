//! How the visitor's files come in: chosen, pasted, or dropped on the panel.
//! They are handed on as the browser gives them; the session says which of
//! them may be sent.

use concierge_core::{Action, Key};
use js_sys::Reflect;
use reactive_graph::graph::untrack;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, File};

use super::desk::Desk;
use super::dom;
use super::el::{El, el};
use super::live::Live;

/// A button that opens the browser's file picker, and the hidden input that
/// the picker belongs to. What is chosen takes the place of the message
/// `instead_of`, if there is one.
pub(super) fn picker(desk: Desk, class: &str, instead_of: Option<Key>) -> [El; 2] {
    let input = el("input", "")
        .with("type", "file")
        .with("hidden", "")
        .with("accept", &desk.accept());
    input.flag("multiple", instead_of.is_none());
    let (opened, chosen) = (input.node().clone(), input.node().clone());
    let button = dom::button(class, move || opened.click());
    let input = input.on("change", move |_| {
        let files = files(&chosen);
        // The same file may be chosen again.
        let _ = Reflect::set(&chosen, &"value".into(), &"".into());
        if files.is_empty() {
            return;
        }
        desk.attach(files);
        if let Some(key) = instead_of {
            desk.dispatch(Action::Discard(key));
        }
    });
    [button, input]
}

/// Takes the files out of a paste. Word processors and spreadsheets put a
/// picture beside the text that was copied: there the text is meant.
pub(super) fn paste(desk: Desk, event: &Event) {
    let clipboard = dom::get(event, "clipboardData");
    let files = files(&clipboard);
    let is_text = has(&clipboard, "text/plain") && has(&clipboard, "text/html");
    if desk.traits().upload && !files.is_empty() && !is_text {
        event.prevent_default();
        desk.attach(files);
    }
}

/// Takes files that are dropped anywhere on `panel`, and says so while they
/// are held over it.
pub(super) fn drop_zone(desk: Desk, panel: El) -> El {
    if !desk.traits().upload {
        return panel;
    }
    let over = Live::new(false);
    let all = panel.node().clone();
    let names = ["dragenter", "dragover", "dragleave", "drop"];
    let panel = names.into_iter().fold(panel, |panel, name| {
        let all = all.clone();
        panel.on(name, move |event| {
            let carried = dom::get(&event, "dataTransfer");
            if !has(&carried, "Files") {
                return;
            }
            // Without this the browser leaves the page to show the file; and
            // what is dropped here is not for the page around the panel.
            event.prevent_default();
            event.stop_propagation();
            let writable = untrack(|| desk.is_writable());
            over.set(match name {
                "drop" => false,
                "dragleave" => over.get_untracked() && !dom::leaves(&all, &event),
                _ => writable,
            });
            let files = files(&carried);
            if name == "drop" && writable && !files.is_empty() {
                desk.attach(files);
            }
        })
    });
    panel.when(
        move || over.get(),
        move || el("div", "drop").text(desk.texts.drop),
    )
}

/// The files of an input, a clipboard or a drag.
fn files(holder: &JsValue) -> Vec<File> {
    let files = dom::list(holder, "files");
    files.iter().map(JsCast::unchecked_into).collect()
}

/// Whether a clipboard or a drag holds something of this type.
fn has(holder: &JsValue, kind: &str) -> bool {
    dom::list(holder, "types").iter().any(|it| it == *kind)
}
