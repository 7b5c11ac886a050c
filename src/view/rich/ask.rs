//! What all questions have in common: an answer is on its way or not, and what
//! is wrong with it stands below.

use concierge_core::only::only;
use concierge_core::{Action, Key, Status};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el, react};

/// A question that waits for its answer.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) desk: Desk,
    key: Key,
    error: El,
}

impl Ask {
    pub(super) fn new(desk: Desk, key: Key) -> Self {
        let error = el("div", "mistake").with("role", "alert");
        Self { desk, key, error }
    }

    /// What holds the controls, which rest while an answer is under way: there
    /// is one answer at a time.
    pub(super) fn controls(&self, class: &str) -> El {
        let controls = el("fieldset", class);
        let shown = controls.clone();
        let answering = self.desk.signals.answering;
        react(move || shown.flag("disabled", answering.get().is_some()));
        controls
    }

    /// Where it stands what is wrong.
    pub(super) fn error(&self) -> El {
        self.error.clone()
    }

    /// Says what is wrong, or that nothing is.
    pub(super) fn complain(&self, sentence: &str) {
        self.error.write(sentence);
    }

    /// Hands the answer to the session.
    pub(super) fn send(&self, values: Vec<(String, String)>) {
        let signals = self.desk.signals;
        if signals.answering.get_untracked().is_some() {
            return;
        }
        if signals.connection.get_untracked().status != Status::Online {
            self.complain(self.desk.more().not_connected);
            return;
        }
        self.complain("");
        // The focus stays with the message when what has it goes.
        if let Ok(Some(message)) = self.error.node().closest(".message") {
            dom::focus(message.unchecked_ref::<HtmlElement>());
        }
        signals.answering.set(Some(only(self.key)));
        self.desk.dispatch(Action::Answer(self.key, only(values)));
    }
}
