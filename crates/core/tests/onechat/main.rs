//! The `OneChat` adapter: each request, answer and event of the contract, with
//! values of our own, and a chat through a session and a server that is a
//! function.

#![cfg(feature = "onechat")]
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is not as expected fails a test"
)]

mod ambiguities;
mod answers;
mod beginning;
mod contents;
mod errors;
mod events;
mod fixtures;
mod hostile;
#[path = "../fixtures/mod.rs"]
mod in_files;
mod kept;
mod messages;
mod shapes;
mod story;
