//! The session's face: the view for the visitor, the hooks for the page.

use std::cell::Cell;

use concierge_core::json::{Writer, object};
use concierge_core::{Change, Connection, Conversation, Event, Reason, Status};
use wasm_bindgen::prelude::*;

use crate::embed::detail;
use crate::shell::Surface;
use crate::shell::sound::chime;
use crate::shell::storage::{Keep, is_muted};
use crate::view::ViewState;

/// The loader's functions, see [`mount`](super::mount). One that is missing
/// does nothing.
#[derive(Clone)]
pub(super) struct Hooks(JsValue);

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    fn emit(hooks: &JsValue, name: &str, detail: &str);
    #[wasm_bindgen(js_name = setState)]
    fn set_state(hooks: &JsValue, changes: &str);
    #[wasm_bindgen(catch, js_name = closePanel)]
    fn close_panel(hooks: &JsValue) -> Result<(), JsValue>;
}

impl Hooks {
    /// Those of the loader's object.
    pub(super) fn new(hooks: &JsValue) -> Self {
        Self(hooks.clone())
    }

    /// The visitor wants the panel closed.
    pub(super) fn close(&self) {
        let _ = close_panel(&self.0);
    }

    /// The chat is gone: what `getState` gives is as before it.
    pub(super) fn forget(&self) {
        self.set(|out| {
            out.key("connection");
            out.object(|out| detail::connection(out, Status::Idle, Reason::None));
            out.key("unread");
            out.number(0);
            out.key("conversationId");
            out.maybe(None);
        });
    }

    /// The visitor pressed a button that is meant for the page.
    pub(super) fn postback(&self, text: &str, payload: &str) {
        self.emit("postback", &detail::postback(text, payload));
    }

    fn emit(&self, name: &str, detail: &str) {
        emit(&self.0, name, detail);
    }

    fn set(&self, write: impl FnOnce(&mut Writer)) {
        set_state(&self.0, &object(write));
    }
}

/// Where the shell's changes and events go.
pub(super) struct Face {
    view: ViewState,
    hooks: Hooks,
    /// Where it is kept that the visitor wants no sounds, if the site wants any.
    sound: Option<(Keep, String)>,
    status: Cell<Status>,
    reason: Cell<Reason>,
    /// For which errors the console has a hint already, a bit each.
    hinted: Cell<u32>,
}

impl Face {
    pub(super) const fn new(view: ViewState, hooks: Hooks, sound: Option<(Keep, String)>) -> Self {
        Self {
            view,
            hooks,
            sound,
            status: Cell::new(Status::Idle),
            reason: Cell::new(Reason::None),
            hinted: Cell::new(0),
        }
    }

    /// The page hears of a status or reason, not of each new retry time.
    fn connection(&self, connection: Connection) {
        let (status, reason) = (connection.status, connection.reason);
        if (self.status.replace(status), self.reason.replace(reason)) != (status, reason) {
            let detail = object(|out| detail::connection(out, status, reason));
            self.hooks.set(|out| {
                out.key("connection");
                out.raw(&detail);
            });
            self.hooks.emit("connection", &detail);
        }
    }

    fn conversation(&self, conversation: &Conversation) {
        let id = match conversation {
            Conversation::Open(id) => Some(id.0.as_str()),
            Conversation::None | Conversation::Ended(_) => None,
        };
        self.hooks.set(|out| {
            out.key("conversationId");
            out.maybe(id);
        });
    }
}

impl Surface for Face {
    fn changed(&self, change: &Change) {
        self.view.apply(change);
        match change {
            Change::Connection(connection) => self.connection(*connection),
            Change::Conversation(conversation) => self.conversation(conversation),
            Change::Unread(count) => {
                let told = |key| {
                    let count = Some((*count).into());
                    object(|out| out.pair_number(key, count))
                };
                set_state(&self.hooks.0, &told("unread"));
                self.hooks.emit("unreadCount", &told("count"));
            }
            Change::Inserted(..)
            | Change::Updated(_)
            | Change::Moved(..)
            | Change::Removed(_)
            | Change::Older(_)
            | Change::Joined(_)
            | Change::Rooms(_)
            | Change::Typing(_)
            | Change::Draft(_)
            | Change::Notice(_) => {}
        }
    }

    fn announced(&self, event: &Event) {
        self.view.hear(event);
        if let Event::Error { code, .. } = event {
            let bit = 1 << *code as u32;
            let hinted = self.hinted.get();
            self.hinted.set(hinted | bit);
            if hinted & bit == 0 {
                let hint = ["Concierge: ", detail::message(*code)].concat();
                web_sys::console::warn_1(&hint.into());
            }
        }
        let (name, detail) = detail::event(event);
        self.hooks.emit(name, &detail);
    }

    fn chimed(&self) {
        // It may have been muted in another tab.
        if let Some((keep, prefix)) = &self.sound
            && !self.view.is_muted()
            && !is_muted(*keep, prefix)
        {
            chime();
        }
    }
}
