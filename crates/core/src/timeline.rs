//! The log: all messages that are known, in order, each in one row.
//!
//! Rows of the server stand in the order of its times, then its ids; rows that
//! are not on the server yet stand below them in the order of writing. A row is
//! found again by its id, and an own row also by the uid that was drawn for it,
//! so that a message that comes back three ways (answer, event, history) stays
//! one row with one key.

use crate::backend::Message;
use crate::change::Change;
use crate::io::Effect;
use crate::model::{Author, Content, ConversationId, Key, MessageId, Row, RowState, Uid};
use crate::time::Timestamp;

/// Messages may overtake each other by so many ms: an event that was late when
/// its connection ended is found in the history.
const OVERTAKES: i64 = 30_000;

/// The order of rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// On the server: by time, then by id. Ids are digits in all systems where
    /// two messages can have one time, so the shorter id is the smaller one.
    Server(Timestamp, usize, String),
    /// Not on the server: by the order of writing.
    Local(u32),
}

impl Place {
    /// Whether this message stands here or above.
    pub(crate) fn is_reached_by(&self, message: &Message) -> bool {
        Self::of(message) <= *self
    }

    /// Before all messages.
    const FIRST: Self = Self::Server(Timestamp(i64::MIN), 0, String::new());

    fn of(message: &Message) -> Self {
        Self::Server(message.at, message.id.0.len(), message.id.0.clone())
    }
}

/// Whether `id` was given after `other`, as far as their digits tell.
pub(crate) fn is_later(id: &MessageId, other: &MessageId) -> bool {
    (id.0.len(), &id.0) > (other.0.len(), &other.0)
}

/// What became of a message that was merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merged {
    /// It was not known.
    New(Key),
    /// Its row was there.
    Known(Key),
}

struct Entry {
    row: Row,
    place: Place,
    uid: Option<Uid>,
    /// The conversation it came in, if that was told.
    from: Option<ConversationId>,
}

/// What rows do not show: up to which message they are without gaps (empty
/// before the first), and from which on they are of the conversation that is
/// open.
pub(crate) type Known = [Option<String>; 2];

/// The log.
#[derive(Default)]
pub(crate) struct Timeline {
    entries: Vec<Entry>,
    next_key: u32,
    next_local: u32,
    /// Everything up to here is known without gaps; `None` before history was read.
    settled: Option<Place>,
    /// Up to here history was read; `None` before that. What is later and not
    /// known is news, in whatever order it comes.
    read: Option<Place>,
}

impl Timeline {
    /// The rows of another tab.
    pub(crate) fn inherit(rows: Vec<Row>, known: Known, open: Option<&ConversationId>) -> Self {
        let mut timeline = Self::default();
        let [settled, since] = known;
        let mut from = None;
        for row in rows {
            if since.is_some() && row.id.as_ref().map(|id| &id.0) == since.as_ref() {
                from = open.cloned();
            }
            timeline.next_key = timeline.next_key.max(row.key.0);
            timeline.next_local += 1;
            let place = match &row.id {
                Some(id) => Place::Server(row.at, id.0.len(), id.0.clone()),
                None => Place::Local(timeline.next_local),
            };
            timeline.entries.push(Entry {
                row,
                place,
                uid: None,
                from: from.clone(),
            });
        }
        let is_it = |id: &String| {
            let mut entries = timeline.entries.iter();
            entries.find(|entry| entry.row.id.as_ref().is_some_and(|it| it.0 == *id))
        };
        timeline.settled = settled.and_then(|id| {
            if id.is_empty() {
                Some(Place::FIRST)
            } else {
                is_it(&id).map(|entry| entry.place.clone())
            }
        });
        timeline
    }

    /// See [`Known`].
    pub(crate) fn known(&self, open: Option<&ConversationId>) -> Known {
        let settled = match &self.settled {
            Some(Place::Server(_, _, id)) => Some(id.clone()),
            Some(Place::Local(_)) | None => None,
        };
        let is_of_it = |entry: &&Entry| {
            entry.row.id.is_none() || (open.is_some() && entry.from.as_ref() == open)
        };
        let last = self.entries.iter().rev().take_while(is_of_it);
        let since = last.filter_map(|entry| entry.row.id.as_ref()).last();
        [settled, since.map(|id| id.0.clone())]
    }

    /// Takes out the rows that are not on the server, but for some.
    pub(crate) fn keep_waiting(&mut self, keep: impl Fn(Key) -> bool, out: &mut Vec<Effect>) {
        let rows = self.rows().filter(|row| row.id.is_none() && !keep(row.key));
        for key in rows.map(|row| row.key).collect::<Vec<Key>>() {
            self.remove(key, out);
        }
    }

    /// Tells which message an own row is that is not on the server.
    pub(crate) fn set_uid(&mut self, key: Key, uid: Uid) {
        if let Some(index) = self.position(|entry| entry.row.key == key) {
            self.entries[index].uid = Some(uid);
        }
    }

    /// Adds an own row that is not on the server.
    pub(crate) fn write(
        &mut self,
        uid: Uid,
        content: Content,
        at: Timestamp,
        state: RowState,
        out: &mut Vec<Effect>,
    ) -> Key {
        let key = self.draw_key();
        self.next_local += 1;
        let row = Row {
            key,
            id: None,
            author: Author::Me,
            content,
            at,
            state,
        };
        self.insert(
            Entry {
                row,
                place: Place::Local(self.next_local),
                uid: Some(uid),
                from: None,
            },
            out,
        );
        key
    }

    /// Takes a message of the server in.
    pub(crate) fn merge(&mut self, message: &Message, out: &mut Vec<Effect>) -> Merged {
        let own_uid = message
            .uid
            .as_ref()
            .filter(|_| message.author == Author::Me);
        let found = self
            .position(|entry| entry.row.id.as_ref() == Some(&message.id))
            .or_else(|| {
                let uid = own_uid?;
                self.position(|entry| entry.row.id.is_none() && entry.uid.as_ref() == Some(uid))
            });
        if let Some(index) = found {
            let key = self.entries[index].row.key;
            self.update(index, message, out);
            return Merged::Known(key);
        }
        let key = self.draw_key();
        let row = Row {
            key,
            id: Some(message.id.clone()),
            author: message.author.clone(),
            content: content_of(message),
            at: message.at,
            state: state_of(message),
        };
        self.insert(
            Entry {
                row,
                place: Place::of(message),
                uid: message.uid.clone(),
                from: message.conversation.clone(),
            },
            out,
        );
        Merged::New(key)
    }

    /// Makes the own row `key` the row of this message of the server.
    pub(crate) fn confirm(&mut self, key: Key, message: &Message, out: &mut Vec<Effect>) {
        // The message may have come as an event that did not show whose it was.
        let mut state = None;
        if let Some(double) = self
            .position(|entry| entry.row.key != key && entry.row.id.as_ref() == Some(&message.id))
        {
            let double = self.entries.remove(double);
            out.push(Effect::Changed(Change::Removed(double.row.key)));
            let row = double.row;
            // That the visitor has seen a message of the other side says nothing.
            let is_told = row.author == Author::Me || row.state == RowState::Unsent;
            state = is_told.then_some(row.state);
        }
        if let Some(index) = self.position(|entry| entry.row.key == key) {
            if let Some(state) = state {
                // What became of it there has become of it here.
                self.entries[index].row.state = state;
            }
            self.update(index, message, out);
        }
    }

    /// Makes the own row `key` the row of a message that is known under another
    /// key because nothing in it showed whose it was.
    pub(crate) fn adopt_unnamed(&mut self, key: Key, id: &MessageId, out: &mut Vec<Effect>) {
        let Some(index) = self.position(|entry| entry.row.id.as_ref() == Some(id)) else {
            return;
        };
        let other = &self.entries[index];
        let message = Message {
            id: id.clone(),
            conversation: None,
            uid: None,
            author: Author::Me,
            content: Some(other.row.content.clone()),
            at: other.row.at,
            seen: other.row.state == RowState::Seen,
        };
        self.confirm(key, &message, out);
    }

    /// Marks a message as taken back. Returns its key if that is news.
    pub(crate) fn retract(&mut self, id: &MessageId, out: &mut Vec<Effect>) -> Option<Key> {
        let index = self.position(|entry| entry.row.id.as_ref() == Some(id))?;
        let entry = &mut self.entries[index];
        if entry.row.state == RowState::Unsent {
            return None;
        }
        let mut row = entry.row.clone();
        row.state = RowState::Unsent;
        row.content = Content::Text(String::new());
        let key = row.key;
        show(entry, row, out);
        Some(key)
    }

    /// Marks the messages as taken back that a page of the history should show
    /// and does not: those between its first and its last one, by time and by
    /// id, of a conversation that the page shows.
    pub(crate) fn retract_missing(
        &mut self,
        page: &[Message],
        out: &mut Vec<Effect>,
    ) -> Vec<MessageId> {
        let is_between = |entry: &Entry, id: &MessageId| {
            let is_before =
                |message: &Message| Place::of(message) < entry.place && is_later(id, &message.id);
            let is_after =
                |message: &Message| Place::of(message) > entry.place && is_later(&message.id, id);
            page.iter().any(is_before)
                && page.iter().any(is_after)
                && page.iter().all(|message| message.id != *id)
                && page
                    .iter()
                    .any(|message| message.conversation == entry.from)
        };
        let entries = self.entries.iter();
        let missing: Vec<MessageId> = entries
            .filter(|entry| entry.row.state != RowState::Unsent)
            .filter_map(|entry| entry.row.id.as_ref().filter(|id| is_between(entry, id)))
            .cloned()
            .collect();
        for id in &missing {
            self.retract(id, out);
        }
        missing
    }

    /// Notes that the other side has seen the visitor's messages up to then.
    pub(crate) fn mark_read_by_them(&mut self, until: Timestamp, out: &mut Vec<Effect>) {
        let is_seen =
            |row: &&Row| row.author == Author::Me && row.state == RowState::Sent && row.at <= until;
        let keys: Vec<Key> = self.rows().filter(is_seen).map(|row| row.key).collect();
        for key in keys {
            self.set_state(key, RowState::Seen, out);
        }
    }

    /// Notes that a message of the other side was seen.
    pub(crate) fn mark_seen(&mut self, id: &MessageId, out: &mut Vec<Effect>) {
        if let Some(key) = self.key_of(id)
            && self
                .row(key)
                .is_some_and(|row| row.state == RowState::Received)
        {
            self.set_state(key, RowState::Seen, out);
        }
    }

    /// The row of this message.
    pub(crate) fn key_of(&self, id: &MessageId) -> Option<Key> {
        self.position(|entry| entry.row.id.as_ref() == Some(id))
            .map(|index| self.entries[index].row.key)
    }

    /// Gives an own row another state.
    pub(crate) fn set_state(&mut self, key: Key, state: RowState, out: &mut Vec<Effect>) {
        if let Some(index) = self.position(|entry| entry.row.key == key) {
            let entry = &mut self.entries[index];
            let mut row = entry.row.clone();
            row.state = state;
            show(entry, row, out);
        }
    }

    /// Shows something else in an own row that is not on the server.
    pub(crate) fn set_content(&mut self, key: Key, content: Content, out: &mut Vec<Effect>) {
        if let Some(index) = self.position(|entry| entry.row.key == key) {
            let entry = &mut self.entries[index];
            let mut row = entry.row.clone();
            row.content = content;
            show(entry, row, out);
        }
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, key: Key, out: &mut Vec<Effect>) {
        if let Some(index) = self.position(|entry| entry.row.key == key) {
            self.entries.remove(index);
            out.push(Effect::Changed(Change::Removed(key)));
        }
    }

    /// Takes all rows out, and forgets what was known.
    pub(crate) fn clear(&mut self, out: &mut Vec<Effect>) {
        for entry in self.entries.drain(..) {
            out.push(Effect::Changed(Change::Removed(entry.row.key)));
        }
        self.settled = None;
        self.read = None;
    }

    /// How many messages of the other side the visitor has not seen; `seen`
    /// knows of those of which the server was not told yet.
    pub(crate) fn count_unread(&self, seen: impl Fn(&MessageId) -> bool) -> u32 {
        let is_unread = |row: &&Row| {
            row.state == RowState::Received
                && row.author == Author::Them
                && !row.id.as_ref().is_some_and(&seen)
        };
        u32::try_from(self.rows().filter(is_unread).count()).unwrap_or(u32::MAX)
    }

    /// An own row of the server with this text, no uid, and a later id than `after`.
    pub(crate) fn find_unnamed(&self, content: &Content, after: &MessageId) -> Option<&MessageId> {
        self.entries
            .iter()
            .filter(|entry| entry.row.author == Author::Me && entry.uid.is_none())
            .filter(|entry| entry.row.content.is_like(content))
            .filter_map(|entry| entry.row.id.as_ref())
            .find(|id| is_later(id, after))
    }

    /// The row with this key.
    pub(crate) fn row(&self, key: Key) -> Option<&Row> {
        self.position(|entry| entry.row.key == key)
            .map(|index| &self.entries[index].row)
    }

    /// The oldest message of the server that is known.
    pub(crate) fn oldest(&self) -> Option<(&MessageId, Timestamp)> {
        let mut rows = self.rows();
        rows.find_map(|row| Some((row.id.as_ref()?, row.at)))
    }

    /// All rows in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.entries.iter().map(|entry| &entry.row)
    }

    /// The latest id of the server that is known.
    pub(crate) fn newest(&self) -> Option<&MessageId> {
        self.entries
            .iter()
            .rev()
            .find_map(|entry| entry.row.id.as_ref())
    }

    /// How many rows are on the server and not taken back.
    pub(crate) fn count(&self) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.row.id.is_some() && entry.row.state != RowState::Unsent)
            .count()
    }

    /// Says that there is no gap above the newest row.
    pub(crate) fn settle(&mut self) {
        let newest = self
            .entries
            .iter()
            .rev()
            .find(|entry| entry.row.id.is_some());
        self.settled = Some(newest.map_or(Place::FIRST, |entry| entry.place.clone()));
    }

    /// Says that history was read up to the newest row.
    pub(crate) fn note_read(&mut self) {
        self.settle();
        self.read.clone_from(&self.settled);
    }

    /// Whether history was read before.
    pub(crate) const fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    /// Up to where history must be read so that there is no gap: to what was
    /// known without gaps, and a little further if that came by itself; else to
    /// the oldest row, as also where rows may be missing between the others.
    pub(crate) fn floor(&self, is_torn: bool) -> Option<Place> {
        let oldest = self.entries.iter().find(|entry| entry.row.id.is_some());
        match &self.settled {
            Some(Place::Server(at, ..)) if self.settled > self.read && !is_torn => {
                let before = at.0.saturating_sub(OVERTAKES);
                let before = Place::Server(Timestamp(before), 0, String::new());
                self.read.clone().max(Some(before))
            }
            Some(settled) if !is_torn => Some(settled.clone()),
            Some(_) | None => oldest.map(|entry| entry.place.clone()),
        }
    }

    /// Whether this message stands above the first row.
    pub(crate) fn begins_after(&self, message: &Message) -> bool {
        let first = self.entries.iter().find(|entry| entry.row.id.is_some());
        first.is_some_and(|first| Place::of(message) < first.place)
    }

    /// Whether this message is not known and later than what history said.
    pub(crate) fn is_news(&self, message: &Message) -> bool {
        let is_later = |read: &Place| Place::of(message) > *read;
        let is_known = || self.position(|entry| entry.row.id.as_ref() == Some(&message.id));
        self.read.as_ref().is_none_or(is_later) && is_known().is_none()
    }

    const fn draw_key(&mut self) -> Key {
        self.next_key += 1;
        Key(self.next_key)
    }

    fn position(&self, is_it: impl Fn(&Entry) -> bool) -> Option<usize> {
        // News are at the end, and news are what is looked for.
        self.entries.iter().rposition(is_it)
    }

    fn insert(&mut self, entry: Entry, out: &mut Vec<Effect>) -> usize {
        let index = self
            .entries
            .partition_point(|other| other.place <= entry.place);
        out.push(Effect::Changed(Change::Inserted(index, entry.row.clone())));
        self.entries.insert(index, entry);
        index
    }

    /// Takes the server's word for the row at `index`, and moves it if its
    /// place is another one by that.
    fn update(&mut self, index: usize, message: &Message, out: &mut Vec<Effect>) {
        let entry = &mut self.entries[index];
        let mut row = entry.row.clone();
        row.id = Some(message.id.clone());
        row.at = message.at;
        row.state = match row.state {
            RowState::Unsent => RowState::Unsent,
            RowState::Unsending(undo) if message.content.is_some() => RowState::Unsending(undo),
            RowState::Seen if message.content.is_some() => RowState::Seen,
            RowState::Queued
            | RowState::Uploading(_)
            | RowState::Sending
            | RowState::Sent
            | RowState::Seen
            | RowState::Failed(_)
            | RowState::Unsending(_)
            | RowState::Received => state_of(message),
        };
        row.content = if row.state == RowState::Unsent {
            Content::Text(String::new())
        } else {
            content_of(message)
        };
        if entry.uid.is_none() {
            entry.uid = message.uid.clone();
        }
        if entry.from.is_none() {
            entry.from = message.conversation.clone();
        }
        let key = row.key;
        show(entry, row, out);
        let place = Place::of(message);
        if entry.place == place {
            return;
        }
        let mut entry = self.entries.remove(index);
        entry.place = place;
        let target = self
            .entries
            .partition_point(|other| other.place <= entry.place);
        self.entries.insert(target, entry);
        if target != index {
            out.push(Effect::Changed(Change::Moved(key, target)));
        }
    }
}

/// Replaces a row and says so if anything is different.
fn show(entry: &mut Entry, row: Row, out: &mut Vec<Effect>) {
    if entry.row != row {
        entry.row = row.clone();
        out.push(Effect::Changed(Change::Updated(row)));
    }
}

fn content_of(message: &Message) -> Content {
    message
        .content
        .clone()
        .unwrap_or_else(|| Content::Text(String::new()))
}

fn state_of(message: &Message) -> RowState {
    match (&message.content, message.seen, &message.author) {
        (None, _, _) => RowState::Unsent,
        (Some(_), true, _) => RowState::Seen,
        (Some(_), false, Author::Me) => RowState::Sent,
        (Some(_), false, Author::Them | Author::System) => RowState::Received,
    }
}
