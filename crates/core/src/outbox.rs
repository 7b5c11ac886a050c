//! Messages that are written and not confirmed, in order.
//!
//! One message is on the wire at a time. When its answer is lost its fate is
//! looked up in the history before it is sent again, and it is sent again once
//! (contract concierge 5.4). A message that is refused for good is *wedged*: it
//! waits for the visitor, and the others pass.

use crate::model::{Content, ConversationId, Failure, Key, MessageId, RowState, Uid};
use crate::only::{Only, only};
use crate::time::Timestamp;

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its file is not where the other side can see it.
    File(FileStage),
    /// Not on the wire, and not on the server for sure.
    Waiting,
    /// On the wire, its answer is awaited.
    OnWire,
    /// It was on the wire; whether the server has it must be looked up.
    Unknown,
    /// Only the visitor can go on with it.
    Wedged(Failure),
}

/// How far the file of a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStage {
    /// Its bytes must be found and made ready.
    Raw,
    /// They are being made ready.
    Preparing,
    /// They wait for their turn.
    Ready,
    /// They are on their way.
    Moving,
    /// They are on their way, and are the message.
    Sending,
}

/// A message that is written and not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its row's, if that is shown.
    pub(crate) key: Key,
    /// The conversation it is for, with systems that have several; `None`: the
    /// one that it begins.
    pub(crate) room: Option<Only<ConversationId>>,
    pub(crate) uid: Uid,
    pub(crate) content: Content,
    pub(crate) at: Timestamp,
    pub(crate) fate: Fate,
    /// The newest id of the server that was known before it was first sent;
    /// the empty one when there was no message. `None` when that was not known.
    pub(crate) after: Option<MessageId>,
    /// How many readings of the newest messages had begun when its fate became
    /// unknown: those do not show it.
    pub(crate) doubted: u32,
    /// It was looked up once, not found, and may not be sent a third time.
    pub(crate) resent: bool,
    /// The conversation was gone when it was sent. A second time is final.
    pub(crate) turned_away: bool,
}

impl Entry {
    pub(crate) const fn new(key: Key, uid: Uid, content: Content, at: Timestamp) -> Self {
        Self {
            key,
            room: None,
            uid,
            content,
            at,
            fate: Fate::Waiting,
            after: None,
            doubted: 0,
            resent: false,
            turned_away: false,
        }
    }

    /// The state of its row.
    pub(crate) fn row_state(&self) -> RowState {
        match &self.fate {
            Fate::File(FileStage::Moving | FileStage::Sending) => RowState::Uploading(0),
            Fate::File(_) | Fate::Waiting => RowState::Queued,
            Fate::OnWire | Fate::Unknown => RowState::Sending,
            Fate::Wedged(failure) => RowState::Failed(failure.clone()),
        }
    }
}

/// The queue.
#[derive(Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
    /// The conversation that is shown, with systems that have several.
    room: Option<Only<ConversationId>>,
}

impl Outbox {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    /// The message with this uid, whether it has a row or not.
    pub(crate) fn entry(&mut self, uid: &Uid) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.uid == *uid)
    }

    /// The messages of the conversation that is shown, whose rows are not.
    pub(crate) fn without_rows(&mut self) -> impl Iterator<Item = &mut Entry> {
        let room = &self.room;
        let is_here = |entry: &&mut Entry| entry.room == *room;
        let entries = self.entries.iter_mut().filter(|entry| entry.key == Key(0));
        entries.filter(is_here)
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// Takes the message with this uid out.
    pub(crate) fn drop_named(&mut self, uid: &Uid) {
        self.entries.retain(|entry| entry.uid != *uid);
    }

    /// Takes all messages out.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Another conversation is shown: its messages have no rows yet, the
    /// others' none any more. What failed without one is the visitor's to go on
    /// with here.
    pub(crate) fn enter(&mut self, room: Option<ConversationId>) {
        for entry in &mut self.entries {
            entry.key = Key(0);
            if let Some(room) = &room
                && entry.room.is_none()
                && matches!(entry.fate, Fate::Wedged(_))
            {
                entry.room = Some(only(room.clone()));
            }
            // Files are not on their way any more.
            if let Fate::File(stage) = entry.fate {
                entry.fate = match stage {
                    FileStage::Raw | FileStage::Preparing => Fate::File(FileStage::Raw),
                    FileStage::Ready | FileStage::Moving => Fate::File(FileStage::Ready),
                    FileStage::Sending => Fate::Unknown,
                };
            }
        }
        self.room = room.map(only);
    }

    /// The conversation that is shown is over: what waits for it is for the
    /// next one that begins.
    pub(crate) fn close_room(&mut self) {
        let over = self.room.take();
        for entry in &mut self.entries {
            if entry.room == over {
                entry.room = None;
            }
        }
    }

    /// The conversation that is shown has got its id.
    pub(crate) fn name_room(&mut self, room: &ConversationId) {
        for entry in &mut self.entries {
            entry.room.get_or_insert_with(|| only(room.clone()));
        }
        self.room = Some(only(room.clone()));
    }

    /// The conversation that new messages are for.
    pub(crate) const fn room(&self) -> Option<&Only<ConversationId>> {
        self.room.as_ref()
    }

    /// Whether a message is for the conversation that is shown.
    pub(crate) fn is_here(&self, entry: &Entry) -> bool {
        entry.room == self.room
    }

    /// The first message that can go out. Messages do not wait for files that
    /// are being uploaded: that may take long. The fate of one for another
    /// conversation is looked up when that is shown, and one that is to begin a
    /// conversation waits until none is.
    pub(crate) fn head(&mut self, everywhere: bool) -> Option<&mut Entry> {
        let room = &self.room;
        self.entries.iter_mut().find(|entry| {
            let is_here = entry.room == *room;
            match entry.fate {
                Fate::Wedged(_) | Fate::File(_) => false,
                Fate::Waiting | Fate::OnWire => is_here || (everywhere && entry.room.is_some()),
                Fate::Unknown => is_here,
            }
        })
    }

    /// Whether nothing will go out any more without the visitor.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.entries.iter().all(|entry| match entry.fate {
            Fate::Wedged(_) => true,
            // See `head`.
            Fate::File(_) | Fate::Unknown => !self.is_here(entry),
            Fate::Waiting | Fate::OnWire => entry.room.is_none() && !self.is_here(entry),
        })
    }

    /// The first message whose file has come so far.
    pub(crate) fn first_at(&self, stage: FileStage) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.fate == Fate::File(stage) && self.is_here(entry))
    }

    /// What waits for a conversation to begin waits for the visitor: the rows,
    /// and their states.
    pub(crate) fn wedge_homeless(&mut self) -> Vec<(Key, RowState)> {
        let is_homeless =
            |entry: &&mut Entry| entry.room.is_none() && !matches!(entry.fate, Fate::Wedged(_));
        let homeless = self.entries.iter_mut().filter(is_homeless);
        homeless
            .map(|entry| {
                entry.fate = Fate::Wedged(match entry.content {
                    Content::File(_) => Failure::FileRefused(None),
                    Content::Text(_) | Content::Rich(_) => Failure::Refused(None),
                });
                (entry.key, entry.row_state())
            })
            .collect()
    }

    /// The message whose answer is awaited.
    pub(crate) fn on_wire(&mut self) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.fate == Fate::OnWire)
    }

    /// The key of the message with this uid.
    pub(crate) fn named(&self, uid: &Uid) -> Option<Key> {
        let entry = self.entries.iter().find(|entry| entry.uid == *uid);
        entry.map(|entry| entry.key)
    }

    /// Whether a message was on the wire and is not confirmed.
    pub(crate) fn has_doubts(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry.fate, Fate::OnWire | Fate::Unknown))
    }

    /// The messages of which nobody knows whether the server has them.
    pub(crate) fn unconfirmed(&self) -> Vec<Entry> {
        let is_unconfirmed =
            |fate: &Fate| matches!(fate, Fate::Unknown | Fate::Wedged(Failure::Unconfirmed));
        let entries = self.entries.iter();
        entries
            .filter(|entry| is_unconfirmed(&entry.fate) && self.is_here(entry))
            .cloned()
            .collect()
    }

    /// The messages whose fate must be looked up.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.fate == Fate::Unknown && self.is_here(entry))
    }
}
