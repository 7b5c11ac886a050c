//! Chats and rooms of the first generation (contract 3.2).

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;

use super::deeds::{self, Plan};
use super::gate::{Caller, Era, Sent};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::shapes::Shapes;
use super::{Front, VoipBin, agents};
use crate::model::{ConversationKey, Micros};
use crate::store::{Place, Talk};
use crate::switches::voipbin::{Rights, VoipBinSwitches};

pub(super) type Answer = Result<Json<Value>, Failure>;
pub(super) type Who = Extension<Caller>;

#[derive(Deserialize)]
pub(super) struct NewChat {
    #[serde(rename = "type")]
    kind: String,
    owner_id: String,
    participant_ids: Vec<String>,
    name: String,
    detail: String,
}

#[derive(Deserialize)]
pub(super) struct NewRoom {
    participant_ids: Vec<String>,
    name: String,
    detail: String,
}

#[derive(Deserialize)]
pub(super) struct Names {
    name: String,
    detail: String,
}

#[derive(Deserialize)]
pub(super) struct NewOwner {
    room_owner_id: String,
}

#[derive(Deserialize)]
pub(super) struct NewParticipant {
    participant_id: String,
}

/// Writes in the manner of the first generation.
pub(super) fn shapes(switches: &VoipBinSwitches) -> Shapes<'_> {
    Shapes {
        switches,
        era: Era::Legacy,
    }
}

/// Refuses plain agents what only managers may do. What stands under
/// `/service_agents` is for everybody.
pub(super) fn require_manager(front: &VoipBin, uri: &Uri) -> Result<(), Failure> {
    let is_for_all = uri.path().starts_with("/v1.0/service_agents/");
    if is_for_all || front.switches.read().voipbin.rights == Rights::Manager {
        Ok(())
    } else {
        Err(Failure::Denied)
    }
}

/// The chat of that id, if the agent is in it.
pub(super) fn talk_of(front: &VoipBin, agent: i64, id: &str) -> Result<Talk, Failure> {
    const NO_CHAT: Failure = Failure::NotFound("CHAT_NOT_FOUND");
    let key = ConversationKey(id.to_owned());
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&key))?
        .filter(|talk| talk.deleted.is_none())
        .ok_or(NO_CHAT)?;
    deeds::place_of(front, &key, agent)?
        .map(|_| talk)
        .ok_or(NO_CHAT)
}

/// The agent's own room of that id, with its chat.
pub(super) fn room_of(front: &VoipBin, agent: i64, id: &str) -> Result<(Place, Talk), Failure> {
    let place = front
        .chat
        .with_store(|store| store.voipbin_room(id))?
        .filter(|place| place.agent == agent)
        .ok_or(Failure::NotFound("CHATROOM_NOT_FOUND"))?;
    let talk = talk_of(front, agent, &place.conversation.0)?;
    Ok((place, talk))
}

fn written(front: &VoipBin, talk: &Talk) -> Answer {
    let switches = front.switches.read().voipbin;
    let places = deeds::places(front, &talk.conversation)?;
    Ok(Json(shapes(&switches).chat(talk, &places)))
}

fn written_room(front: &VoipBin, talk: &Talk, place: &Place) -> Answer {
    let switches = front.switches.read().voipbin;
    let places = deeds::places(front, &talk.conversation)?;
    Ok(Json(shapes(&switches).room(talk, place, &places)))
}

/// The agent's places with their chats. What staff started is a chat by now.
pub(super) fn places_of(front: &VoipBin, agent: i64) -> Result<Vec<(Place, Talk)>, Failure> {
    for conversation in front.chat.conversations()? {
        if conversation.visitor.0 == agent {
            deeds::adopt(front, &conversation)?;
        }
    }
    let places = front
        .chat
        .with_store(|store| store.voipbin_places_of(agent))?;
    let mut found = Vec::new();
    for place in places {
        let talk = front
            .chat
            .with_store(|store| store.voipbin_talk(&place.conversation))?;
        if let Some(talk) = talk.filter(|talk| talk.deleted.is_none()) {
            found.push((place, talk));
        }
    }
    Ok(found)
}

/// `GET /chats`
pub(super) async fn chats(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let talks = places_of(&front, caller.agent)?;
    let talks = talks.into_iter().map(|(_, talk)| talk).collect();
    let created: fn(&Talk) -> Micros = |talk| talk.created;
    let talks = pages::cut(talks, before, created);
    let shapes = shapes(&switches);
    pages::page(shapes, before, &talks, created, |talk| {
        let places = deeds::places(&front, &talk.conversation)?;
        Ok(shapes.chat(talk, &places))
    })
}

/// `POST /chats`
pub(super) async fn new_chat(
    State(front): State<Front>,
    Extension(caller): Who,
    Sent(body): Sent<NewChat>,
) -> Answer {
    let kind = match body.kind.as_str() {
        "normal" => "direct",
        "group" => "group",
        _ => return Err(Failure::Invalid("type is normal or group.")),
    };
    let owner = agents::number(&body.owner_id).ok_or(NO_AGENT)?;
    let participants = numbers(&body.participant_ids, owner)?;
    if kind == "direct" && participants.len() != 2 {
        return Err(Failure::Invalid("A normal chat is one of two agents."));
    }
    let plan = Plan {
        kind: kind.to_owned(),
        name: body.name,
        detail: body.detail,
        owner,
        participants,
    };
    let talk = deeds::open_as(&front, caller.agent, plan)?;
    written(&front, &talk)
}

const NO_AGENT: Failure = Failure::Invalid("There is no such agent.");

/// The agents of those ids and one more, each once.
fn numbers(ids: &[String], one_more: i64) -> Result<Vec<i64>, Failure> {
    let mut numbers = vec![one_more];
    for id in ids {
        let number = agents::number(id).ok_or(NO_AGENT)?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// `GET /chats/{id}`
pub(super) async fn chat(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    written(&front, &talk_of(&front, caller.agent, &id)?)
}

/// `PUT /chats/{id}`
pub(super) async fn rename_chat(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(names): Sent<Names>,
) -> Answer {
    let talk = talk_of(&front, caller.agent, &id)?;
    let talk = deeds::rename(&front, talk, &names.name, &names.detail)?;
    written(&front, &talk)
}

/// `DELETE /chats/{id}`
pub(super) async fn delete_chat(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let talk = talk_of(&front, caller.agent, &id)?;
    written(&front, &deeds::delete(&front, &talk)?)
}

/// `PUT /chats/{id}/room_owner_id`
pub(super) async fn set_owner(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(body): Sent<NewOwner>,
) -> Answer {
    let talk = talk_of(&front, caller.agent, &id)?;
    let owner = agents::number(&body.room_owner_id).ok_or(NO_AGENT)?;
    written(&front, &deeds::set_owner(&front, talk, owner)?)
}

/// `POST /chats/{id}/participant_ids`
pub(super) async fn add_participant(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(body): Sent<NewParticipant>,
) -> Answer {
    let talk = talk_of(&front, caller.agent, &id)?;
    let agent = agents::number(&body.participant_id).ok_or(NO_AGENT)?;
    deeds::add(&front, &talk, agent)?;
    written(&front, &talk)
}

/// `DELETE /chats/{id}/participant_ids/{participant}`
pub(super) async fn remove_participant(
    State(front): State<Front>,
    Extension(caller): Who,
    Path((id, participant)): Path<(String, String)>,
) -> Answer {
    let talk = talk_of(&front, caller.agent, &id)?;
    let agent = agents::number(&participant).ok_or(NO_AGENT)?;
    let place = deeds::place_of(&front, &talk.conversation, agent)?
        .ok_or(Failure::NotFound("PARTICIPANT_NOT_FOUND"))?;
    deeds::remove(&front, &talk, &place)?;
    written(&front, &talk)
}

/// `GET /chatrooms`
pub(super) async fn rooms(
    State(front): State<Front>,
    Extension(caller): Who,
    uri: Uri,
    query: Asked,
) -> Answer {
    require_manager(&front, &uri)?;
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let own = agents::id(caller.agent);
    let owner = query.get("owner_id").filter(|owner| !owner.is_empty());
    let owner = agents::number(owner.unwrap_or(&own)).ok_or(NO_AGENT)?;
    let found = places_of(&front, owner)?;
    let joined: fn(&(Place, Talk)) -> Micros = |(place, _)| place.joined;
    let found = pages::cut(found, before, joined);
    let shapes = shapes(&switches);
    pages::page(shapes, before, &found, joined, |(place, talk)| {
        let places = deeds::places(&front, &talk.conversation)?;
        Ok(shapes.room(talk, place, &places))
    })
}

/// `POST /chatrooms`: a chat and its rooms; the answer is the caller's.
pub(super) async fn new_room(
    State(front): State<Front>,
    Extension(caller): Who,
    Sent(body): Sent<NewRoom>,
) -> Answer {
    let participants = numbers(&body.participant_ids, caller.agent)?;
    let kind = match participants.len() {
        0 | 1 => return Err(Failure::Invalid("A chat is one of two agents at least.")),
        2 => "direct",
        _ => "group",
    };
    let plan = Plan {
        kind: kind.to_owned(),
        name: body.name,
        detail: body.detail,
        owner: caller.agent,
        participants,
    };
    let talk = deeds::open_as(&front, caller.agent, plan)?;
    let place =
        deeds::place_of(&front, &talk.conversation, caller.agent)?.ok_or(Failure::Broken)?;
    written_room(&front, &talk, &place)
}

/// `GET /chatrooms/{id}`
pub(super) async fn room(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let (place, talk) = room_of(&front, caller.agent, &id)?;
    written_room(&front, &talk, &place)
}

/// `PUT /chatrooms/{id}`: the room's own name.
pub(super) async fn rename_room(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(names): Sent<Names>,
) -> Answer {
    let (place, talk) = room_of(&front, caller.agent, &id)?;
    let place = deeds::rename_room(&front, &talk, place, names.name, names.detail)?;
    written_room(&front, &talk, &place)
}

/// `DELETE /chatrooms/{id}`: the caller leaves the chat.
pub(super) async fn leave_room(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let (place, talk) = room_of(&front, caller.agent, &id)?;
    let place = deeds::remove(&front, &talk, &place)?;
    written_room(&front, &talk, &place)
}
