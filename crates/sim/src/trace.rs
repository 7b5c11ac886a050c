//! Effects as a hash, and inputs and effects as lines to read.

use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use concierge_core::{Change, Effect, Input, Row};

use crate::tab::said;

/// The most characters of a line.
const LONGEST: usize = 300;

/// Hashes what tells two effects apart. Written by hand, since `Debug` of
/// millions of effects costs more than the session itself.
pub(crate) fn digest(effect: &Effect, hasher: &mut impl Hasher) {
    discriminant(effect).hash(hasher);
    match effect {
        Effect::Connect(conn, door) => (conn, &door.url.0).hash(hasher),
        Effect::Transmit(conn, frame) => (conn, frame).hash(hasher),
        Effect::Close(conn) => conn.hash(hasher),
        Effect::AskToken(ask) => discriminant(ask).hash(hasher),
        Effect::Store(slot, text) => (*slot as u8, text).hash(hasher),
        Effect::Changed(change) => digest_change(change, hasher),
        Effect::Announce(event) => discriminant(event).hash(hasher),
        Effect::Prepare(uid) | Effect::Abort(uid) | Effect::Forget(uid) => uid.hash(hasher),
        Effect::Upload(uid, request) => (uid, &request.url.0).hash(hasher),
        Effect::Request(id, request) => (id, &request.url.0).hash(hasher),
        Effect::Tell(text) => text.hash(hasher),
        Effect::Stand | Effect::Seize | Effect::Resign | Effect::Chime => {}
    }
}

fn digest_change(change: &Change, hasher: &mut impl Hasher) {
    discriminant(change).hash(hasher);
    match change {
        Change::Connection(it) => {
            (it.status as u8, it.reason as u8).hash(hasher);
            it.retry_at.map(|at| at.0).hash(hasher);
        }
        Change::Conversation(it) => discriminant(it).hash(hasher),
        Change::Inserted(place, row) => {
            place.hash(hasher);
            digest_row(row, hasher);
        }
        Change::Updated(row) => digest_row(row, hasher),
        Change::Moved(key, place) => (key, place).hash(hasher),
        Change::Removed(key) => key.hash(hasher),
        Change::Older(older) => (*older as u8).hash(hasher),
        Change::Joined(joined) => joined.hash(hasher),
        Change::Unread(count) => count.hash(hasher),
        Change::Rooms(rooms) => rooms.as_ref().map(Vec::len).hash(hasher),
        Change::Typing(name) => name.hash(hasher),
        Change::Draft(text) => text.hash(hasher),
        Change::Notice(notice) => notice.is_some().hash(hasher),
    }
}

fn digest_row(row: &Row, hasher: &mut impl Hasher) {
    (row.key, &row.id, row.at.0, said(row).len()).hash(hasher);
    discriminant(&row.state).hash(hasher);
}

/// An input as a line.
pub(crate) fn input(tab: usize, input: &Input) -> String {
    shortened(format!("tab {tab} <- {input:?}"))
}

/// An effect as a line.
pub(crate) fn effect(tab: usize, effect: &Effect) -> String {
    shortened(format!("tab {tab}    -> {effect:?}"))
}

fn shortened(mut line: String) -> String {
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}
