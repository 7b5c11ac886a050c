//! What views receive: changes, not snapshots. Replaying all changes of a
//! session into a [`Mirror`] gives exactly what the session itself holds.

use crate::model::{Connection, Conversation, Key, Notice, Older, Room, Row};
use crate::only::Only;

/// One change of what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The connection's state.
    Connection(Connection),
    /// Where the conversation stands.
    Conversation(Conversation),
    /// A row appears at this place (0 = top).
    Inserted(usize, Row),
    /// A row has new contents under its old key, at its old place.
    Updated(Row),
    /// A row moves to this place, counted after it was taken out.
    Moved(Key, usize),
    /// A row goes.
    Removed(Key),
    /// Whether there are messages above the first row.
    Older(Older),
    /// Whether somebody has joined the conversation.
    Joined(bool),
    /// Messages from the other side that the visitor has not seen.
    Unread(u32),
    /// The visitor's conversations, the newest first; `None` before they were
    /// read, and with systems that have one only.
    Rooms(Option<Only<Vec<Room>>>),
    /// Who is typing: their name, which may be empty.
    Typing(Option<Only<String>>),
    /// Put this text into the composer (restored, or emptied after a send).
    Draft(String),
    /// Tell the visitor, or stop telling.
    Notice(Option<Notice>),
}

/// The state that a row of changes leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// See [`Change::Connection`].
    pub connection: Connection,
    /// See [`Change::Conversation`].
    pub conversation: Conversation,
    /// The log, oldest first.
    pub rows: Vec<Row>,
    /// See [`Change::Older`].
    pub older: Older,
    /// See [`Change::Joined`].
    pub joined: bool,
    /// See [`Change::Unread`].
    pub unread: u32,
    /// See [`Change::Rooms`].
    pub rooms: Option<Only<Vec<Room>>>,
    /// See [`Change::Typing`].
    pub typing: Option<Only<String>>,
    /// See [`Change::Notice`].
    pub notice: Option<Notice>,
}

impl Default for Mirror {
    fn default() -> Self {
        Self {
            connection: Connection::IDLE,
            conversation: Conversation::None,
            rows: Vec::new(),
            older: Older::Unknown,
            joined: false,
            unread: 0,
            rooms: None,
            typing: None,
            notice: None,
        }
    }
}

impl Mirror {
    /// Whether this change brings nothing new. One of the rows always does.
    pub(crate) fn is_told_by(&self, change: &Change) -> bool {
        match change {
            Change::Connection(connection) => self.connection == *connection,
            Change::Conversation(conversation) => self.conversation == *conversation,
            Change::Older(older) => self.older == *older,
            Change::Joined(joined) => self.joined == *joined,
            Change::Unread(count) => self.unread == *count,
            Change::Rooms(rooms) => self.rooms == *rooms,
            Change::Typing(name) => self.typing == *name,
            Change::Notice(notice) => self.notice == *notice,
            Change::Draft(_)
            | Change::Inserted(..)
            | Change::Updated(_)
            | Change::Moved(..)
            | Change::Removed(_) => false,
        }
    }

    /// All of it but the rows, as changes.
    pub(crate) fn scalars(&self) -> [Change; 8] {
        [
            Change::Connection(self.connection),
            Change::Conversation(self.conversation.clone()),
            Change::Older(self.older),
            Change::Joined(self.joined),
            Change::Unread(self.unread),
            Change::Rooms(self.rooms.clone()),
            Change::Typing(self.typing.clone()),
            Change::Notice(self.notice.clone()),
        ]
    }

    /// The changes that lead from this state to another one. A key that means
    /// another message there is a row that goes and one that comes.
    pub(crate) fn difference(&self, other: &Self) -> Vec<Change> {
        let mut mirror = self.clone();
        let mut changes = Vec::new();
        let is_same = |ours: &Row, theirs: &Row| {
            ours.key == theirs.key
                && ours.author == theirs.author
                && (ours.id.is_none() || ours.id == theirs.id)
        };
        for row in &self.rows {
            if !other.rows.iter().any(|theirs| is_same(row, theirs)) {
                changes.push(Change::Removed(row.key));
            }
        }
        for change in &changes {
            mirror.apply(change);
        }
        for (index, row) in other.rows.iter().enumerate() {
            let place = mirror.rows.iter().position(|ours| ours.key == row.key);
            let mut now = Vec::new();
            match place {
                None => now.push(Change::Inserted(index, row.clone())),
                Some(place) => {
                    if mirror.rows[place] != *row {
                        now.push(Change::Updated(row.clone()));
                    }
                    if place != index {
                        now.push(Change::Moved(row.key, index));
                    }
                }
            }
            for change in now {
                mirror.apply(&change);
                changes.push(change);
            }
        }
        let scalars = other.scalars().into_iter();
        changes.extend(scalars.filter(|change| !self.is_told_by(change)));
        changes
    }

    /// Takes one change in. A change of a row that is not there is ignored.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Connection(connection) => self.connection = *connection,
            Change::Conversation(conversation) => self.conversation = conversation.clone(),
            Change::Inserted(index, row) => {
                self.rows.insert((*index).min(self.rows.len()), row.clone());
            }
            Change::Updated(row) => {
                if let Some(old) = self.rows.iter_mut().find(|old| old.key == row.key) {
                    *old = row.clone();
                }
            }
            Change::Moved(key, index) => {
                if let Some(from) = self.rows.iter().position(|row| row.key == *key) {
                    let row = self.rows.remove(from);
                    self.rows.insert((*index).min(self.rows.len()), row);
                }
            }
            Change::Removed(key) => self.rows.retain(|row| row.key != *key),
            Change::Older(older) => self.older = *older,
            Change::Joined(joined) => self.joined = *joined,
            Change::Unread(count) => self.unread = *count,
            Change::Rooms(rooms) => self.rooms.clone_from(rooms),
            Change::Typing(name) => self.typing.clone_from(name),
            Change::Draft(_) => {}
            Change::Notice(notice) => self.notice = notice.clone(),
        }
    }
}
