//! Messages of OneChat's kinds, which staff writes at the console's API.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::ConsoleError;
use super::views::MessageView;
use super::{AT_CONSOLE, Console};
use crate::model::{ConversationKey, Draft, Party};
use crate::store::onechat::{Attachment, Extras, Kind};

/// What staff writes, in the words of OneChat's own API.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Without, the message has no text at all.
    content: Option<String>,
    #[serde(default = "text")]
    content_type: String,
    #[serde(default)]
    content_attributes: Map<String, Value>,
    /// As they go over the wire, each with its `file_type`.
    #[serde(default)]
    attachments: Vec<Value>,
    #[serde(default)]
    message_type: Type,
}

/// Who seems to write.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    /// The person at the console.
    #[default]
    Outgoing,
    /// The inbox itself.
    Template,
}

fn text() -> String {
    "text".to_owned()
}

/// `POST …/rich` `{"content", "content_type", "content_attributes",
/// "attachments", "message_type"}`
pub(super) async fn write(
    State(desk): State<Arc<Console>>,
    Path(id): Path<String>,
    Json(written): Json<Written>,
) -> Result<Json<MessageView>, ConsoleError> {
    let kind = match written.message_type {
        Type::Outgoing => Kind::Outgoing,
        Type::Template => Kind::Template,
    };
    let extras = Extras {
        content_type: written.content_type,
        content_attributes: Value::Object(written.content_attributes),
        attachments: written
            .attachments
            .into_iter()
            .map(Attachment::Other)
            .collect(),
        without_content: written.content.is_none(),
        ..Extras::plain(kind)
    };
    let draft = Draft {
        content_type: "TEXT".to_owned(),
        content: written.content.unwrap_or_default(),
        metadata: None,
    };
    let (key, author) = (ConversationKey(id), Party::Staff(AT_CONSOLE));
    let message = desk
        .chat
        .post_with(&key, author, draft, None, |store, message| {
            store.put_extras(message.id, &extras)
        })?;
    Ok(Json(MessageView::of(&desk.chat, &message)?))
}
