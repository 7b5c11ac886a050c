//! The session's face: the view for the visitor, the hooks for the page.

use std::cell::Cell;

use concierge_core::{Change, Connection, Conversation, ErrorCode, Event, Reason, Status};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::browser::get;
use crate::embed::detail;
use crate::shell::Surface;
use crate::shell::sound::chime;
use crate::shell::storage::{Keep, is_muted};
use crate::view::ViewState;

/// The loader's functions, see [`mount`](super::mount).
#[derive(Clone)]
pub(super) struct Hooks {
    emit: Function,
    set: Function,
    close: Function,
}

impl Hooks {
    /// Takes the functions out of the loader's object. One that is missing
    /// does nothing.
    pub(super) fn new(hooks: &Object) -> Self {
        let function = |name| get(hooks, name).unchecked_into();
        Self {
            emit: function("emit"),
            set: function("set"),
            close: function("close"),
        }
    }

    /// The visitor wants the panel closed.
    pub(super) fn close(&self) {
        let _ = self.close.call0(&JsValue::UNDEFINED);
    }

    /// The chat is gone: what `getState` gives is as before it.
    pub(super) fn forget(&self) {
        self.set(
            "connection",
            &detail::connection(Status::Idle, Reason::None),
        );
        self.set("unread", &0.into());
        self.set("conversationId", &JsValue::NULL);
    }

    /// The visitor pressed a button that is meant for the page.
    pub(super) fn postback(&self, text: &str, payload: &str) {
        self.emit("postback", &detail::postback(text, payload));
    }

    fn emit(&self, name: &str, detail: &JsValue) {
        let _ = self.emit.call2(&JsValue::UNDEFINED, &name.into(), detail);
    }

    fn set(&self, key: &str, value: &JsValue) {
        let changes = Object::new();
        let _ = Reflect::set(&changes, &key.into(), value);
        let _ = self.set.call1(&JsValue::UNDEFINED, &changes);
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
}

impl Face {
    pub(super) const fn new(view: ViewState, hooks: Hooks, sound: Option<(Keep, String)>) -> Self {
        Self {
            view,
            hooks,
            sound,
            status: Cell::new(Status::Idle),
            reason: Cell::new(Reason::None),
        }
    }

    /// The page hears of a status or reason, not of each new retry time.
    fn connection(&self, connection: Connection) {
        let (status, reason) = (connection.status, connection.reason);
        if (self.status.replace(status), self.reason.replace(reason)) != (status, reason) {
            let detail = detail::connection(status, reason);
            self.hooks.set("connection", &detail);
            self.hooks.emit("connection", &detail);
        }
    }

    fn conversation(&self, conversation: &Conversation) {
        let id = match conversation {
            Conversation::Open(id) => JsValue::from_str(&id.0),
            Conversation::None | Conversation::Ended(_) => JsValue::NULL,
        };
        self.hooks.set("conversationId", &id);
    }
}

impl Surface for Face {
    fn changed(&self, change: &Change) {
        self.view.apply(change);
        match change {
            Change::Connection(connection) => self.connection(*connection),
            Change::Conversation(conversation) => self.conversation(conversation),
            Change::Unread(count) => {
                self.hooks.set("unread", &(*count).into());
                self.hooks.emit("unreadCount", &detail::count(*count));
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
        if let Event::Error {
            code: ErrorCode::UploadBlocked,
            ..
        } = event
        {
            web_sys::console::warn_1(&["Concierge: ", detail::UPLOAD_BLOCKED].concat().into());
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
