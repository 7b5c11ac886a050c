//! Rooms: create and list (contract 3.1, 3.2).

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::answers::{self, Failure};
use super::gate::Member;
use super::messages::{Written, draft, parse, plain};
use super::rows::Writer;
use super::{OneSmile, desks};
use crate::model::{Conversation, Micros, Party, VisitorId};
use crate::script;
use crate::store::{Room, Scope};
use crate::switches::onesmile::{CreateResult, OneSmileSwitches};

type Front = State<Arc<OneSmile>>;

/// `POST /api-v2/generalmessagecreate`: opens or finds a room.
pub(super) async fn create(
    State(front): Front,
    Extension(Member(member)): Extension<Member>,
    body: Bytes,
) -> Response {
    let switches = front.switches.read().onesmile;
    let (result, _) = front
        .switches
        .take(|switches| switches.onesmile.create_result.take(None));
    match result {
        CreateResult::SampleFalse => answers::empty_room(&switches),
        CreateResult::EmptyRoomId => {
            answers::success(&switches, Some(("response", answers::no_room())))
        }
        CreateResult::Ok | CreateResult::ExistingRoom | CreateResult::UsesMessage => {
            match made_room(&front, &switches, member, &body, result).await {
                Ok(room) => answers::success(&switches, Some(("response", room))),
                Err(failure) => failure.answer(&switches),
            }
        }
    }
}

async fn made_room(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    member: VisitorId,
    body: &[u8],
    result: CreateResult,
) -> Result<Value, Failure> {
    let written: Written = parse(body)?;
    let desk = desks::find(&written.recipient_id).ok_or(Failure::Refused("Recipient not found"))?;
    let (room, conversation) = open_room(front, member, desk.id)?;
    if result == CreateResult::UsesMessage
        && let Some(draft) = draft(front, &written).await?
    {
        front
            .chat
            .post(&room.conversation, Party::Visitor(member), draft, None)?;
    }
    if result == CreateResult::ExistingRoom
        && front.chat.last_message(&room.conversation)?.is_none()
    {
        let earlier = plain("We spoke last week about your balcony door.");
        front
            .chat
            .post(&room.conversation, Party::Staff(script::ME), earlier, None)?;
    }
    let last = front.chat.last_message(&room.conversation)?;
    let writer = Writer {
        front,
        switches,
        room: &room,
    };
    Ok(writer.created(last.as_ref(), made(&conversation)))
}

/// The member's open room with a desk, made if there is none.
pub(super) fn open_room(
    front: &OneSmile,
    member: VisitorId,
    desk: &str,
) -> Result<(Room, Conversation), Failure> {
    for room in front.rooms_of(member)? {
        if let Some(conversation) = front.chat.conversation(&room.conversation)?
            && room.recipient == desk
            && !conversation.closed
        {
            return Ok((room, conversation));
        }
    }
    let conversation = front.chat.open(member, Party::Visitor(member), None)?;
    let room = front
        .chat
        .with_store(|store| store.onesmile_room_for(&conversation, desk))?;
    Ok((room, conversation))
}

/// `POST /api-v2/generalmessagelist`: the member's rooms, the latest news
/// first.
pub(super) async fn list(
    State(front): Front,
    Extension(Member(member)): Extension<Member>,
) -> Response {
    let switches = front.switches.read().onesmile;
    match rooms(&front, &switches, member) {
        Ok(rooms) => answers::success(&switches, Some(("response", json!(rooms)))),
        Err(failure) => failure.answer(&switches),
    }
}

fn rooms(
    front: &OneSmile,
    switches: &OneSmileSwitches,
    member: VisitorId,
) -> Result<Vec<Value>, Failure> {
    let mut rooms = Vec::new();
    for room in front.rooms_of(member)? {
        let conversation = front
            .chat
            .conversation(&room.conversation)?
            .ok_or(Failure::Broken)?;
        let last = front.chat.last_message(&room.conversation)?;
        let scope = Scope::Conversation(&room.conversation);
        let unseen = front
            .chat
            .with_store(|store| store.unseen(scope, true))?
            .len();
        let made = made(&conversation);
        let latest = last.as_ref().map_or(0, |message| message.id.0);
        let writer = Writer {
            front,
            switches,
            room: &room,
        };
        rooms.push((latest, writer.listed(last.as_ref(), made, unseen)));
    }
    rooms.sort_by_key(|(latest, _)| std::cmp::Reverse(*latest));
    Ok(rooms.into_iter().map(|(_, room)| room).collect())
}

/// The room that a value names; `None` if it names none.
pub(super) fn room(
    front: &OneSmile,
    member: VisitorId,
    value: &Value,
) -> Result<Option<Room>, Failure> {
    const NO_ROOM: Failure = Failure::Refused("Room not found");
    let number = match value {
        Value::String(text) if !text.is_empty() => text.parse().map_err(|_| NO_ROOM)?,
        Value::Number(number) => number.as_i64().ok_or(NO_ROOM)?,
        Value::Null | Value::String(_) => return Ok(None),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(NO_ROOM),
    };
    let room = front
        .chat
        .with_store(|store| store.onesmile_room(number))?
        .filter(|room| room.member == member)
        .ok_or(NO_ROOM)?;
    Ok(Some(room))
}

fn made(conversation: &Conversation) -> Micros {
    Micros(conversation.created_at.0 * 1000)
}
