//! The session: the one place that sees all parts of a conversation.

use crate::backend::Backend;
use crate::io::{Effect, Input};
use crate::model::Traits;
use crate::time::{Instant, Now};

/// What a session starts from.
pub struct Setup {
    /// The adapter of the back end to speak to.
    pub backend: Box<dyn Backend>,
    /// The source of all randomness.
    pub seed: u64,
    /// What the shell found in storage.
    pub stored: Stored,
}

/// The texts found in storage, one a slot; whatever they hold, reading them is safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Of [`Slot::Conversation`](crate::Slot::Conversation).
    pub conversation: Option<String>,
    /// Of [`Slot::Outbox`](crate::Slot::Outbox).
    pub outbox: Option<String>,
    /// Of [`Slot::Draft`](crate::Slot::Draft).
    pub draft: Option<String>,
}

/// A chat with the people behind a site.
pub struct Session {
    backend: Box<dyn Backend>,
}

impl Session {
    /// A session that has done nothing yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            backend: setup.backend,
        }
    }

    /// Takes an input and returns all its consequences, to be run in order.
    pub fn handle(&mut self, _now: Now, _input: Input) -> Vec<Effect> {
        vec![Effect::AskToken(crate::io::Ask::Any)]
    }

    /// When to send `Input::Wake`, if at all.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// What the back end can do.
    #[must_use]
    pub fn traits(&self) -> Traits {
        self.backend.traits()
    }
}
