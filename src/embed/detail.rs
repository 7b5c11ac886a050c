//! What the page's event listeners are given (EMBED §2).

use concierge_core::{Content, ErrorCode, Event, Key, MessageId, Reason, Row, Status};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// `connection`: `{status, reason}`.
pub(super) fn connection(status: Status, reason: Reason) -> JsValue {
    object(&[
        ("status", status.name().into()),
        ("reason", reason_name(reason).into()),
    ])
}

/// `unreadCount`: `{count}`.
pub(super) fn count(count: u32) -> JsValue {
    object(&[("count", count.into())])
}

/// The name and the detail of an announced event.
pub(super) fn event(event: &Event) -> (&'static str, JsValue) {
    match event {
        Event::ConversationStart(id) => ("conversationStart", conversation(&id.0)),
        Event::ConversationEnd(id) => ("conversationEnd", conversation(&id.0)),
        Event::AgentJoin => ("agentJoin", nothing()),
        Event::MessageSent(key, id) => ("messageSent", message(Some(*key), Some(id.name()))),
        Event::MessageReceived(row) => ("messageReceived", received(row)),
        Event::MessageFailed(key) => ("messageFailed", message(Some(*key), None)),
        Event::MessageUnsent(id) => ("messageUnsent", message(None, Some(id.name()))),
        Event::Typing(on) => {
            let on: &bool = on;
            ("typing", object(&[("typing", (*on).into())]))
        }
        Event::TokenExpired => ("tokenExpired", nothing()),
        Event::Error { code, recoverable } => ("error", error(*code, *recoverable)),
    }
}

/// `postback`: `{text, payload}` of the button.
pub(super) fn postback(text: &str, payload: &str) -> JsValue {
    object(&[("text", text.into()), ("payload", payload.into())])
}

/// `{}`
fn nothing() -> JsValue {
    object(&[])
}

/// `{conversationId}`
fn conversation(id: &str) -> JsValue {
    object(&[("conversationId", id.into())])
}

/// `{key?, id?}`: `data-key` and `data-id` of the message.
fn message(key: Option<Key>, id: Option<&str>) -> JsValue {
    object(&[("key", key.map(|key| key.0).into()), ("id", id.into())])
}

/// `{key, id?, author, kind, text?, url?, name?, at}`, `at` in milliseconds
/// since 1970.
fn received(row: &Row) -> JsValue {
    let (text, file) = match &row.content {
        Content::Text(text) => (Some(text.as_str()), None),
        Content::File(file) => (None, Some(file)),
        Content::Rich(rich) => (Some(rich.text.as_str()), rich.files.first()),
    };
    object(&[
        ("key", row.key.0.into()),
        ("id", row.id.as_ref().map(MessageId::name).into()),
        ("author", row.author.name().into()),
        ("kind", row.content.kind_name().into()),
        ("text", text.into()),
        ("url", file.map(|file| file.url.as_str()).into()),
        ("name", file.map(|file| file.name.as_str()).into()),
        ("at", (row.at.0 as f64).into()),
    ])
}

/// Why an upload may not get through, and what a site can do.
pub(super) const UPLOAD_BLOCKED: &str = "an upload did not reach the file store: if its CORS rules do not name this site, set uploadMode \"proxy\" and uploadProxyUrl";

/// `{code, message, recoverable}`
fn error(code: ErrorCode, recoverable: bool) -> JsValue {
    let message = match code {
        ErrorCode::Unreachable => "the server cannot be reached or refuses the connection",
        ErrorCode::SignedOut => "the page gave no token",
        ErrorCode::UrlTooLong => "the token makes the connect URL too long",
        ErrorCode::Refused => "the server refused a call",
        ErrorCode::UploadBlocked => UPLOAD_BLOCKED,
    };
    object(&[
        ("code", code.name().into()),
        ("message", message.into()),
        ("recoverable", recoverable.into()),
    ])
}

/// An object of what there is. Built by hand: the derived way keeps a cache of
/// names, 2 KB of program.
fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        if !value.is_undefined() {
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
    }
    object.into()
}

const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::None => "none",
        Reason::DeviceOffline => "device-offline",
        Reason::Lost => "lost",
        Reason::Unreachable => "unreachable",
        Reason::SignedOut => "signed-out",
        Reason::TokenRefused => "token-refused",
        Reason::UrlTooLong => "url-too-long",
        Reason::Resting => "resting",
        Reason::Busy => "busy",
        Reason::Polling => "polling",
    }
}
