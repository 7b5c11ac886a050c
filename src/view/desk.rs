//! The desk: what every view is handed. It is `Copy`, so that closures take it
//! along without ceremony, and lives as long as the mounted panel.

use std::rc::Rc;

use concierge_core::{Action, Timestamp};
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::dates::Formats;
use super::live::Held;
use super::state::Signals;
use super::texts::{EN, MORE, More, Texts};
use super::{Exits, Options, ViewState};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Whether this begins with a scheme that may become a link.
    #[wasm_bindgen(js_name = isLink)]
    fn is_link(url: &str) -> bool;
}

/// A handle to the signals, the words, the formats and the way back.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    /// What is shown.
    pub(super) signals: Signals,
    /// What it is said with.
    pub(super) texts: &'static Texts,
    drawer: Held<Drawer>,
}

struct Drawer {
    options: Rc<Options>,
    formats: Formats,
    exits: Exits,
}

impl Desk {
    /// Must be called under the owner of the mounted view.
    pub(super) fn new(state: &ViewState, exits: Exits) -> Self {
        let options = state.options();
        let formats = Formats::new(&options.locale);
        Self {
            signals: state.signals(),
            texts: &EN,
            drawer: Held::new(Drawer {
                options,
                formats,
                exits,
            }),
        }
    }

    /// Hands an action to the session.
    pub(super) fn dispatch(self, action: Action) {
        // The callback may drop the panel, and all that is in the drawer.
        if let Some(drawer) = self.drawer.try_get() {
            (drawer.exits.dispatch)(action);
        }
    }

    /// Hands files to who sends them.
    pub(super) fn attach(self, files: Vec<File>) {
        if let Some(drawer) = self.drawer.try_get() {
            (drawer.exits.attach)(files);
        }
    }

    /// Mutes the sounds, or lets them be heard again.
    pub(super) fn mute(self, muted: bool) {
        self.signals.muted.set(muted);
        if let Some(drawer) = self.drawer.try_get() {
            (drawer.exits.mute)(muted);
        }
    }

    /// Tells the page that the visitor pressed a button that is meant for it.
    pub(super) fn postback(self, text: &str, payload: &str) {
        if let Some(drawer) = self.drawer.try_get()
            && let Some(postback) = &drawer.exits.postback
        {
            postback(text, payload);
        }
    }

    /// Asks the embedder to close the panel.
    pub(super) fn close(self) {
        if self.inline() {
            return;
        }
        if let Some(drawer) = self.drawer.try_get() {
            (drawer.exits.close)();
        }
    }

    /// Whether the visitor may write and send files.
    pub(super) fn is_writable(self) -> bool {
        let ended = self.signals.ended() && !self.traits().reopen;
        !ended && !self.signals.is_listing() && self.signals.problem.get().is_none()
    }

    pub(super) fn has_sound(self) -> bool {
        self.drawer.get().options.sound
    }

    /// What the file picker offers, as its `accept` attribute says it.
    pub(super) fn accept(self) -> String {
        self.drawer.get().options.accept.clone()
    }

    pub(super) fn inline(self) -> bool {
        self.drawer.get().options.inline
    }

    pub(super) fn traits(self) -> concierge_core::Traits {
        self.drawer.get().options.traits
    }

    /// The site's title, or the word for a chat.
    pub(super) fn title(self) -> String {
        let drawer = self.drawer.get();
        let title = drawer.options.title.as_deref();
        title.unwrap_or(self.texts.chat).to_owned()
    }

    /// The first letter of the site's title. The style sheet makes it a
    /// capital, without the tables that Rust would need for it.
    pub(super) fn monogram(self) -> Option<String> {
        let drawer = self.drawer.get();
        let first = drawer.options.title.as_deref()?.chars().next()?;
        Some(first.into())
    }

    pub(super) fn greeting(self) -> String {
        let drawer = self.drawer.get();
        let greeting = drawer.options.greeting.as_deref();
        greeting.unwrap_or(self.texts.greeting).to_owned()
    }

    /// The contact link, when it leads to somewhere harmless.
    pub(super) fn contact_url(self) -> Option<String> {
        let url = self.drawer.get().options.contact_url.clone()?;
        (is_link(&url) || url.starts_with('/')).then_some(url)
    }

    pub(super) fn day(self, at: Timestamp) -> String {
        self.drawer.get().formats.day(at, self.texts)
    }

    pub(super) fn date_and_time(self, at: Timestamp) -> String {
        self.drawer.get().formats.date_and_time(at)
    }

    /// The words for what not all systems have.
    pub(super) const fn more(self) -> &'static More {
        &MORE
    }

    /// The formats, for what JavaScript draws.
    pub(super) fn formats(self) -> JsValue {
        self.drawer.get().formats.hands()
    }

    pub(super) fn size(self, bytes: u64) -> String {
        self.drawer.get().formats.size(bytes)
    }
}
