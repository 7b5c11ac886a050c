//! How a call ends before it is written as a frame.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::envelope::Refused;
use crate::chat::Refusal;
use crate::model::Message;
use crate::store::StoreError;

/// What a call that was done leads to.
pub(super) struct Done {
    pub(super) content: Value,
    /// The message that the call stored.
    pub(super) posted: Option<Message>,
}

/// Why a call was not done.
pub(super) enum Failure {
    /// The service refuses, with a reason.
    Refused(Refused),
    /// The service broke; the gateway says so.
    Broken,
}

/// A call that was done and stored no message.
pub(super) fn done(content: Value) -> Result<Done, Failure> {
    Ok(Done {
        content,
        posted: None,
    })
}

/// A refusal with its reason.
pub(super) fn refused(status: u16, message: &str) -> Failure {
    Failure::Refused(Refused::new(status, message))
}

/// Reads a call's body; what is missing or wrong is a reason to refuse it.
pub(super) fn parse<T: DeserializeOwned>(body: &Value) -> Result<T, Failure> {
    T::deserialize(body).map_err(|error| refused(400, &error.to_string()))
}

impl From<StoreError> for Failure {
    fn from(_: StoreError) -> Self {
        Self::Broken
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoConversation => refused(404, "Chat session not found"),
            Refusal::NoMessage => refused(404, "Message not found"),
            Refusal::Closed => refused(400, "This chat session is closed"),
            Refusal::Store(_) => Self::Broken,
        }
    }
}
