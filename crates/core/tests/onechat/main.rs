//! The `OneChat` adapter: each request, answer and event of the contract, with
//! values of our own, and a chat through a session and a server that is a
//! function.

#![cfg(feature = "onechat")]

mod answers;
mod beginning;
mod contents;
mod errors;
mod events;
mod fixtures;
mod kept;
mod messages;
