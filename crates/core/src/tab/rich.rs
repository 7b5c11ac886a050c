//! What tabs say to each other of messages that are more than a text or a file,
//! and of lists of conversations.

use crate::json::{Json, Writer};
use crate::model::{ConversationId, Rich, RichKind, Room};
use crate::stored::{read_file, write_file};
use crate::time::Timestamp;

use super::wire::Items;

pub(super) fn write_rich(rich: &Rich, out: &mut Writer) {
    out.open();
    out.number(rich.kind as i64);
    out.text(&rich.text);
    out.open();
    for file in &rich.files {
        write_file(file, out);
    }
    out.close();
    out.bool(rich.answered);
    out.text(&rich.parts);
    out.close();
}

pub(super) fn write_rooms(rooms: &[Room], out: &mut Writer) {
    out.open();
    for room in rooms {
        out.open();
        out.text(&room.id.0);
        out.text(&room.title);
        out.text(&room.last);
        out.number(room.at.0);
        out.number(room.unread.into());
        out.close();
    }
    out.close();
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
