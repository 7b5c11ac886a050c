//! The local server: everything a chat widget needs around it, on one machine.
//!
//! One conversation store in SQLite, the back ends' wire protocols in front of
//! it (Concierge, OneChat, VoIPBIN, OneSmile), an S3-compatible store for files,
//! a console for the person who answers, a scripted concierge for when nobody
//! does, and switches that make each of them misbehave as real services do.
//!
//! Out of scope: other hosts (it binds the loopback address only), real
//! accounts, and any use but trying and testing.
//!
//! Where to start: [`start`] puts the parts together; `chat` is the middle,
//! with the fronts, the console and the script around it; the README lists the
//! HTTP surface and every switch.
//!
//! ```no_run
//! # async fn demo() -> Result<(), concierge_devserver::StartError> {
//! let options = concierge_devserver::Options {
//!     port: 0,
//!     bucket_port: 0,
//!     data: "target/demo".into(),
//!     site: None,
//!     auto_reply: true,
//!     switches: serde_json::Map::new(),
//! };
//! let server = concierge_devserver::start(options).await?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

mod bucket;
mod chat;
mod console;
mod demo;
mod fronts;
mod inspect;
mod inspection;
mod model;
mod script;
mod server;
mod signing;
mod site;
mod store;
mod switches;
mod token;

pub use server::{Options, Server, StartError, start};
