//! Own messages that the visitor takes back: for some seconds only here, so
//! that it can be undone, then on the server.

use crate::backend::UNSEND;
use crate::model::{MessageId, RowState};
use crate::time::Instant;

/// The server is told so often before the message is shown again.
const MOST_TRIES: u8 = 2;

/// A message that is being taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsend {
    pub(crate) id: MessageId,
    /// Until when it can be undone; `None` once it cannot.
    pub(crate) until: Option<Instant>,
    /// What its row was before; `None` while there is no row.
    pub(crate) was: Option<RowState>,
    tries: u8,
}

impl Unsend {
    pub(crate) const fn new(id: MessageId, until: Option<Instant>) -> Self {
        Self {
            id,
            until,
            was: None,
            tries: 0,
        }
    }

    /// The state of its row.
    pub(crate) const fn row_state(&self) -> RowState {
        RowState::Unsending(self.until.is_some())
    }

    /// Whether the server was told as often as it is told.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.tries >= MOST_TRIES
    }
}

/// All messages that are being taken back, in the order of the wish.
#[derive(Default)]
pub(crate) struct Unsends(Vec<Unsend>);

impl Unsends {
    pub(crate) fn push(&mut self, unsend: Unsend) {
        if UNSEND {
            self.0.push(unsend);
        }
    }

    pub(crate) fn all(&self) -> &[Unsend] {
        if UNSEND { &self.0 } else { &[] }
    }

    pub(crate) fn get_mut(&mut self, id: &MessageId) -> Option<&mut Unsend> {
        let mut all = self.0.iter_mut().filter(|_| UNSEND);
        all.find(|unsend| unsend.id == *id)
    }

    pub(crate) fn remove(&mut self, id: &MessageId) -> Option<Unsend> {
        let index = self.all().iter().position(|unsend| unsend.id == *id)?;
        Some(self.0.remove(index))
    }

    /// When the first wish becomes final.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.all().iter().filter_map(|unsend| unsend.until).min()
    }

    /// Makes wishes final that can be undone up to `now`, or all of them.
    pub(crate) fn finish(&mut self, now: Option<Instant>) -> Vec<Unsend> {
        let is_over = |until: Instant| now.is_none_or(|now| until <= now);
        let mut finished = Vec::new();
        for unsend in self.0.iter_mut().filter(|_| UNSEND) {
            if unsend.until.is_some_and(is_over) {
                unsend.until = None;
                finished.push(unsend.clone());
            }
        }
        finished
    }

    /// The message to tell the server of next. It counts as tried.
    pub(crate) fn take_next(&mut self) -> Option<MessageId> {
        let is_due = |unsend: &&mut Unsend| unsend.until.is_none() && !unsend.is_given_up();
        let next = self.0.iter_mut().filter(|_| UNSEND).find(is_due)?;
        next.tries += 1;
        Some(next.id.clone())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
