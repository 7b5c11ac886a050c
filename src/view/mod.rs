//! What the visitor sees: the panel with everything inside it, drawn with
//! Leptos into an element of the widget's shadow root.
//!
//! The path of a change: the shell gives each [`Change`](concierge_core::Change)
//! to [`ViewState::apply`], which writes one signal; the one node that reads
//! this signal is changed. The way back: a view calls its [`Dispatch`] with the
//! visitor's [`Action`](concierge_core::Action). Views know nothing of sockets,
//! storage, protocols or retries.
//!
//! Leptos (its `reactive_graph`) gives triggers and owners; see `live` for the
//! signals, `effect` for what reads them, and `el` for how elements are made,
//! and why not with `view!`. No view writes a `style` attribute or HTML.
//!
//! Start reading at `panel` for the structure and at `state` for the data.

mod actions;
mod announcer;
mod banner;
mod colour;
mod composer;
mod content;
mod dates;
mod desk;
mod dom;
mod effect;
mod el;
mod files;
mod header;
mod icons;
mod live;
mod log;
mod menu;
mod message;
mod notices;
mod panel;
mod place;
mod rich;
mod rooms;
mod state;
mod texts;
mod transcript;
mod typing;
mod upload;

use std::rc::Rc;

use concierge_core::only::Only;

use reactive_graph::owner::Owner;

pub use colour::on_accent;
pub use state::{Problem, ViewState};

/// Takes the visitor's actions to the session.
pub type Dispatch = Rc<dyn Fn(concierge_core::Action)>;

/// Takes the text of a button, and what it stands for, to the page.
pub type Postback = Only<ToPage>;

/// See [`Postback`].
pub type ToPage = Rc<dyn Fn(&str, &str)>;

/// Where what the visitor does is taken to.
pub struct Exits {
    /// The visitor's actions, to the session.
    pub dispatch: Dispatch,
    /// Files that the visitor wants to send, at least one.
    pub attach: Rc<dyn Fn(Vec<web_sys::File>)>,
    /// The visitor wants no sounds, or wants them again. The view has changed
    /// by itself.
    pub mute: Rc<dyn Fn(bool)>,
    /// The visitor pressed a button that is meant for the page.
    pub postback: Option<Postback>,
    /// The visitor wants the panel closed. The caller then sets
    /// [`ViewState::set_open`] and returns the focus.
    pub close: Rc<dyn Fn()>,
}

/// What the site has chosen and what the back end can do.
#[derive(Clone)]
pub struct Options {
    /// The name in the header and of the dialog.
    pub title: Option<String>,
    /// The heading before the first message.
    pub greeting: Option<String>,
    /// Where a visitor is sent whom the chat cannot serve.
    pub contact_url: Option<String>,
    /// What the back end can do.
    pub traits: concierge_core::Traits,
    /// BCP 47 tag for dates, times and sizes.
    pub locale: String,
    /// The panel fills its box: it has no close button and takes no focus.
    pub inline: bool,
    /// The MIME types and endings that the file picker offers, with commas
    /// between; all when empty.
    pub accept: String,
    /// There are sounds, which the visitor may mute.
    pub sound: bool,
    /// The visitor has muted them before.
    pub muted: bool,
}

/// The mounted panel. Dropping it removes every node, listener and timer.
pub struct Mounted {
    _view: Owner,
    // Signals must outlive the view that reads them.
    _state: ViewState,
}

/// Draws the panel and the announcer into `container`, an element of the
/// host's shadow root.
#[must_use]
pub fn mount(container: &web_sys::HtmlElement, state: ViewState, exits: Exits) -> Mounted {
    let view = Owner::new();
    view.with(|| panel::panel(desk::Desk::new(&state, exits), container));
    Mounted {
        _view: view,
        _state: state,
    }
}
