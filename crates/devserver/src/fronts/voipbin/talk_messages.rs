//! A talk's messages and reactions (contract 3.5).

use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;

use super::deeds;
use super::gate::Sent;
use super::legacy::{Answer, Who};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::sending::{said, sending, words};
use super::talk::{own, readable, shapes};
use super::{Front, VoipBin};
use crate::store::{Talk, Word};

const NO_MESSAGE: Failure = Failure::NotFound("MESSAGE_NOT_FOUND");

#[derive(Deserialize)]
pub(super) struct NewMessage {
    chat_id: String,
    #[serde(rename = "type")]
    kind: String,
    text: String,
    #[serde(default)]
    parent_id: Option<String>,
    #[serde(default)]
    medias: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct NewReaction {
    emoji: String,
}

/// `GET talk_messages`: deleted ones as well.
pub(super) async fn list(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let id = query
        .get("chat_id")
        .ok_or(Failure::Invalid("chat_id is required."))?;
    let talk = readable(&front, caller.agent, id)?;
    let words = words(&front, &talk, before, |_| true)?;
    let shapes = shapes(&switches);
    let row = |word: &Word| Ok(shapes.message(word));
    pages::page(shapes, before, &words, |word| word.created, row)
}

/// `POST talk_messages`
pub(super) async fn send(
    State(front): State<Front>,
    Extension(caller): Who,
    Sent(body): Sent<NewMessage>,
) -> Response {
    sending(&front, || {
        let (talk, _) = own(&front, caller.agent, &body.chat_id)?;
        if !matches!(body.kind.as_str(), "normal" | "system") {
            return Err(Failure::Invalid("type is normal or system."));
        }
        if let Some(parent) = &body.parent_id {
            let parent = front
                .chat
                .with_store(|store| store.voipbin_word_of_id(parent))?;
            parent
                .filter(|parent| parent.conversation == talk.conversation)
                .ok_or(Failure::NotFound("PARENT_NOT_FOUND"))?;
        }
        let said = said(&body.kind, body.text, body.medias, body.parent_id)?;
        let word = deeds::post(&front, &talk, caller.agent, said)?;
        let switches = front.switches.read().voipbin;
        Ok((talk, shapes(&switches).message(&word)))
    })
    .await
}

fn find(front: &VoipBin, agent: i64, id: &str) -> Result<(Talk, Word), Failure> {
    let word = front
        .chat
        .with_store(|store| store.voipbin_word_of_id(id))?
        .ok_or(NO_MESSAGE)?;
    let talk = readable(front, agent, &word.conversation.0).map_err(|_| NO_MESSAGE)?;
    Ok((talk, word))
}

/// `GET talk_messages/{id}`
pub(super) async fn one(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (_, word) = find(&front, caller.agent, &id)?;
    Ok(Json(shapes(&switches).message(&word)))
}

/// `DELETE talk_messages/{id}`: the caller's own, and once.
pub(super) async fn delete(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (_, word) = find(&front, caller.agent, &id)?;
    if word.agent != caller.agent {
        return Err(Failure::Denied);
    }
    if word.deleted.is_some() {
        return Err(NO_MESSAGE);
    }
    let word = deeds::unsay(&front, &word)?;
    Ok(Json(shapes(&switches).message(&word)))
}

/// `POST talk_messages/{id}/reactions`
pub(super) async fn react(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
    Sent(reaction): Sent<NewReaction>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (talk, word) = find(&front, caller.agent, &id)?;
    if reaction.emoji.is_empty() {
        return Err(Failure::Invalid("emoji is required."));
    }
    own(&front, caller.agent, &talk.conversation.0)?;
    let word = deeds::react(&front, &talk, word, caller.agent, &reaction.emoji)?;
    Ok(Json(shapes(&switches).message(&word)))
}
