//! Messages: detail and send (contract 3.3, 3.4).

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{self, Failure, INVALID};
use super::gate::Member;
use super::rooms::{open_room, room};
use super::rows::Writer;
use super::{OneSmile, desks, files, peer};
use crate::fronts::silence;
use crate::model::{ConversationKey, Draft, Message, Party, VisitorId};
use crate::store::{Page, Scope, Unsent};
use crate::switches::onesmile::{
    DetailForm, DetailKey, DetailOrder, NoAnswer, OffsetMode, OneSmileSwitches, SendResult,
    SendText, Unseen,
};

type Front = State<Arc<OneSmile>>;

/// Rows on a page when `limit` is not given.
const LIMIT: usize = 10;

/// All that create and send take.
#[derive(Deserialize)]
pub(super) struct Written {
    pub(super) recipient_id: String,
    #[serde(default)]
    room_id: Value,
    #[serde(default)]
    image: Option<String>,
    #[serde(default)]
    document: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    room_id: Value,
    #[serde(default)]
    sf: usize,
    #[serde(default)]
    limit: Option<usize>,
}

/// `POST /api-v2/generalmessagedetail`: rows of a room, which are seen thereby.
pub(super) async fn detail(
    State(front): Front,
    Extension(Member(member)): Extension<Member>,
    body: Bytes,
) -> Response {
    let switches = front.switches.read().onesmile;
    let rows = match page(&front, &switches, member, &body).await {
        Ok(rows) => rows,
        Err(failure) => return failure.answer(&switches),
    };
    let key = match switches.detail_key {
        DetailKey::RoomDetail => "room_detail",
        DetailKey::Response => "response",
        DetailKey::Data => "data",
    };
    let rows = match switches.detail_form {
        DetailForm::Array => json!(rows),
        DetailForm::Object => rows.into_iter().next().unwrap_or(Value::Null),
        DetailForm::Null => Value::Null,
        DetailForm::Missing => return answers::success(&switches, None),
        DetailForm::EmptyArray => json!([]),
    };
    answers::success(&switches, Some((key, rows)))
}

async fn page(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    member: VisitorId,
    body: &[u8],
) -> Result<Vec<Value>, Failure> {
    let asked: Asked = parse(body)?;
    let room = room(front, member, &asked.room_id)?.ok_or(Failure::Refused("Room not found"))?;
    let messages = cut(front, switches, &room.conversation, &asked)?;
    if switches.unseen != Unseen::Sticky {
        for message in messages.iter().filter(|message| message.sender.is_staff()) {
            front.chat.see(message.id, None)?;
        }
    }
    let writer = Writer {
        front,
        switches,
        room: &room,
    };
    let mut rows = Vec::new();
    for message in &messages {
        rows.push(writer.row(message).await?);
    }
    Ok(rows)
}

/// The messages of a page, in the order of the answer.
fn cut(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    key: &ConversationKey,
    asked: &Asked,
) -> Result<Vec<Message>, Failure> {
    let whole = Page {
        number: 1,
        size: u32::MAX,
    };
    let mut messages = front
        .chat
        .page(Scope::Conversation(key), whole, Unsent::Hidden)?;
    let cap = switches.limit_cap.and_then(|cap| usize::try_from(cap).ok());
    let limit = asked.limit.unwrap_or(LIMIT).min(cap.unwrap_or(usize::MAX));
    let skip = match switches.sf_mode {
        OffsetMode::FromNewest | OffsetMode::FromOldest => asked.sf,
        OffsetMode::Ignored => 0,
    };
    if switches.sf_mode != OffsetMode::FromOldest {
        messages.reverse();
    }
    let mut messages: Vec<_> = messages.into_iter().skip(skip).take(limit).collect();
    messages.sort_by_key(|message| message.id.0);
    match switches.detail_order {
        DetailOrder::NewestFirst => messages.reverse(),
        DetailOrder::OldestFirst => {}
        // Every other one first: wrong, and always in the same way.
        DetailOrder::Shuffled => {
            let (odd, even): (Vec<_>, Vec<_>) = messages
                .into_iter()
                .enumerate()
                .partition(|(index, _)| index % 2 == 1);
            messages = odd.into_iter().chain(even).map(|(_, row)| row).collect();
        }
    }
    Ok(messages)
}

/// `POST /api-v2/generalmessagesent`: a message into a room.
pub(super) async fn send(
    State(front): Front,
    Extension(Member(member)): Extension<Member>,
    body: Bytes,
) -> Response {
    let switches = front.switches.read().onesmile;
    let (result, _) = front
        .switches
        .take(|switches| switches.onesmile.send_result.take(None));
    match result {
        SendResult::Lost => return no_answer(switches.no_answer).await,
        SendResult::SuccessFalse => {
            return answers::refusal(&switches, "The message was not delivered");
        }
        SendResult::ServerError => return answers::server_error(&switches),
        SendResult::Ok | SendResult::StoredButNoAnswer | SendResult::Slow => {}
    }
    let sent = store(&front, &switches, member, &body).await;
    match result {
        SendResult::StoredButNoAnswer => return no_answer(switches.no_answer).await,
        SendResult::Slow => tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await,
        SendResult::Ok | SendResult::Lost | SendResult::SuccessFalse | SendResult::ServerError => {}
    }
    match sent {
        Ok(row) => answers::success(&switches, Some(("response", row))),
        Err(failure) => failure.answer(&switches),
    }
}

async fn no_answer(kind: NoAnswer) -> Response {
    match kind {
        NoAnswer::Hang => silence::hang().await,
        NoAnswer::Break => silence::broken(),
    }
}

async fn store(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    member: VisitorId,
    body: &[u8],
) -> Result<Value, Failure> {
    let written: Written = parse(body)?;
    let room = match room(front, member, &written.room_id)? {
        Some(room) => room,
        None => {
            let desk = desks::find(&written.recipient_id)
                .ok_or(Failure::Refused("Recipient not found"))?;
            open_room(front, member, desk.id)?.0
        }
    };
    let draft = draft(front, &written)
        .await?
        .ok_or(Failure::Refused("message is required"))?;
    let before = front.chat.last_message(&room.conversation)?;
    let message = front
        .chat
        .post(&room.conversation, Party::Visitor(member), draft, None)?;
    let writer = Writer {
        front,
        switches,
        room: &room,
    };
    let row = match switches.send_text {
        SendText::Echo => writer.row(&message).await?,
        SendText::Null => {
            let mut row = writer.row(&message).await?;
            row["message"] = Value::Null;
            row
        }
        SendText::OtherRow => writer.row(before.as_ref().unwrap_or(&message)).await?,
    };
    let (act, _) = front
        .switches
        .take(|switches| switches.onesmile.peer.take(None));
    peer::act(front, &room.conversation, act, switches.burst).await?;
    Ok(row)
}

/// What was written as a message; `None` if it was nothing.
pub(super) async fn draft(front: &OneSmile, written: &Written) -> Result<Option<Draft>, Failure> {
    let text = written.message.clone().unwrap_or_default();
    let image = files::url_of(front, written.image.as_deref().unwrap_or_default()).await?;
    let document = files::url_of(front, written.document.as_deref().unwrap_or_default()).await?;
    let (content_type, content) = match (&image, &document) {
        (Some(url), _) => ("IMAGE", url.clone()),
        (None, Some(url)) => ("FILE", url.clone()),
        (None, None) if text.is_empty() => return Ok(None),
        (None, None) => return Ok(Some(plain(&text))),
    };
    let name = content.rsplit('/').next().unwrap_or_default();
    let mut metadata = json!({"file": {"name": name}, "caption": text});
    if image.is_some() && document.is_some() {
        metadata["document"] = json!(document);
    }
    Ok(Some(Draft {
        content_type: content_type.to_owned(),
        content,
        metadata: Some(metadata),
    }))
}

/// A text without anything beside it.
pub(super) fn plain(text: &str) -> Draft {
    Draft {
        content_type: "TEXT".to_owned(),
        content: text.to_owned(),
        metadata: None,
    }
}

/// Reads a body.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::Refused(INVALID))
}
