//! What views receive: changes, not snapshots. Replaying all changes of a
//! session into a [`Mirror`] gives exactly what the session itself holds.

use crate::model::{Connection, Conversation, Key, Notice, Older, Row};

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
            notice: None,
        }
    }
}

impl Mirror {
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
            Change::Draft(_) => {}
            Change::Notice(notice) => self.notice = notice.clone(),
        }
    }
}
