//! What the page's event listeners are given (EMBED §2), in JSON.

use concierge_core::json::{Writer, object};
use concierge_core::{Content, ErrorCode, Event, Key, MessageId, Reason, Row, Status};

/// `connection`: `{status, reason}`.
pub(super) fn connection(out: &mut Writer, status: Status, reason: Reason) {
    out.pair("status", Some(status.name()));
    out.pair("reason", Some(reason_name(reason)));
}

/// The name and the detail of an announced event.
pub(super) fn event(event: &Event) -> (&'static str, String) {
    let mut name = "";
    let detail = object(|out| name = describe(event, out));
    (name, detail)
}

fn describe(event: &Event, out: &mut Writer) -> &'static str {
    match event {
        // `{conversationId}`
        Event::ConversationStart(id) => {
            out.pair("conversationId", Some(&id.0));
            "conversationStart"
        }
        Event::ConversationEnd(id) => {
            out.pair("conversationId", Some(&id.0));
            "conversationEnd"
        }
        Event::AgentJoin => "agentJoin",
        // `{key?, id?}`: `data-key` and `data-id` of the message.
        Event::MessageSent(it, id) => {
            key(out, *it);
            out.pair("id", Some(id.name()));
            "messageSent"
        }
        Event::MessageReceived(row) => {
            received(row, out);
            "messageReceived"
        }
        Event::MessageFailed(it) => {
            key(out, *it);
            "messageFailed"
        }
        Event::MessageUnsent(id) => {
            out.pair("id", Some(id.name()));
            "messageUnsent"
        }
        // `{typing}`
        Event::Typing(on) => {
            let on: &bool = on;
            out.key("typing");
            out.bool(*on);
            "typing"
        }
        Event::TokenExpired => "tokenExpired",
        Event::Error { code, recoverable } => {
            error(*code, *recoverable, out);
            "error"
        }
    }
}

/// `postback`: `{text, payload}` of the button.
pub(super) fn postback(text: &str, payload: &str) -> String {
    object(|out| {
        out.pair("text", Some(text));
        out.pair("payload", Some(payload));
    })
}

fn key(out: &mut Writer, key: Key) {
    out.pair_number("key", Some(key.0.into()));
}

/// `{key, id?, author, kind, text?, url?, name?, at}`, `at` in milliseconds
/// since 1970.
fn received(row: &Row, out: &mut Writer) {
    let (text, file) = match &row.content {
        Content::Text(text) => (Some(text.as_str()), None),
        Content::File(file) => (None, Some(file)),
        Content::Rich(rich) => (Some(rich.text.as_str()), rich.files.first()),
    };
    key(out, row.key);
    out.pair("id", row.id.as_ref().map(MessageId::name));
    out.pair("author", Some(row.author.name()));
    out.pair("kind", Some(row.content.kind_name()));
    out.pair("text", text);
    out.pair("url", file.map(|file| file.url.as_str()));
    out.pair("name", file.map(|file| file.name.as_str()));
    out.pair_number("at", Some(row.at.0));
}

/// What went wrong, and what a site can do.
pub(super) const fn message(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unreachable => {
            "the server cannot be reached or refuses the connection: are the URLs right, and do its CORS rules name this site?"
        }
        ErrorCode::SignedOut => "the page gave no token that the server takes",
        ErrorCode::UrlTooLong => "the token makes the connect URL too long",
        ErrorCode::Refused => {
            "the server refused a call: are the ids, the rights and the proof of identity right?"
        }
        ErrorCode::UploadBlocked => {
            "an upload did not reach the file store: if its CORS rules do not name this site, set uploadMode \"proxy\" and uploadProxyUrl"
        }
    }
}

/// `{code, message, recoverable}`
fn error(code: ErrorCode, recoverable: bool, out: &mut Writer) {
    out.pair("code", Some(code.name()));
    out.pair("message", Some(message(code)));
    out.key("recoverable");
    out.bool(recoverable);
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
