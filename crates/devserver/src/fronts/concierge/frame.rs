//! What a client's text frame asks for (contract 3.1).

use serde::Deserialize;
use serde_json::Value;

use crate::model::{ConversationKey, MessageId};

/// A call: the route as it was sent, in its parts, and the body.
pub(super) struct Call {
    /// The whole route, which answers repeat.
    pub(super) route: String,
    /// The part before `?`, by which switches name it.
    pub(super) name: String,
    /// What is wanted.
    pub(super) kind: Kind,
    pub(super) body: Value,
}

/// The nine routes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Init,
    GetSession,
    GetMessages(PageAsked),
    Ping,
    Send,
    Delete,
    Seen,
    UnreadCount,
    End,
}

/// The history page that a route's query asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PageAsked {
    pub(super) number: u32,
    pub(super) limit: u32,
}

/// The page size when none is asked for.
const DEFAULT_LIMIT: u32 = 20;

/// What a frame is not.
pub(super) enum NoCall {
    /// Not JSON, or not of the form of a call.
    Malformed,
    /// A call of a route that there is not.
    UnknownRoute(String),
}

/// Reads a frame.
pub(super) fn read(text: &str) -> Result<Call, NoCall> {
    #[derive(Deserialize)]
    struct Envelope {
        action: String,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        route: String,
        #[serde(default)]
        body: Value,
    }
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| NoCall::Malformed)?;
    let Data { route, body } = envelope.data;
    let (name, query) = route.split_once('?').unwrap_or((&route, ""));
    let kind = match name {
        _ if envelope.action != "api" => return Err(NoCall::UnknownRoute(name.to_owned())),
        "client/init-chat-with-concierge" => Kind::Init,
        "client/get-chat-session" => Kind::GetSession,
        "client/get-chat-messages" => Kind::GetMessages(PageAsked {
            number: parameter(query, "page").unwrap_or(1),
            limit: parameter(query, "limit").unwrap_or(DEFAULT_LIMIT),
        }),
        "client/ping-on-chat-session" => Kind::Ping,
        "client/send-message" => Kind::Send,
        "client/delete-message" => Kind::Delete,
        "client/update-message-seen-at" => Kind::Seen,
        "client/get-unread-msg-count" => Kind::UnreadCount,
        "client/end-chat-with-concierge" => Kind::End,
        _ => return Err(NoCall::UnknownRoute(name.to_owned())),
    };
    Ok(Call {
        name: name.to_owned(),
        kind,
        body,
        route,
    })
}

/// A positive number of a query.
fn parameter(query: &str, name: &str) -> Option<u32> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    value.parse().ok().filter(|number| *number > 0)
}

/// The body of an init call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InitBody {
    pub(super) new_session: bool,
    pub(super) chat_session_id: Option<String>,
}

/// The body of the calls that name a session and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionBody {
    chat_session_id: String,
}

impl SessionBody {
    pub(super) fn key(self) -> ConversationKey {
        ConversationKey(self.chat_session_id)
    }
}

/// The body of a send call. `metdata` is the first version's spelling.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendBody {
    pub(super) chat_session_id: String,
    pub(super) content_type: String,
    pub(super) message_content: String,
    #[serde(alias = "metdata")]
    pub(super) metadata: Option<Value>,
}

/// The body of the calls about one message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageBody {
    message_id: NumberOrText,
    #[expect(
        dead_code,
        reason = "the contract demands it; the message's number says enough"
    )]
    chat_session_id: String,
}

impl MessageBody {
    pub(super) fn id(&self) -> Option<MessageId> {
        match &self.message_id {
            NumberOrText::Number(id) => Some(MessageId(*id)),
            NumberOrText::Text(id) => id.parse().ok().map(MessageId),
        }
    }
}

/// Clients write ids as numbers and as strings.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(i64),
    Text(String),
}
