//! Events: what sockets hear unasked (contract 3.4). Each is published on a
//! topic of the old form and on one of the new, to each agent whom it concerns.

use tokio::sync::mpsc::UnboundedReceiver;

use super::delivery::{Published, publish, published};
use super::{CUSTOMER, Front, VoipBin, agents, deeds, legacy, talk, webchat};
use crate::chat::{Event, News};
use crate::model::{Conversation, Message};
use crate::store::{Place, StoreError, Talk, Word, WordCopy};
use crate::switches::voipbin::{Dialect, EventNames, SocketShape, VoipBinSwitches};

/// What happened to a chat.
pub(super) enum Happened {
    /// There is a new chat.
    TalkCreated,
    /// It has another name or owner.
    TalkUpdated,
    /// It is gone.
    TalkDeleted,
    /// One agent's room has another name.
    RoomUpdated(Place),
    /// An agent came in.
    Joined(Place),
    /// An agent is out.
    Left(Place),
    /// Somebody said something.
    Said(Word),
    /// A message was taken back.
    Unsaid(Word),
    /// One agent deleted a copy of a message.
    CopyDeleted(Word, WordCopy),
    /// A message has one more reaction.
    Reacted(Word),
}

/// Passes the chat's news on to the sockets until no more can come.
pub(crate) async fn run(front: Front, mut news: UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        if agents::OURS.contains(&news.visitor.0) {
            // What cannot be read now is read by the client's next request.
            let _ = pass_on(&front, &news);
        } else if webchat::GUESTS.contains(&news.visitor.0) {
            let _ = webchat::pass_on(&front, &news);
        }
    }
}

fn pass_on(front: &VoipBin, news: &News) -> Result<(), StoreError> {
    match &news.event {
        Event::Opened(conversation) => deeds::adopt(front, conversation),
        Event::Changed(conversation) => note_end(front, conversation),
        Event::Posted(message) => about(front, message, Happened::Said),
        Event::Unsent(message) => {
            let word = deeds::word(front, message)?;
            deeds::mark_unsaid(front, &word)?;
            about(front, message, Happened::Unsaid)
        }
        Event::Arrived | Event::Seen(_) | Event::Revised(_) | Event::Typing(..) => Ok(()),
    }
}

fn note_end(front: &VoipBin, conversation: &Conversation) -> Result<(), StoreError> {
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&conversation.key))?;
    match talk {
        Some(talk) if conversation.closed => deeds::mark_deleted(front, &talk).map(|_| ()),
        Some(_) | None => Ok(()),
    }
}

fn about(
    front: &VoipBin,
    message: &Message,
    happened: fn(Word) -> Happened,
) -> Result<(), StoreError> {
    let talk = front
        .chat
        .with_store(|store| store.voipbin_talk(&message.conversation))?;
    let Some(talk) = talk else { return Ok(()) };
    let word = deeds::word(front, message)?;
    tell(front, &talk, &happened(word))
}

/// Tells all sockets whom it concerns, in each generation that is there.
pub(super) fn tell(front: &VoipBin, talk: &Talk, happened: &Happened) -> Result<(), StoreError> {
    let switches = front.switches.read().voipbin;
    let (legacy, talks) = match switches.dialect {
        Dialect::Legacy => (true, false),
        Dialect::Talk | Dialect::LegacyRemoved => (false, true),
        Dialect::Webchat => (false, false),
        Dialect::All => (true, true),
    };
    let places = deeds::places(front, &talk.conversation)?;
    if legacy {
        for event in legacy_events(front, &switches, talk, &places, happened)? {
            publish(front, &switches, SocketShape::Wrapped, &event);
        }
    }
    if talks {
        for event in talk_events(&switches, talk, &places, happened) {
            publish(front, &switches, SocketShape::Bare, &event);
        }
    }
    Ok(())
}

fn legacy_events(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    talk: &Talk,
    places: &[Place],
    happened: &Happened,
) -> Result<Vec<Published>, StoreError> {
    let writer = legacy::shapes(switches);
    let chat = |name| {
        let resource = writer.chat(talk, places);
        published(
            "customer_id",
            CUSTOMER,
            ("chat", "webhook"),
            name,
            &talk.conversation.0,
            resource,
        )
    };
    let room = |name, place: &Place| {
        let resource = writer.room(talk, place, places);
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("chatroom", "webhook"),
            name,
            &place.room,
            resource,
        )
    };
    let rooms = |name| places.iter().map(move |place| room(name, place));
    Ok(match happened {
        Happened::TalkCreated => std::iter::once(chat("chat_created"))
            .chain(rooms("chatroom_created"))
            .collect(),
        Happened::TalkUpdated => std::iter::once(chat("chat_updated"))
            .chain(rooms("chatroom_updated"))
            .collect(),
        Happened::TalkDeleted => std::iter::once(chat("chat_deleted"))
            .chain(rooms("chatroom_deleted"))
            .collect(),
        Happened::RoomUpdated(place) => vec![room("chatroom_updated", place)],
        Happened::Joined(place) => {
            let others = places.iter().filter(|other| other.id != place.id);
            std::iter::once(room("chatroom_created", place))
                .chain(others.map(|other| room("chatroom_updated", other)))
                .collect()
        }
        Happened::Left(place) => std::iter::once(room("chatroom_deleted", place))
            .chain(rooms("chatroom_updated"))
            .collect(),
        Happened::Said(word) => message_events(
            front,
            switches,
            word,
            ["messagechat_created", "messagechatroom_created"],
        )?,
        Happened::Unsaid(word) => message_events(
            front,
            switches,
            word,
            ["messagechat_deleted", "messagechatroom_deleted"],
        )?,
        Happened::CopyDeleted(word, copy) => {
            copy_event(front, switches, word, copy, "messagechatroom_deleted")?
                .into_iter()
                .collect()
        }
        // Reactions are newer than this generation.
        Happened::Reacted(_) => Vec::new(),
    })
}

fn message_events(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    word: &Word,
    [in_chat, in_room]: [&'static str; 2],
) -> Result<Vec<Published>, StoreError> {
    let resource = legacy::shapes(switches).chat_message(word);
    let services = ("messagechat", "webhook");
    let mut events = vec![published(
        "customer_id",
        CUSTOMER,
        services,
        in_chat,
        &word.id,
        resource,
    )];
    let copies = front
        .chat
        .with_store(|store| store.voipbin_copies(word.message))?;
    for copy in &copies {
        events.extend(copy_event(front, switches, word, copy, in_room)?);
    }
    Ok(events)
}

fn copy_event(
    front: &VoipBin,
    switches: &VoipBinSwitches,
    word: &Word,
    copy: &WordCopy,
    name: &'static str,
) -> Result<Option<Published>, StoreError> {
    let place = front
        .chat
        .with_store(|store| store.voipbin_room(&copy.room))?;
    Ok(place.map(|place| {
        let resource = legacy::shapes(switches).room_message(word, copy, place.agent);
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("messagechatroom", "webhook"),
            name,
            &copy.id,
            resource,
        )
    }))
}

fn talk_events(
    switches: &VoipBinSwitches,
    talk: &Talk,
    places: &[Place],
    happened: &Happened,
) -> Vec<Published> {
    let writer = talk::shapes(switches);
    let is_new = switches.ws_event_names == EventNames::New;
    let named = |new, old| if is_new { new } else { old };
    let (name, resource) = match happened {
        Happened::TalkCreated => ("chat_created", writer.talk(talk, places.len())),
        Happened::TalkUpdated => ("chat_updated", writer.talk(talk, places.len())),
        Happened::TalkDeleted => ("chat_deleted", writer.talk(talk, places.len())),
        Happened::Joined(place) => (
            named("chatparticipant_added", "participant_added"),
            writer.participant(place),
        ),
        Happened::Left(place) => (
            named("chatparticipant_removed", "participant_removed"),
            writer.participant(place),
        ),
        Happened::Said(word) => (
            named("chatmessage_created", "message_created"),
            writer.message(word),
        ),
        Happened::Unsaid(word) => (
            named("chatmessage_deleted", "message_deleted"),
            writer.message(word),
        ),
        Happened::Reacted(word) => (
            named("chatmessage_reaction_updated", "message_reaction_updated"),
            writer.message(word),
        ),
        // Rooms are older than this generation.
        Happened::RoomUpdated(_) | Happened::CopyDeleted(..) => return Vec::new(),
    };
    // Whoever left hears of it as well.
    let gone = if let Happened::Left(place) = happened {
        Some(place)
    } else {
        None
    };
    let to = |place: &Place| {
        let owner = agents::id(place.agent);
        published(
            "agent_id",
            &owner,
            ("chat", "talk"),
            name,
            &talk.conversation.0,
            resource.clone(),
        )
    };
    places.iter().chain(gone).map(to).collect()
}
