//! Talks and their participants (contract 3.5).

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deeds::{self, Plan};
use super::gate::{Era, Sent};
use super::legacy::{Answer, Who, places_of};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::shapes::Shapes;
use super::{Front, VoipBin, agents};
use crate::model::{ConversationKey, Micros};
use crate::store::{Place, Talk};
use crate::switches::voipbin::VoipBinSwitches;

const NO_CHAT: Failure = Failure::NotFound("CHAT_NOT_FOUND");

#[derive(Deserialize)]
pub(super) struct NewTalk {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    participants: Vec<Member>,
}

/// An agent who shall be in.
#[derive(Deserialize)]
pub(super) struct Member {
    owner_type: String,
    owner_id: String,
}

#[derive(Deserialize)]
pub(super) struct Names {
    #[serde(default)]
    name: String,
    #[serde(default)]
    detail: String,
}

/// Writes in the manner of this generation.
pub(super) fn shapes(switches: &VoipBinSwitches) -> Shapes<'_> {
    Shapes {
        switches,
        era: Era::Talk,
    }
}

impl Member {
    fn number(&self) -> Result<i64, Failure> {
        agents::number(&self.owner_id)
            .filter(|_| self.owner_type == "agent")
            .ok_or(Failure::Invalid("There is no such agent."))
    }
}

/// A talk that the agent may read: one that the agent is in, or a public one.
pub(super) fn readable(front: &VoipBin, agent: i64, id: &str) -> Result<Talk, Failure> {
    let key = ConversationKey(id.to_owned());
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&key))?
        .filter(|talk| talk.deleted.is_none())
        .ok_or(NO_CHAT)?;
    if talk.kind == "talk" || deeds::place_of(front, &key, agent)?.is_some() {
        Ok(talk)
    } else {
        Err(NO_CHAT)
    }
}

/// A talk that the agent may write to and change.
pub(super) fn own(front: &VoipBin, agent: i64, id: &str) -> Result<(Talk, Place), Failure> {
    let talk = readable(front, agent, id)?;
    let place = deeds::place_of(front, &talk.conversation, agent)?;
    place.map(|place| (talk, place)).ok_or(Failure::Denied)
}

fn written(front: &VoipBin, talk: &Talk) -> Result<Value, Failure> {
    let switches = front.switches.read().voipbin;
    let members = deeds::places(front, &talk.conversation)?.len();
    Ok(shapes(&switches).talk(talk, members))
}

fn page(front: &VoipBin, talks: Vec<Talk>, query: &Asked) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, query);
    let created: fn(&Talk) -> Micros = |talk| talk.created;
    let talks = pages::cut(talks, before, created);
    let row = |talk: &Talk| written(front, talk);
    pages::page(shapes(&switches), before, &talks, created, row)
}

/// `GET talk_chats`: those that the caller is in.
pub(super) async fn joined(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let talks = places_of(&front, caller.agent)?;
    page(
        &front,
        talks.into_iter().map(|(_, talk)| talk).collect(),
        &query,
    )
}

/// `GET talk_channels`: all public ones.
pub(super) async fn channels(State(front): State<Front>, query: Asked) -> Answer {
    let mut talks = front.chat.with_store(|store| store.voipbin_talks())?;
    talks.retain(|talk| talk.kind == "talk");
    page(&front, talks, &query)
}

/// `POST talk_chats`
pub(super) async fn create(
    State(front): State<Front>,
    Extension(caller): Who,
    Sent(body): Sent<NewTalk>,
) -> Answer {
    if !matches!(body.kind.as_str(), "direct" | "group" | "talk") {
        return Err(Failure::Invalid("type is direct, group or talk."));
    }
    let mut participants = vec![caller.agent];
    for member in &body.participants {
        let number = member.number()?;
        if !participants.contains(&number) {
            participants.push(number);
        }
    }
    if body.kind == "direct" && participants.len() != 2 {
        return Err(Failure::Invalid("A direct chat is with one other agent."));
    }
    let plan = Plan {
        kind: body.kind,
        name: body.name,
        detail: body.detail,
        owner: caller.agent,
        participants,
    };
    let talk = deeds::open_as(&front, caller.agent, plan)?;
    written(&front, &talk).map(Json)
}

/// `GET talk_chats/{id}`
pub(super) async fn one(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let talk = readable(&front, caller.agent, &id)?;
    written(&front, &talk).map(Json)
}

/// `PUT talk_chats/{id}`
pub(super) async fn rename(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(names): Sent<Names>,
) -> Answer {
    let (talk, _) = own(&front, caller.agent, &id)?;
    let talk = deeds::rename(&front, talk, &names.name, &names.detail)?;
    written(&front, &talk).map(Json)
}

/// `DELETE talk_chats/{id}`
pub(super) async fn delete(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let (talk, _) = own(&front, caller.agent, &id)?;
    let talk = deeds::delete(&front, &talk)?;
    written(&front, &talk).map(Json)
}

/// `POST talk_chats/{id}/join`
pub(super) async fn join(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let talk = readable(&front, caller.agent, &id)?;
    if talk.kind != "talk" {
        return Err(Failure::State("CHAT_NOT_PUBLIC"));
    }
    let switches = front.switches.read().voipbin;
    let place = deeds::add(&front, &talk, caller.agent)?;
    Ok(Json(shapes(&switches).participant(&place)))
}

/// `GET talk_chats/{id}/participants`: a list without an envelope.
pub(super) async fn participants(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let talk = readable(&front, caller.agent, &id)?;
    let places = deeds::places(&front, &talk.conversation)?;
    let rows: Vec<_> = places
        .iter()
        .map(|place| shapes(&switches).participant(place))
        .collect();
    Ok(Json(json!(rows)))
}

/// `POST talk_chats/{id}/participants`
pub(super) async fn add_participant(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(member): Sent<Member>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (talk, _) = own(&front, caller.agent, &id)?;
    if talk.kind == "direct" {
        return Err(Failure::State("CHAT_IS_DIRECT"));
    }
    let place = deeds::add(&front, &talk, member.number()?)?;
    Ok(Json(shapes(&switches).participant(&place)))
}

/// `DELETE talk_chats/{id}/participants/{participant}`
pub(super) async fn remove_participant(
    State(front): State<Front>,
    Extension(caller): Who,
    Path((id, participant)): Path<(String, String)>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (talk, _) = own(&front, caller.agent, &id)?;
    let places = deeds::places(&front, &talk.conversation)?;
    let place = places
        .iter()
        .find(|place| place.id == participant)
        .ok_or(Failure::NotFound("PARTICIPANT_NOT_FOUND"))?;
    let place = deeds::remove(&front, &talk, place)?;
    Ok(Json(shapes(&switches).participant(&place)))
}
