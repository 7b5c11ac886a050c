//! Messages of which something was lately noted, by their ids.

use crate::model::MessageId;

/// So many are remembered.
const MOST: usize = 50;

/// The last ones, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Lately(Vec<MessageId>);

impl Lately {
    /// Notes a message; returns whether that is new.
    pub(crate) fn note(&mut self, id: &MessageId) -> bool {
        let is_new = !self.has(id);
        if is_new {
            if self.0.len() >= MOST {
                self.0.remove(0);
            }
            self.0.push(id.clone());
        }
        is_new
    }

    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.0.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fifty_are_remembered() {
        let id = |number: usize| MessageId(number.to_string());
        let mut lately = Lately::default();
        for number in 0..=MOST {
            assert!(lately.note(&id(number)));
            assert!(!lately.note(&id(number)));
        }
        assert!(!lately.has(&id(0)));
        assert!((1..=MOST).all(|number| lately.has(&id(number))));
    }
}
