//! A stand-in with the real view's interface.

use std::rc::Rc;

use concierge_core::{Action, Change, Event, Traits};

/// Takes the visitor's actions to the session.
pub type Dispatch = Rc<dyn Fn(Action)>;

/// What the site has chosen and what the back end can do.
#[derive(Clone)]
pub struct Options {
    pub title: Option<String>,
    pub greeting: Option<String>,
    pub contact_url: Option<String>,
    pub traits: Traits,
    pub locale: String,
    pub inline: bool,
}

/// What is shown.
#[derive(Clone)]
pub struct ViewState {
    options: Options,
}

impl ViewState {
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options }
    }
    pub fn apply(&self, _change: &Change) {}
    pub fn hear(&self, _event: &Event) {}
    pub fn set_open(&self, _open: bool) {}
    pub fn set_problem(&self, _problem: Option<Problem>) {}
}

/// What is said when the chat cannot run.
pub struct Problem {
    pub sentence: String,
    pub contact_url: Option<String>,
}

/// The drawn panel. Dropping it removes it.
pub struct Mounted {
    _state: ViewState,
    container: web_sys::HtmlElement,
    _close: Rc<dyn Fn()>,
    _dispatch: Dispatch,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.container.set_text_content(None);
    }
}

/// Draws the panel.
#[must_use]
pub fn mount(
    container: web_sys::HtmlElement,
    state: ViewState,
    dispatch: Dispatch,
    close: Rc<dyn Fn()>,
) -> Mounted {
    container.set_text_content(Some(state.options.title.as_deref().unwrap_or("Chat")));
    Mounted {
        _state: state,
        container,
        _close: close,
        _dispatch: dispatch,
    }
}
