//! The console's API. All answers are JSON; refusals say why in `message`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::views::{MessageView, SessionView};
use super::{AT_CONSOLE, Console};
use crate::bucket::{BucketError, is_plain};
use crate::chat::{Refusal, Typing};
use crate::model::{ConversationKey, Draft, MessageId, Party, Timestamp, VisitorId};
use crate::store::StoreError;

type Desk = State<Arc<Console>>;
type Answer<T> = Result<Json<T>, ConsoleError>;

/// Why the console could not do something.
pub(super) enum ConsoleError {
    Refused(Refusal),
    Bucket(BucketError),
}

/// What staff writes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    #[serde(default = "text")]
    content_type: String,
    message_content: String,
    #[serde(default)]
    metadata: Option<Value>,
}

fn text() -> String {
    "TEXT".to_owned()
}

/// With whom staff starts a chat.
#[derive(Deserialize)]
pub(super) struct Started {
    tenant: i64,
}

/// The name of a file that staff sends.
#[derive(Deserialize)]
pub(super) struct FileName {
    name: String,
}

/// Whether staff types.
#[derive(Deserialize)]
pub(super) struct Typed {
    typing: OnOff,
}

/// A word of the API.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnOff {
    On,
    Off,
}

/// `GET /console/api/sessions`: all chats, those with the latest news first.
pub(super) async fn list(State(desk): Desk) -> Answer<Vec<SessionView>> {
    let mut views = desk
        .chat
        .conversations()?
        .iter()
        .map(|session| SessionView::of(&desk.chat, session))
        .collect::<Result<Vec<_>, _>>()?;
    views.sort_by_key(SessionView::order);
    Ok(Json(views))
}

/// `POST /console/api/sessions` `{"tenant": 1001}`: staff starts a chat.
pub(super) async fn start(State(desk): Desk, Json(started): Json<Started>) -> Answer<SessionView> {
    let session = desk
        .chat
        .open(VisitorId(started.tenant), Party::Staff(AT_CONSOLE), None)?;
    Ok(Json(SessionView::of(&desk.chat, &session)?))
}

/// `GET …/messages`: the whole chat, oldest first.
pub(super) async fn messages(
    State(desk): Desk,
    Path(id): Path<String>,
) -> Answer<Vec<MessageView>> {
    let messages = desk.chat.messages_in(&ConversationKey(id))?;
    let views = messages
        .iter()
        .map(|message| MessageView::of(&desk.chat, message))
        .collect::<Result<_, _>>()?;
    Ok(Json(views))
}

/// `POST …/join`
pub(super) async fn join(State(desk): Desk, Path(id): Path<String>) -> Answer<SessionView> {
    let session = desk.chat.join(&ConversationKey(id), AT_CONSOLE)?;
    Ok(Json(SessionView::of(&desk.chat, &session)?))
}

/// `POST …/end`
pub(super) async fn end(State(desk): Desk, Path(id): Path<String>) -> Answer<SessionView> {
    let session = desk.chat.close(&ConversationKey(id), None)?;
    Ok(Json(SessionView::of(&desk.chat, &session)?))
}

/// `POST …/messages` `{"contentType", "messageContent", "metadata"}`
pub(super) async fn write(
    State(desk): Desk,
    Path(id): Path<String>,
    Json(written): Json<Written>,
) -> Answer<MessageView> {
    let Written {
        content_type,
        message_content,
        metadata,
    } = written;
    post(
        &desk,
        id,
        Draft {
            content_type,
            content: message_content,
            metadata,
        },
    )
}

/// `POST …/files?name=…` with the file as the body: stores it in the bucket
/// and sends it as an `IMAGE`, `VIDEO` or `FILE`.
pub(super) async fn send_file(
    State(desk): Desk,
    Path(id): Path<String>,
    Query(file): Query<FileName>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<MessageView> {
    let mime = headers
        .get(header::CONTENT_TYPE)
        .and_then(|mime| mime.to_str().ok());
    let mime = mime.unwrap_or("application/octet-stream");
    let (folder, content_type) = match mime.split('/').next() {
        Some("image") => ("chat-images", "IMAGE"),
        Some("video") => ("chat-videos", "VIDEO"),
        _ => ("chat-documents", "FILE"),
    };
    let extension = file
        .name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let extension = if is_plain(extension) { extension } else { "" };
    let place = desk.bucket.place(folder, extension, mime, Timestamp::now());
    desk.bucket
        .put(&place.upload_url, mime, body)
        .await
        .map_err(ConsoleError::Bucket)?;
    let metadata = Some(json!({"file": {"name": file.name}}));
    post(
        &desk,
        id,
        Draft {
            content_type: content_type.to_owned(),
            content: place.public_url,
            metadata,
        },
    )
}

/// `DELETE …/messages/{id}`
pub(super) async fn unsend(
    State(desk): Desk,
    Path((_, id)): Path<(String, i64)>,
) -> Answer<MessageView> {
    let message = desk.chat.unsend(MessageId(id), None)?;
    Ok(Json(MessageView::of(&desk.chat, &message)?))
}

/// `POST …/typing` `{"typing": "on"}`: staff types, or has stopped.
pub(super) async fn typing(
    State(desk): Desk,
    Path(id): Path<String>,
    Json(typed): Json<Typed>,
) -> Result<StatusCode, ConsoleError> {
    let typing = match typed.typing {
        OnOff::On => Typing::On,
        OnOff::Off => Typing::Off,
    };
    let me = Party::Staff(AT_CONSOLE);
    desk.chat.typing(&ConversationKey(id), me, typing, None)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/seen`: staff has read the chat. It is a sign of staff's life, too,
/// once staff has joined.
pub(super) async fn seen(State(desk): Desk, Path(id): Path<String>) -> Answer<Value> {
    let key = ConversationKey(id);
    let seen = desk.chat.see_all(&key)?;
    let session = desk
        .chat
        .conversation(&key)?
        .ok_or(Refusal::NoConversation)?;
    if !seen.is_empty() && session.staff() == Some(AT_CONSOLE) && !session.closed {
        desk.chat.ping(&key, Party::Staff(AT_CONSOLE), None)?;
    }
    Ok(Json(
        json!({"seen": seen.iter().map(|message| message.id.0).collect::<Vec<_>>()}),
    ))
}

fn post(desk: &Console, id: String, draft: Draft) -> Answer<MessageView> {
    let message = desk
        .chat
        .post(&ConversationKey(id), Party::Staff(AT_CONSOLE), draft, None)?;
    Ok(Json(MessageView::of(&desk.chat, &message)?))
}

impl From<Refusal> for ConsoleError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for ConsoleError {
    fn from(error: StoreError) -> Self {
        Self::Refused(Refusal::Store(error))
    }
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Refused(Refusal::NoConversation) => {
                (StatusCode::NOT_FOUND, "There is no such chat.".to_owned())
            }
            Self::Refused(Refusal::NoMessage) => (
                StatusCode::NOT_FOUND,
                "There is no such message.".to_owned(),
            ),
            Self::Refused(Refusal::Closed) => {
                (StatusCode::CONFLICT, "This chat has ended.".to_owned())
            }
            Self::Refused(Refusal::Store(error)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
            }
            Self::Bucket(error) => (StatusCode::BAD_GATEWAY, error.0),
        };
        (status, Json(json!({"message": message}))).into_response()
    }
}
