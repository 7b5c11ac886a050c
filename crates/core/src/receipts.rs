//! Messages that the visitor has seen and the server does not know of yet.
//!
//! They are told one at a time, the oldest first. One whose answer was lost or
//! refused is told once more after that, and then only when the visitor sees it
//! again: a server that does not take receipts is not asked in a loop (contract
//! concierge 5.8).

use crate::model::MessageId;
use crate::timeline::is_later;

/// No message is told more often than this without being seen again.
const MOST_TRIES: u8 = 2;

struct Receipt {
    id: MessageId,
    tries: u8,
}

/// What is seen and not told, in the order of the messages.
#[derive(Default)]
pub(crate) struct Receipts(Vec<Receipt>);

impl Receipts {
    /// The visitor sees this message (again).
    pub(crate) fn note(&mut self, id: &MessageId) {
        if let Some(receipt) = self.0.iter_mut().find(|receipt| receipt.id == *id) {
            if receipt.tries >= MOST_TRIES {
                receipt.tries = MOST_TRIES - 1;
            }
            return;
        }
        let place = self.0.partition_point(|receipt| is_later(id, &receipt.id));
        let receipt = Receipt {
            id: id.clone(),
            tries: 0,
        };
        self.0.insert(place, receipt);
    }

    /// The message to tell next, if there is one. It counts as tried.
    pub(crate) fn take_next(&mut self) -> Option<MessageId> {
        let next = self
            .0
            .iter_mut()
            .find(|receipt| receipt.tries < MOST_TRIES)?;
        next.tries += 1;
        Some(next.id.clone())
    }

    /// The newest message, where telling of one tells of all before it.
    pub(crate) fn take_newest(&mut self) -> Option<MessageId> {
        if self.0.iter().all(|receipt| receipt.tries >= MOST_TRIES) {
            return None;
        }
        for receipt in &mut self.0 {
            receipt.tries += 1;
        }
        self.0.last().map(|receipt| receipt.id.clone())
    }

    /// Takes this message and all before it out.
    pub(crate) fn take_until(&mut self, id: &MessageId) -> Vec<MessageId> {
        let end = self.0.partition_point(|receipt| !is_later(&receipt.id, id));
        self.0.drain(..end).map(|receipt| receipt.id).collect()
    }

    /// The server knows, or need not know any more.
    pub(crate) fn remove(&mut self, id: &MessageId) {
        self.0.retain(|receipt| receipt.id != *id);
    }

    pub(crate) fn contains(&self, id: &MessageId) -> bool {
        self.0.iter().any(|receipt| receipt.id == *id)
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> MessageId {
        MessageId(number.to_string())
    }

    #[test]
    fn the_oldest_is_told_first_and_none_more_than_twice() {
        let mut receipts = Receipts::default();
        for number in [101, 99, 100] {
            receipts.note(&id(number));
        }
        let told: Vec<_> = std::iter::from_fn(|| receipts.take_next()).collect();
        assert_eq!(told, [id(99), id(99), id(100), id(100), id(101), id(101)]);
        receipts.note(&id(100));
        assert_eq!(receipts.take_next(), Some(id(100)));
        assert_eq!(receipts.take_next(), None);
        receipts.remove(&id(100));
        assert_eq!(receipts.count(), 2);
        assert!(!receipts.contains(&id(100)));
    }
}
