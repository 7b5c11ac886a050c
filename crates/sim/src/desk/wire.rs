//! The server's JSON, in the dialects that the contract knows (section 8).
//!
//! Written by hand and not through a tree of values: a soak writes millions.

use std::fmt::Write;

use super::{Desk, GoneAs, Stored};
use crate::dice::Dice;

/// What the gateway says when a call failed.
pub(super) const GATEWAY_ERROR: &str =
    r#"{"message":"Internal server error","connectionId":"aB3=","requestId":"cD4="}"#;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// `7`
    Bare,
    /// `"7"`
    Quoted,
}

/// What the `channel` of an answer echoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What was called.
    Exact,
    /// Another limit than was asked for.
    OtherLimit,
    /// Without the query.
    Path,
    /// A list of one.
    List,
}

/// The choices of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Ids and times in answers.
    pub answer_digits: Digits,
    /// Ids and times in events.
    pub event_digits: Digits,
    /// `unreadMsgCount`.
    pub unread_digits: Digits,
    /// `messageId` of what was taken back.
    pub gone_digits: Digits,
    /// `metadata` or `metdata`.
    pub metadata_key: &'static str,
    /// `status` or `statusCode`.
    pub status_key: &'static str,
    /// `body`, `payload` or `data` of an answer.
    pub content_key: &'static str,
    /// The same of an event.
    pub event_key: &'static str,
    /// See [`Channel`].
    pub channel: Channel,
}

impl Default for Dialect {
    /// As the document shows it.
    fn default() -> Self {
        Self {
            answer_digits: Digits::Quoted,
            event_digits: Digits::Bare,
            unread_digits: Digits::Quoted,
            gone_digits: Digits::Bare,
            metadata_key: "metadata",
            status_key: "status",
            content_key: "body",
            event_key: "payload",
            channel: Channel::Exact,
        }
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Writes into a string, which does not fail.
macro_rules! put {
    ($out:expr, $($what:tt)*) => {{ let _ = write!($out, $($what)*); }};
}

impl Dialect {
    /// One that the dice choose.
    #[must_use]
    pub fn any(dice: &mut Dice) -> Self {
        const CONTENT: [&str; 3] = ["body", "payload", "data"];
        const DIGITS: [Digits; 2] = [Digits::Bare, Digits::Quoted];
        Self {
            answer_digits: DIGITS[dice.pick(2)],
            event_digits: DIGITS[dice.pick(2)],
            unread_digits: DIGITS[dice.pick(2)],
            gone_digits: DIGITS[dice.pick(2)],
            metadata_key: ["metadata", "metdata"][dice.pick(2)],
            status_key: ["status", "statusCode"][dice.pick(2)],
            content_key: CONTENT[dice.pick(3)],
            event_key: CONTENT[dice.pick(3)],
            channel: [
                Channel::Exact,
                Channel::OtherLimit,
                Channel::Path,
                Channel::List,
            ][dice.pick(4)],
        }
    }

    // ---- answers ----

    pub(super) fn answer(&self, channel: &str, content: &str) -> String {
        let mut out = String::with_capacity(content.len() + channel.len() + 64);
        self.put_head(&mut out, channel, 200);
        put!(out, r#","{}":{content}}}"#, self.content_key);
        out
    }

    pub(super) fn hollow(&self, channel: &str) -> String {
        let mut out = String::new();
        self.put_head(&mut out, channel, 200);
        out.push('}');
        out
    }

    pub(super) fn refusal(&self, channel: &str, status: u16, message: &str) -> String {
        let mut out = String::new();
        self.put_head(&mut out, channel, status);
        put!(out, r#","message":"{message}"}}"#);
        out
    }

    /// The channel and the status, without the last brace.
    fn put_head(&self, out: &mut String, channel: &str, status: u16) {
        let path = channel.split('?').next().unwrap_or(channel);
        match self.channel {
            Channel::Exact => put!(out, r#"{{"channel":"{channel}""#),
            Channel::Path => put!(out, r#"{{"channel":"{path}""#),
            Channel::OtherLimit if path == channel => put!(out, r#"{{"channel":"{path}""#),
            Channel::OtherLimit => put!(out, r#"{{"channel":"{path}?page=1&limit=50""#),
            Channel::List => put!(out, r#"{{"channel":["{channel}"]"#),
        }
        put!(out, r#","{}":{status}"#, self.status_key);
    }

    pub(super) fn four_keys(
        &self,
        id: &str,
        joined: bool,
        closed: bool,
        visitor: &str,
        at: i64,
        life: i64,
    ) -> String {
        let mut out = String::with_capacity(512);
        put!(out, r#"{{"chatSessionId":"{id}","chatSession":"#);
        put_session(&mut out, id, joined, closed);
        out.push_str(r#","connection":{"id":"3307","connectionId":"hQ7=","deviceId":"web-1""#);
        out.push_str(r#","expiredAt":"#);
        put_digits(&mut out, self.answer_digits, at + life);
        out.push_str(r#","createdAt":"#);
        put_digits(&mut out, self.answer_digits, at);
        out.push_str(r#","updatedAt":"#);
        put_digits(&mut out, self.answer_digits, at);
        put!(
            out,
            r#"}},"tenant":{{"id":"{visitor}","email":"visitor@example.com"}}}}"#
        );
        out
    }

    pub(super) fn ended(&self, id: &str) -> String {
        let mut out = String::new();
        put!(out, r#"{{"chatSessionId":"{id}","chatSession":"#);
        put_session(&mut out, id, true, true);
        out.push('}');
        out
    }

    pub(super) fn page(&self, rows: &[&Stored], page: usize, desk: &Desk) -> String {
        let length: usize = rows.iter().map(|row| row.quoted.len() + 400).sum();
        let mut out = String::with_capacity(length + 80);
        out.push_str(r#"{"messages":["#);
        for (place, row) in rows.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            self.put_message(&mut out, row, self.answer_digits, desk);
        }
        put!(
            out,
            r#"],"paginate":{{"per_page":20,"offset":0,"page":{page}}}}}"#
        );
        out
    }

    pub(super) fn message_answer(&self, message: &Stored, desk: &Desk) -> String {
        let mut out = String::with_capacity(message.quoted.len() + 450);
        put!(
            out,
            r#"{{"chatSessionId":"{}","chatMessage":"#,
            message.session
        );
        self.put_message(&mut out, message, self.answer_digits, desk);
        out.push('}');
        out
    }

    pub(super) fn unread(&self, count: usize) -> String {
        let mut out = String::from(r#"{"unreadMsgCount":"#);
        put_digits(&mut out, self.unread_digits, count);
        out.push('}');
        out
    }

    pub(super) fn gone_content(&self, id: u64) -> String {
        let mut out = String::from(r#"{"messageId":"#);
        put_digits(&mut out, self.gone_digits, id);
        out.push('}');
        out
    }

    // ---- events ----

    pub(super) fn message_event(&self, message: &Stored, desk: &Desk) -> String {
        let mut out = String::with_capacity(message.quoted.len() + 500);
        let (session, key) = (&message.session, self.event_key);
        put!(
            out,
            r#"{{"channel":"chat-message-{session}","{key}":{{"chatSessionId":"{session}","chatMessage":"#
        );
        self.put_message(&mut out, message, self.event_digits, desk);
        out.push_str("}}");
        out
    }

    pub(super) fn session_event(&self, id: &str, joined: bool, closed: bool) -> String {
        let mut out = String::with_capacity(300);
        put!(
            out,
            r#"{{"channel":"chat-session-update-{id}","{}":{{"chatSession":"#,
            self.event_key
        );
        put_session(&mut out, id, joined, closed);
        out.push_str("}}");
        out
    }

    pub(super) fn gone_event(&self, id: u64) -> String {
        let mut out = String::new();
        put!(
            out,
            r#"{{"channel":"chat-message-delete","{}":{}}}"#,
            self.event_key,
            self.gone_content(id)
        );
        out
    }

    fn put_message(&self, out: &mut String, it: &Stored, digits: Digits, desk: &Desk) {
        let (side, sender) = if it.by_visitor {
            ("TENANT", desk.visitor)
        } else {
            ("BACKEND_USER", "40915")
        };
        let is_empty = it.gone && desk.gone_as == GoneAs::Empty;
        let status = match (it.gone && desk.gone_as == GoneAs::StatusZero, it.seen) {
            (true, _) => 0,
            (false, true) => 4,
            (false, false) => 3,
        };
        out.push_str(r#"{"id":"#);
        put_digits(out, digits, it.id);
        put!(
            out,
            r#","orgId":"208","chatSessionId":"{}","senderEntityType":"{side}","senderEntityId":"{sender}","messageContent":"#,
            it.session
        );
        out.push_str(if is_empty { "\"\"" } else { &it.quoted });
        out.push_str(r#","sentAt":"#);
        put_digits(out, digits, it.at);
        out.push_str(r#","deliveredAt":"#);
        put_digits(out, digits, it.at);
        put!(out, r#","status":{status},"seenAt":"#);
        if it.seen {
            put_digits(out, digits, it.at);
        } else {
            out.push_str("null");
        }
        let (kind, metadata) = &it.extras;
        put!(out, r#","contentType":{kind},"{}":"#, self.metadata_key);
        out.push_str(if desk.drops_metadata {
            "null"
        } else {
            metadata
        });
        out.push('}');
    }
}

fn put_digits(out: &mut String, digits: Digits, number: impl std::fmt::Display) {
    match digits {
        Digits::Bare => put!(out, "{number}"),
        Digits::Quoted => put!(out, "\"{number}\""),
    }
}

fn put_session(out: &mut String, id: &str, joined: bool, closed: bool) {
    let joiner = if joined { "\"BACKEND_USER\"" } else { "null" };
    put!(
        out,
        r#"{{"id":"512","chatSessionId":"{id}","chatInitiatedByEntityType":"TENANT","chatJoinedByEntityType":{joiner},"isSessionClosed":{closed}}}"#
    );
}
