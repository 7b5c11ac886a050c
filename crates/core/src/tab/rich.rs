//! What tabs say to each other of messages that are more than a text or a file,
//! and of lists of conversations.

use crate::json::Writer;
use crate::model::{ConversationId, Rich, RichKind, Room};
use crate::stored::write_file;
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

pub(super) fn read_rich(mut it: Items<'_>) -> Rich {
    Rich {
        kind: it.one_of(&RichKind::ALL),
        text: it.text(),
        files: it.files(),
        answered: it.bool(),
        parts: it.text(),
    }
}

/// The list that comes next, if there is one.
pub(super) fn read_rooms(it: &mut Items<'_>) -> Option<Vec<Room>> {
    it.has_more().then(|| {
        it.all(|mut it| Room {
            id: ConversationId(it.text()),
            title: it.text(),
            last: it.text(),
            at: Timestamp(it.int()),
            unread: it.number(),
        })
    })
}
