//! What an adapter is: a translation between the session's words and one
//! system's wire. No I/O, no clock, no retries.

pub mod concierge;

use crate::model::Traits;

/// A chat system's wire, translated.
pub trait Backend {
    /// What the system can do.
    fn traits(&self) -> Traits;
}
