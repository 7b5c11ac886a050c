//! What both generations share of sending and reading messages.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::deeds::{self, Said};
use super::refusals::Failure;
use super::{VoipBin, peer};
use crate::fronts::silence;
use crate::store::{Before, Talk, Word};
use crate::switches::onesmile::NoAnswer;
use crate::switches::voipbin::SendResult;

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
