//! What tabs say to each other of messages that are more than a text or a file,
//! and of lists of conversations.

use crate::json::Json;
use crate::model::{ConversationId, Rich, RichKind, Room};
use crate::stored::{read_file, write_file};
use crate::time::Timestamp;

use super::wire::{Items, list, number, text};

pub(super) fn write_rich(rich: &Rich) -> Json {
    list([
        number(rich.kind as u8),
        text(&rich.text),
        Json::List(rich.files.iter().map(write_file).collect()),
        rich.answered.into(),
        text(&rich.parts),
    ])
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
        files: it.list()?.iter().map(read_file).collect::<Option<_>>()?,
        answered: it.bool()?,
        parts: it.text()?,
    })
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
