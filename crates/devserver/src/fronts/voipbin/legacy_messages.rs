//! Messages of the first generation: one in the chat, a copy of it in every
//! participant's room (contract 3.2).

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deeds::{self, Said};
use super::gate::Sent;
use super::legacy::{Answer, Who, require_manager, room_of, shapes, talk_of};
use super::pages::{self, Asked};
use super::refusals::Failure;
use super::shapes::copied_at;
use super::{Front, VoipBin, agents, peer};
use crate::fronts::silence;
use crate::model::Micros;
use crate::store::{Before, Place, Talk, Word, WordCopy};
use crate::switches::onesmile::NoAnswer;
use crate::switches::voipbin::SendResult;

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

/// Does the sending as the `send_result` switch has it, then lets the peer act.
pub(super) async fn sending(
    front: &VoipBin,
    send: impl FnOnce() -> Result<(Talk, Value), Failure>,
) -> Response {
    let switches = front.switches.read().voipbin;
    let (result, _) = front
        .switches
        .take(|switches| switches.voipbin.send_result.take(None));
    match result {
        SendResult::Lost => return no_answer(switches.no_answer).await,
        SendResult::Role400 => return Failure::Denied.into_response(),
        SendResult::Ok
        | SendResult::StoredBut400
        | SendResult::StoredButNoAnswer
        | SendResult::Slow => {}
    }
    let sent = send().and_then(|(talk, row)| {
        let (act, _) = front
            .switches
            .take(|switches| switches.voipbin.peer.take(None));
        peer::act(front, &talk, act)?;
        Ok(row)
    });
    match result {
        SendResult::StoredBut400 => {
            return Failure::Invalid("The room's copy was not found.").into_response();
        }
        SendResult::StoredButNoAnswer => return no_answer(switches.no_answer).await,
        SendResult::Slow => tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await,
        SendResult::Ok | SendResult::Lost | SendResult::Role400 => {}
    }
    match sent {
        Ok(row) => Json(row).into_response(),
        Err(failure) => failure.into_response(),
    }
}

async fn no_answer(kind: NoAnswer) -> Response {
    match kind {
        NoAnswer::Hang => silence::hang().await,
        NoAnswer::Break => silence::broken(),
    }
}

/// A list of medias, also where none was sent. There must be something to say.
pub(super) fn said(
    kind: &str,
    text: String,
    medias: Option<Value>,
    parent: Option<String>,
) -> Result<Said, Failure> {
    let medias = match medias {
        None | Some(Value::Null) => json!([]),
        Some(Value::Array(list)) => json!(list),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return Err(Failure::Invalid("medias is a list."));
        }
    };
    if text.is_empty() && medias == json!([]) {
        return Err(Failure::Invalid("There is nothing to send."));
    }
    Ok(Said {
        kind: kind.to_owned(),
        text,
        medias,
        parent,
    })
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

/// Messages of a chat older than a moment that meet a condition, the newest
/// first.
pub(super) fn words(
    front: &VoipBin,
    talk: &Talk,
    before: Before,
    keeps: impl Fn(&Word) -> bool,
) -> Result<Vec<Word>, Failure> {
    for message in front.chat.messages_in(&talk.conversation)? {
        deeds::word(front, &message)?;
    }
    let all = Before {
        size: u32::MAX,
        ..before
    };
    let mut words = front
        .chat
        .with_store(|store| store.voipbin_words(&talk.conversation, all))?;
    words.retain(keeps);
    words.truncate(usize::try_from(before.size).unwrap_or(usize::MAX));
    Ok(words)
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
    let rows = words
        .iter()
        .map(|word| shapes(&switches).chat_message(word))
        .collect();
    let last = words.last().map(|word| word.created);
    Ok(Json(pages::envelope(shapes(&switches), before, rows, last)))
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
    let found = pages::cut(found, before, |(word, _)| copied_at(word));
    let rows = found
        .iter()
        .map(|(word, copy)| shapes(&switches).room_message(word, copy, caller.agent))
        .collect();
    let last = found.last().map(|(word, _)| copied_at(word));
    Ok(Json(pages::envelope(shapes(&switches), before, rows, last)))
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
