//! What can be done to a chat, whichever generation of the API asks for it.
//! Each deed stores first and then tells the sockets.

use serde_json::{Value, json};

use super::events::{self, Happened};
use super::refusals::Failure;
use super::{VoipBin, agents};
use crate::chat::Refusal;
use crate::console::AT_CONSOLE;
use crate::model::{Conversation, ConversationKey, Draft, Message, Micros, Party, VisitorId};
use crate::script;
use crate::store::{Place, Spacing, StoreError, Talk, Word, WordCopy};
use crate::switches::voipbin::SameMicrosecond;

/// A chat that shall be.
pub(super) struct Plan {
    /// See [`Talk::kind`].
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) owner: i64,
    /// The numbers of all agents in it, in the order of joining.
    pub(super) participants: Vec<i64>,
}

/// What an agent says.
pub(super) struct Said {
    /// `normal`, `system`, or nothing.
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) medias: Value,
    pub(super) parent: Option<String>,
}

/// An agent begins a chat that is the agent's own.
pub(super) fn open_as(front: &VoipBin, agent: i64, plan: Plan) -> Result<Talk, StoreError> {
    let visitor = VisitorId(agent);
    open(front, visitor, Party::Visitor(visitor), plan)
}

/// Opens a chat that belongs to a visitor.
pub(super) fn open(
    front: &VoipBin,
    visitor: VisitorId,
    by: Party,
    plan: Plan,
) -> Result<Talk, StoreError> {
    let conversation = front.chat.open(visitor, by, None)?;
    furnish(front, &conversation, plan)
}

fn furnish(front: &VoipBin, conversation: &Conversation, plan: Plan) -> Result<Talk, StoreError> {
    let now = Micros::now();
    let talk = Talk {
        conversation: conversation.key.clone(),
        kind: plan.kind,
        name: plan.name,
        detail: plan.detail,
        owner: plan.owner,
        created: now,
        updated: None,
        deleted: None,
    };
    front.chat.with_store(|store| {
        store.voipbin_save_talk(&talk)?;
        plan.participants
            .iter()
            .try_for_each(|agent| store.voipbin_save_place(&new_place(&talk, *agent, now)))
    })?;
    events::tell(front, &talk, &Happened::TalkCreated)?;
    Ok(talk)
}

/// Makes a chat of every conversation that the person at the console started
/// with this agent: staff's first agent and the agent are in it.
pub(super) fn adopt(front: &VoipBin, conversation: &Conversation) -> Result<(), StoreError> {
    let by_console = conversation.started_by == Party::Staff(AT_CONSOLE);
    let is_ours = agents::OURS.contains(&conversation.visitor.0);
    let known = front
        .chat
        .with_store(|store| store.voipbin_talk(&conversation.key))?;
    if !by_console || !is_ours || known.is_some() {
        return Ok(());
    }
    let plan = Plan {
        kind: "direct".to_owned(),
        name: String::new(),
        detail: String::new(),
        owner: agents::STAFF.start,
        participants: vec![agents::STAFF.start, conversation.visitor.0],
    };
    furnish(front, conversation, plan).map(|_| ())
}

/// The places in a chat.
pub(super) fn places(front: &VoipBin, key: &ConversationKey) -> Result<Vec<Place>, StoreError> {
    front.chat.with_store(|store| store.voipbin_places(key))
}

/// The agent's place in a chat, if there is one.
pub(super) fn place_of(
    front: &VoipBin,
    key: &ConversationKey,
    agent: i64,
) -> Result<Option<Place>, StoreError> {
    let places = places(front, key)?;
    Ok(places.into_iter().find(|place| place.agent == agent))
}

/// Gives a chat, and everybody's room of it, another name.
pub(super) fn rename(
    front: &VoipBin,
    mut talk: Talk,
    name: &str,
    detail: &str,
) -> Result<Talk, StoreError> {
    let now = Micros::now();
    (talk.name, talk.detail) = (name.to_owned(), detail.to_owned());
    talk.updated = Some(now);
    let places = places(front, &talk.conversation)?;
    front.chat.with_store(|store| {
        store.voipbin_save_talk(&talk)?;
        places.into_iter().try_for_each(|mut place| {
            (place.name, place.detail) = (name.to_owned(), detail.to_owned());
            place.updated = Some(now);
            store.voipbin_save_place(&place)
        })
    })?;
    events::tell(front, &talk, &Happened::TalkUpdated)?;
    Ok(talk)
}

/// Gives one agent's room another name.
pub(super) fn rename_room(
    front: &VoipBin,
    talk: &Talk,
    mut place: Place,
    name: String,
    detail: String,
) -> Result<Place, StoreError> {
    (place.name, place.detail) = (name, detail);
    place.updated = Some(Micros::now());
    front
        .chat
        .with_store(|store| store.voipbin_save_place(&place))?;
    events::tell(front, talk, &Happened::RoomUpdated(place.clone()))?;
    Ok(place)
}

/// Gives the say in a chat to another agent.
pub(super) fn set_owner(front: &VoipBin, mut talk: Talk, owner: i64) -> Result<Talk, StoreError> {
    talk.owner = owner;
    talk.updated = Some(Micros::now());
    front
        .chat
        .with_store(|store| store.voipbin_save_talk(&talk))?;
    events::tell(front, &talk, &Happened::TalkUpdated)?;
    Ok(talk)
}

/// Ends a chat for everybody.
pub(super) fn delete(front: &VoipBin, talk: &Talk) -> Result<Talk, Failure> {
    let closed = mark_deleted(front, talk)?;
    front.chat.close(&talk.conversation, None)?;
    Ok(closed)
}

/// Notes that a chat has ended, and tells of it. Once is enough.
pub(super) fn mark_deleted(front: &VoipBin, talk: &Talk) -> Result<Talk, StoreError> {
    let mut talk = talk.clone();
    if talk.deleted.is_some() {
        return Ok(talk);
    }
    let now = Some(Micros::now());
    (talk.updated, talk.deleted) = (now, now);
    front
        .chat
        .with_store(|store| store.voipbin_save_talk(&talk))?;
    events::tell(front, &talk, &Happened::TalkDeleted)?;
    Ok(talk)
}

/// Brings an agent into a chat; who is in already stays so.
pub(super) fn add(front: &VoipBin, talk: &Talk, agent: i64) -> Result<Place, StoreError> {
    if let Some(place) = place_of(front, &talk.conversation, agent)? {
        return Ok(place);
    }
    let place = new_place(talk, agent, Micros::now());
    front
        .chat
        .with_store(|store| store.voipbin_save_place(&place))?;
    events::tell(front, talk, &Happened::Joined(place.clone()))?;
    Ok(place)
}

/// Takes an agent out of a chat.
pub(super) fn remove(front: &VoipBin, talk: &Talk, place: &Place) -> Result<Place, StoreError> {
    let mut place = place.clone();
    let now = Some(Micros::now());
    (place.updated, place.gone) = (now, now);
    front
        .chat
        .with_store(|store| store.voipbin_save_place(&place))?;
    events::tell(front, talk, &Happened::Left(place.clone()))?;
    Ok(place)
}

/// An agent says something in a chat.
pub(super) fn post(front: &VoipBin, talk: &Talk, agent: i64, said: Said) -> Result<Word, Failure> {
    let conversation = front
        .chat
        .conversation(&talk.conversation)?
        .ok_or(Refusal::NoConversation)?;
    let sender = if conversation.visitor.0 == agent {
        Party::Visitor(conversation.visitor)
    } else {
        Party::Staff(script::ME)
    };
    let draft = draft(front, agent, said)?;
    let message = front.chat.post(&talk.conversation, sender, draft, None)?;
    Ok(word(front, &message)?)
}

/// A message as the store takes it. What has one file is that file, with the
/// text as its caption, so that the console shows it.
fn draft(front: &VoipBin, agent: i64, said: Said) -> Result<Draft, Failure> {
    let mut metadata = json!({"voipbin": {
        "agent": agent, "kind": said.kind, "medias": said.medias, "parent": said.parent,
    }});
    let first = &said.medias[0];
    let file = match first["file_id"].as_str() {
        Some(id) => front.chat.with_store(|store| store.voipbin_file(id))?,
        None => None,
    };
    let (name, url) = match (file, first["link_url"].as_str()) {
        (Some(file), _) => (file.name, file.url),
        (None, Some(link)) => {
            let name = link.rsplit('/').next().unwrap_or_default();
            (name.to_owned(), link.to_owned())
        }
        (None, None) => {
            return Ok(Draft {
                content_type: "TEXT".to_owned(),
                content: said.text,
                metadata: Some(metadata),
            });
        }
    };
    metadata["caption"] = json!(said.text);
    metadata["file"] = json!({"name": name});
    let ending = url.rsplit('.').next().unwrap_or_default();
    let content_type = match ending.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" => "IMAGE",
        "mp4" | "mov" | "webm" => "VIDEO",
        _ => "FILE",
    };
    Ok(Draft {
        content_type: content_type.to_owned(),
        content: url,
        metadata: Some(metadata),
    })
}

/// See [`crate::store::Store::voipbin_word`].
pub(super) fn word(front: &VoipBin, message: &Message) -> Result<Word, StoreError> {
    let spacing = match front.switches.read().voipbin.same_microsecond {
        SameMicrosecond::Off => Spacing::Apart,
        SameMicrosecond::On => Spacing::Same,
    };
    front
        .chat
        .with_store(|store| store.voipbin_word(message, spacing))
}

/// Takes a message back; the sockets hear of it by the chat's own news.
pub(super) fn unsay(front: &VoipBin, word: &Word) -> Result<Word, Failure> {
    let deleted = mark_unsaid(front, word)?;
    front.chat.unsend(word.message, None)?;
    Ok(deleted)
}

/// Notes that a message was taken back.
pub(super) fn mark_unsaid(front: &VoipBin, word: &Word) -> Result<Word, StoreError> {
    let mut word = word.clone();
    if word.deleted.is_none() {
        let now = Some(Micros::now());
        (word.updated, word.deleted) = (now, now);
        front
            .chat
            .with_store(|store| store.voipbin_save_word(&word))?;
    }
    Ok(word)
}

/// Takes one participant's copy of a message away.
pub(super) fn delete_copy(
    front: &VoipBin,
    word: &Word,
    mut copy: WordCopy,
) -> Result<WordCopy, StoreError> {
    let now = Micros::now();
    copy.deleted = Some(now);
    let talk = front.chat.with_store(|store| {
        store.voipbin_delete_copy(&copy.id, now)?;
        store.voipbin_talk(&word.conversation)
    })?;
    if let Some(talk) = talk {
        let gone = Happened::CopyDeleted(word.clone(), copy.clone());
        events::tell(front, &talk, &gone)?;
    }
    Ok(copy)
}

/// Adds an agent's reaction to a message, once for each sign.
pub(super) fn react(
    front: &VoipBin,
    talk: &Talk,
    mut word: Word,
    agent: i64,
    emoji: &str,
) -> Result<Word, StoreError> {
    let owner = agents::id(agent);
    let Value::Array(reactions) = &mut word.reactions else {
        return Ok(word);
    };
    let is_there = reactions
        .iter()
        .any(|reaction| reaction["emoji"] == emoji && reaction["owner_id"] == owner);
    if is_there {
        return Ok(word);
    }
    let now = Micros::now();
    reactions.push(json!({
        "emoji": emoji, "owner_type": "agent", "owner_id": owner,
        "tm_create": crate::fronts::moments::iso_short(now),
    }));
    word.updated = Some(now);
    front
        .chat
        .with_store(|store| store.voipbin_save_word(&word))?;
    events::tell(front, talk, &Happened::Reacted(word.clone()))?;
    Ok(word)
}

fn new_place(talk: &Talk, agent: i64, at: Micros) -> Place {
    Place {
        id: uuid::Uuid::new_v4().to_string(),
        room: uuid::Uuid::new_v4().to_string(),
        conversation: talk.conversation.clone(),
        agent,
        name: talk.name.clone(),
        detail: talk.detail.clone(),
        joined: at,
        updated: None,
        gone: None,
    }
}
