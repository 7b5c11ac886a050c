//! Messages that are more than a text or a file: texts, perhaps in Markdown, with
//! files beside them, and what the other side asks or shows. JavaScript draws them: it is a third
//! of the bytes.

use concierge_core::only::only;
use concierge_core::text::trim;
use concierge_core::{Action, Key, Rich, RichKind, Status, Timestamp};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::content;
use super::desk::Desk;
use super::dom::{self, keep};
use super::el::{El, el, react};
use super::texts::{ASKING, FILE, MORE};
use crate::browser::{self, callback};
use crate::system::{PLAIN, RICH};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Puts a bubble with a text in Markdown into `place`.
    fn marked(place: &HtmlElement, text: &str, words: &str);
    /// Puts what a message asks or shows there, and gives its controls.
    fn ask(
        place: &HtmlElement,
        key: u32,
        kind: &str,
        text: &str,
        parts: &str,
        at: f64,
        words: &str,
        tell: &JsValue,
    ) -> Option<Element>;
    /// A message as plain text.
    #[wasm_bindgen(js_name = inPlain)]
    fn in_plain(kind: &str, text: &str, names: &str, parts: &str, words: &str) -> String;
}

/// The message: what it says, its files, and what its kind asks for.
pub(super) fn rich(desk: Desk, key: Key, rich: &Rich, at: Timestamp) -> El {
    let mut all = el("div", "rich");
    let is_marked = is_marked(rich);
    if trim(&rich.text).is_empty() {
        // Its files say it all.
    } else if !is_marked {
        all = all.child(content::text(&rich.text));
    } else {
        marked(all.node(), &rich.text, FILE);
    }
    for file in &rich.files {
        all = all.child(content::file(desk, file));
    }
    if is_marked && rich.kind != RichKind::Text {
        let kind = rich.kind.name();
        let at = at.0 as f64;
        let tell = callback(Box::new(move |told| hear(desk, key, &told)));
        let controls = ask(
            all.node(),
            key.0,
            kind,
            &rich.text,
            &rich.parts,
            at,
            ASKING,
            tell.as_ref(),
        );
        if let Some(controls) = controls.map(El::of) {
            let answering = desk.signals.answering;
            react(move || controls.flag("disabled", answering.get().is_some()));
        }
        keep(tell);
    }
    all
}

/// Whether it is in Markdown.
fn is_marked(rich: &Rich) -> bool {
    RICH && !(PLAIN && rich.kind == RichKind::Plain)
}

/// The visitor answers, or pressed a button that is meant for the page.
fn hear(desk: Desk, key: Key, told: &JsValue) {
    let text = |key| browser::text(told, key).unwrap_or_default();
    let mistake = dom::get(told, "mistake");
    if mistake.is_truthy() {
        answer(desk, key, text("answer"), mistake.unchecked_ref());
    } else {
        desk.postback(&text("text"), &text("payload"));
    }
}

/// Hands the answer to the session, or says in `mistake` why not.
fn answer(desk: Desk, key: Key, values: String, mistake: &HtmlElement) {
    let signals = desk.signals;
    if signals.answering.get_untracked().is_some() {
        return;
    }
    if signals.connection.get_untracked().status != Status::Online {
        mistake.set_text_content(Some(MORE.not_connected));
        return;
    }
    mistake.set_text_content(None);
    // The focus stays with the message when what has it goes.
    if let Ok(Some(message)) = mistake.closest(".message") {
        dom::focus(message.unchecked_ref());
    }
    signals.answering.set(Some(only(key)));
    desk.dispatch(Action::Answer(key, only(values)));
}

/// The message as plain text, in lines.
pub(super) fn plain(rich: &Rich) -> String {
    let mut names = String::new();
    for file in &rich.files {
        names.push('\n');
        names.push_str(&file.name);
    }
    if is_marked(rich) {
        return in_plain(rich.kind.name(), &rich.text, &names, &rich.parts, ASKING);
    }
    trim(&[rich.text.as_str(), &names].concat()).to_owned()
}
