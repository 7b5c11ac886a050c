//! What tabs say to each other of messages that are more than a text or a file,
//! and of lists of conversations.

use crate::json::Json;
use crate::model::{ConversationId, Item, Rich, RichKind, Room};
use crate::stored::{read_file, write_file};
use crate::time::Timestamp;

use super::wire::{Items, list, number, text};

pub(super) fn write_rich(rich: &Rich) -> Json {
    list([
        number(rich.kind as u8),
        text(&rich.text),
        text(&rich.label),
        Json::List(rich.files.iter().map(write_file).collect()),
        Json::List(rich.items.iter().map(write_item).collect()),
        write_pairs(&rich.answer),
    ])
}

fn write_item(item: &Item) -> Json {
    list([
        text(&item.title),
        text(&item.text),
        text(&item.value),
        text(&item.url),
        text(&item.image),
        text(&item.kind),
        text(&item.hint),
        text(&item.pattern),
        text(&item.error),
        item.required.into(),
        Json::List(item.items.iter().map(write_item).collect()),
    ])
}

pub(super) fn write_pairs(pairs: &[(String, String)]) -> Json {
    let pairs = pairs.iter();
    Json::List(
        pairs
            .map(|(name, value)| list([text(name), text(value)]))
            .collect(),
    )
}

pub(super) fn write_rooms(rooms: &[Room]) -> Json {
    let write = |room: &Room| {
        list([
            text(&room.id.0),
            text(&room.title),
            text(&room.last),
            number(room.at.0),
            number(room.unread),
        ])
    };
    Json::List(rooms.iter().map(write).collect())
}

pub(super) fn read_rich(json: &Json) -> Option<Rich> {
    let mut it = Items::of(json)?;
    Some(Rich {
        kind: it.one_of(&RichKind::ALL)?,
        text: it.text()?,
        label: it.text()?,
        files: it.list()?.iter().map(read_file).collect::<Option<_>>()?,
        items: it.list()?.iter().map(read_item).collect::<Option<_>>()?,
        answer: read_pairs(it.next()?)?,
    })
}

fn read_item(json: &Json) -> Option<Item> {
    let mut it = Items::of(json)?;
    Some(Item {
        title: it.text()?,
        text: it.text()?,
        value: it.text()?,
        url: it.text()?,
        image: it.text()?,
        kind: it.text()?,
        hint: it.text()?,
        pattern: it.text()?,
        error: it.text()?,
        required: it.bool()?,
        items: it.list()?.iter().map(read_item).collect::<Option<_>>()?,
    })
}

pub(super) fn read_pairs(json: &Json) -> Option<Vec<(String, String)>> {
    let read = |pair: &Json| {
        let mut it = Items::of(pair)?;
        Some((it.text()?, it.text()?))
    };
    json.as_list()?.iter().map(read).collect()
}

pub(super) fn read_rooms(json: &Json) -> Option<Vec<Room>> {
    let read = |room: &Json| {
        let mut it = Items::of(room)?;
        Some(Room {
            id: ConversationId(it.text()?),
            title: it.text()?,
            last: it.text()?,
            at: Timestamp(it.int()?),
            unread: it.number()?,
        })
    };
    json.as_list()?.iter().map(read).collect()
}
