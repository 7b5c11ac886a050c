//! Messages of the first generation: one in the chat, a copy of it in every
//! participant's room (contract 3.2).

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;

use super::deeds;
use super::gate::Sent;
use super::legacy::{Answer, Who, require_manager, room_of, shapes, talk_of};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::sending::{said, sending, words};
use super::shapes::copied_at;
use super::{Front, VoipBin, agents};
use crate::model::Micros;
use crate::store::{Before, Place, Word, WordCopy};

#[derive(Deserialize)]
pub(super) struct ToChat {
    chat_id: String,
    source: Source,
    #[serde(rename = "type")]
    kind: String,
    text: String,
    #[serde(default)]
    medias: Option<Value>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "type")]
    kind: String,
    target: String,
}

#[derive(Deserialize)]
pub(super) struct ToRoom {
    chatroom_id: String,
    text: String,
    #[serde(default)]
    medias: Option<Value>,
}

/// `POST /chatmessages`
pub(super) async fn to_chat(
    State(front): State<Front>,
    Extension(caller): Who,
    uri: Uri,
    Sent(body): Sent<ToChat>,
) -> Response {
    sending(&front, || {
        require_manager(&front, &uri)?;
        let talk = talk_of(&front, caller.agent, &body.chat_id)?;
        let speaker = agents::number(&body.source.target);
        let speaker = speaker.filter(|_| body.source.kind == "agent");
        let speaker = speaker.ok_or(Failure::Invalid("The source is no agent."))?;
        if !matches!(body.kind.as_str(), "normal" | "system") {
            return Err(Failure::Invalid("type is normal or system."));
        }
        let said = said(&body.kind, body.text, body.medias, None)?;
        let word = deeds::post(&front, &talk, speaker, said)?;
        let switches = front.switches.read().voipbin;
        Ok((talk, shapes(&switches).chat_message(&word)))
    })
    .await
}

/// `POST /chatroommessages`. Under `/service_agents` `medias` is required.
pub(super) async fn to_room(
    State(front): State<Front>,
    Extension(caller): Who,
    uri: Uri,
    Sent(body): Sent<ToRoom>,
) -> Response {
    sending(&front, || {
        require_manager(&front, &uri)?;
        if uri.path().starts_with("/v1.0/service_agents/") && body.medias.is_none() {
            return Err(Failure::Invalid("medias is required."));
        }
        let (place, talk) = room_of(&front, caller.agent, &body.chatroom_id)?;
        let said = said("normal", body.text, body.medias, None)?;
        let word = deeds::post(&front, &talk, caller.agent, said)?;
        let copy = copy_in(&front, &word, &place)?.ok_or(Failure::Broken)?;
        let switches = front.switches.read().voipbin;
        let row = shapes(&switches).room_message(&word, &copy, caller.agent);
        Ok((talk, row))
    })
    .await
}

fn copy_in(front: &VoipBin, word: &Word, place: &Place) -> Result<Option<WordCopy>, Failure> {
    let copies = front
        .chat
        .with_store(|store| store.voipbin_copies(word.message))?;
    Ok(copies.into_iter().find(|copy| copy.room == place.room))
}

/// `GET /chatmessages`
pub(super) async fn in_chat(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let id = query
        .get("chat_id")
        .ok_or(Failure::Invalid("chat_id is required."))?;
    let talk = talk_of(&front, caller.agent, id)?;
    let words = words(&front, &talk, before, |word| word.deleted.is_none())?;
    let shapes = shapes(&switches);
    let row = |word: &Word| Ok(shapes.chat_message(word));
    pages::page(shapes, before, &words, |word| word.created, row)
}

/// `GET /chatroommessages`
pub(super) async fn in_room(
    State(front): State<Front>,
    Extension(caller): Who,
    query: Asked,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let before = pages::asked(&switches, &query);
    let id = query
        .get("chatroom_id")
        .ok_or(Failure::Invalid("chatroom_id is required."))?;
    let (place, talk) = room_of(&front, caller.agent, id)?;
    // Copies are later than their messages, so the page is cut by theirs.
    let any_time = Before {
        moment: Micros(i64::MAX),
        size: u32::MAX,
    };
    let mut found = Vec::new();
    for word in words(&front, &talk, any_time, |word| word.deleted.is_none())? {
        let copy = copy_in(&front, &word, &place)?.filter(|copy| copy.deleted.is_none());
        found.extend(copy.map(|copy| (word, copy)));
    }
    let copied: fn(&(Word, WordCopy)) -> Micros = |(word, _)| copied_at(word);
    let found = pages::cut(found, before, copied);
    let shapes = shapes(&switches);
    pages::page(shapes, before, &found, copied, |(word, copy)| {
        Ok(shapes.room_message(word, copy, caller.agent))
    })
}

fn word_of(front: &VoipBin, agent: i64, id: &str) -> Result<Word, Failure> {
    const NO_MESSAGE: Failure = Failure::NotFound("MESSAGE_NOT_FOUND");
    let word = front
        .chat
        .with_store(|store| store.voipbin_word_of_id(id))?
        .ok_or(NO_MESSAGE)?;
    talk_of(front, agent, &word.conversation.0).map_err(|_| NO_MESSAGE)?;
    Ok(word)
}

/// `GET /chatmessages/{id}`
pub(super) async fn one(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let word = word_of(&front, caller.agent, &id)?;
    Ok(Json(shapes(&switches).chat_message(&word)))
}

/// `DELETE /chatmessages/{id}`: gone for everybody.
pub(super) async fn delete(
    State(front): State<Front>,
    Extension(caller): Who,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    require_manager(&front, &uri)?;
    let switches = front.switches.read().voipbin;
    let word = word_of(&front, caller.agent, &id)?;
    let word = deeds::unsay(&front, &word)?;
    Ok(Json(shapes(&switches).chat_message(&word)))
}

fn copy_of(front: &VoipBin, agent: i64, id: &str) -> Result<(WordCopy, Word), Failure> {
    const NO_MESSAGE: Failure = Failure::NotFound("MESSAGE_NOT_FOUND");
    let (copy, word) = front
        .chat
        .with_store(|store| store.voipbin_copy(id))?
        .ok_or(NO_MESSAGE)?;
    room_of(front, agent, &copy.room).map_err(|_| NO_MESSAGE)?;
    Ok((copy, word))
}

/// `GET /chatroommessages/{id}`
pub(super) async fn one_copy(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (copy, word) = copy_of(&front, caller.agent, &id)?;
    Ok(Json(shapes(&switches).room_message(
        &word,
        &copy,
        caller.agent,
    )))
}

/// `DELETE /chatroommessages/{id}`: gone for the caller alone.
pub(super) async fn delete_copy(
    State(front): State<Front>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Answer {
    let switches = front.switches.read().voipbin;
    let (copy, word) = copy_of(&front, caller.agent, &id)?;
    let copy = deeds::delete_copy(&front, &word, copy)?;
    Ok(Json(shapes(&switches).room_message(
        &word,
        &copy,
        caller.agent,
    )))
}
