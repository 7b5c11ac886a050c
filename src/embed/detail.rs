//! What the page's event listeners are given (EMBED §2).

use concierge_core::{Author, Content, ErrorCode, Event, FileKind, Key, Reason, Row, Status};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// `connection`: `{status, reason}`.
pub(super) fn connection(status: Status, reason: Reason) -> JsValue {
    #[derive(Serialize)]
    struct Detail {
        status: &'static str,
        reason: &'static str,
    }
    to_js(&Detail {
        status: status_name(status),
        reason: reason_name(reason),
    })
}

/// `unreadCount`: `{count}`.
pub(super) fn count(count: u32) -> JsValue {
    #[derive(Serialize)]
    struct Detail {
        count: u32,
    }
    to_js(&Detail { count })
}

/// The name and the detail of an announced event.
pub(super) fn event(event: &Event) -> (&'static str, JsValue) {
    match event {
        Event::ConversationStart(id) => ("conversationStart", conversation(&id.0)),
        Event::ConversationEnd(id) => ("conversationEnd", conversation(&id.0)),
        Event::AgentJoin => ("agentJoin", nothing()),
        Event::MessageSent(key, id) => ("messageSent", message(Some(*key), Some(&id.0))),
        Event::MessageReceived(row) => ("messageReceived", received(row)),
        Event::MessageFailed(key) => ("messageFailed", message(Some(*key), None)),
        Event::MessageUnsent(id) => ("messageUnsent", message(None, Some(&id.0))),
        Event::TokenExpired => ("tokenExpired", nothing()),
        Event::Error { code, recoverable } => ("error", error(*code, *recoverable)),
    }
}

/// `{}`
fn nothing() -> JsValue {
    js_sys::Object::new().into()
}

/// `{conversationId}`
fn conversation(id: &str) -> JsValue {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Detail<'a> {
        conversation_id: &'a str,
    }
    to_js(&Detail {
        conversation_id: id,
    })
}

/// `{key?, id?}`: `data-key` and `data-id` of the message.
fn message(key: Option<Key>, id: Option<&str>) -> JsValue {
    #[derive(Serialize)]
    struct Detail<'a> {
        key: Option<u32>,
        id: Option<&'a str>,
    }
    to_js(&Detail {
        key: key.map(|key| key.0),
        id,
    })
}

/// `{key, id?, author, kind, text?, url?, name?, at}`, `at` in milliseconds
/// since 1970.
fn received(row: &Row) -> JsValue {
    #[derive(Serialize)]
    struct Detail<'a> {
        key: u32,
        id: Option<&'a str>,
        author: &'static str,
        kind: &'static str,
        text: Option<&'a str>,
        url: Option<&'a str>,
        name: Option<&'a str>,
        at: f64,
    }
    let (kind, text, file) = match &row.content {
        Content::Text(text) => ("text", Some(text.as_str()), None),
        Content::File(file) => (kind_name(file.kind), None, Some(file)),
    };
    to_js(&Detail {
        key: row.key.0,
        id: row.id.as_ref().map(|id| id.0.as_str()),
        author: match row.author {
            Author::Me => "me",
            Author::Them => "them",
            Author::System => "system",
        },
        kind,
        text,
        url: file.map(|file| file.url.as_str()),
        name: file.map(|file| file.name.as_str()),
        at: row.at.0 as f64,
    })
}

/// `{code, message, recoverable}`
fn error(code: ErrorCode, recoverable: bool) -> JsValue {
    #[derive(Serialize)]
    struct Detail {
        code: &'static str,
        message: &'static str,
        recoverable: bool,
    }
    to_js(&Detail {
        code: code.name(),
        message: match code {
            ErrorCode::Unreachable => "the server cannot be reached or refuses the connection",
            ErrorCode::SignedOut => "the page gave no token",
            ErrorCode::UrlTooLong => "the token makes the connect URL too long",
            ErrorCode::Refused => "the server refused a call",
        },
        recoverable,
    })
}

fn to_js(detail: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(detail).unwrap_or_default()
}

const fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::Other => "file",
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Idle => "idle",
        Status::Connecting => "connecting",
        Status::Online => "online",
        Status::Waiting => "waiting",
        Status::Offline => "offline",
        Status::Ended => "ended",
    }
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
    }
}
