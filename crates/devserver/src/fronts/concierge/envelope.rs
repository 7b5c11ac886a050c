//! The frames around contents: answers, refusals, the gateway's own, noise.

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use super::handshake::new_connection_id;
use super::registry::Outgoing;
use crate::switches::{
    ChannelEcho, ContentKey, ContentKeyOfEvents, EventEnvelope, Junk, MessagePlace, StatusKey,
    Switches,
};

/// An error answer.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) place: MessagePlace,
}

impl Refused {
    pub(super) fn new(status: u16, message: &str) -> Self {
        Self {
            status,
            message: message.to_owned(),
            place: MessagePlace::Top,
        }
    }
}

/// Who speaks to whom in an event's envelope: type and number of each.
pub(super) struct Address {
    pub(super) sender: (&'static str, i64),
    pub(super) receiver: i64,
}

/// The answer to a call that was done.
pub(super) fn answer(switches: &Switches, route: &str, content: Value) -> Value {
    let mut frame = head(switches, route, 200);
    frame.insert(content_key(switches).to_owned(), content);
    Value::Object(frame)
}

/// The answer to a call that was not done.
pub(super) fn refusal(switches: &Switches, route: &str, refused: &Refused) -> Value {
    let mut frame = head(switches, route, refused.status);
    let message = json!(refused.message);
    match refused.place {
        MessagePlace::Top => frame.insert("message".to_owned(), message),
        MessagePlace::Body => frame.insert(
            content_key(switches).to_owned(),
            json!({"message": message}),
        ),
    };
    Value::Object(frame)
}

/// An event.
pub(super) fn event(
    switches: &Switches,
    channel: &str,
    content: &Value,
    address: &Address,
) -> Value {
    let key = match switches.event_key {
        ContentKeyOfEvents::Payload => "payload",
        ContentKeyOfEvents::Body => "body",
        ContentKeyOfEvents::Data => "data",
    };
    match switches.event_envelope {
        EventEnvelope::Bare => json!({"channel": channel, key: content}),
        EventEnvelope::Full => json!({
            "actions": [],
            "channel": channel,
            key: content,
            "senderType": address.sender.0,
            "senderId": address.sender.1.to_string(),
            "receiverType": "TENANT",
            "receiverId": address.receiver.to_string(),
            "socketMessageId": uuid::Uuid::new_v4().to_string(),
        }),
    }
}

/// A frame of the gateway's own: it has no channel.
pub(super) fn gateway(message: &str, connection_id: &str) -> Value {
    json!({"message": message, "connectionId": connection_id, "requestId": new_connection_id()})
}

/// The noise that the `junk` switch puts before an answer.
pub(super) fn junk(kind: Junk) -> Option<Outgoing> {
    match kind {
        Junk::Off => None,
        Junk::NonJson => Some(Outgoing::Text("<html>Bad Gateway</html>".to_owned())),
        Junk::Binary => Some(Outgoing::Binary(Bytes::from_static(&[0, 159, 146, 150]))),
        Junk::UnknownChannel => {
            let frame = json!({"channel": "weather-report", "payload": {"sky": "clear"}});
            Some(Outgoing::Text(frame.to_string()))
        }
        Junk::NoChannel => Some(Outgoing::Text(json!({"hello": "there"}).to_string())),
    }
}

fn head(switches: &Switches, route: &str, status: u16) -> Map<String, Value> {
    let status_key = match switches.status_key {
        StatusKey::Status => "status",
        StatusKey::StatusCode => "statusCode",
    };
    let channel = match switches.channel_echo {
        ChannelEcho::Exact => json!(route),
        ChannelEcho::OtherLimit => json!(other_limit(route)),
        ChannelEcho::Bare => json!(route.split('?').next()),
        ChannelEcho::Array => json!([route]),
    };
    Map::from_iter([
        ("channel".to_owned(), channel),
        (status_key.to_owned(), json!(status)),
    ])
}

fn content_key(switches: &Switches) -> &'static str {
    match switches.content_key {
        ContentKey::Body => "body",
        ContentKey::Payload => "payload",
        ContentKey::Data => "data",
    }
}

/// The route with a limit that nobody asked for.
fn other_limit(route: &str) -> String {
    let Some((path, query)) = route.split_once('?') else {
        return route.to_owned();
    };
    let change = |pair| match pair {
        "limit=25" => "limit=10",
        pair if str::starts_with(pair, "limit=") => "limit=25",
        pair => pair,
    };
    let query: Vec<_> = query.split('&').map(change).collect();
    format!("{path}?{}", query.join("&"))
}
