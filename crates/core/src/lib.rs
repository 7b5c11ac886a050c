//! The chat without I/O.
//!
//! A [`Session`] is told everything that happens ([`Input`]) and says what is
//! to be done ([`Effect`]); a shell around it owns the sockets, the storage and
//! the clock. Equal inputs, seed and clock give equal effects.
//!
//! Out of scope: networking, storage, time, randomness, texts for people,
//! rendering. Those are the shell's and the views'.
//!
//! Start reading at [`io`] (the border), then [`session`], then the adapter of
//! one back end in [`backend`].
//!
//! ```
//! use concierge_core::backend::concierge::{Concierge, Settings};
//! use concierge_core::{Action, Ask, Effect, Input, Now, Session, Setup, Stored, UploadRules};
//!
//! let mut session = Session::new(Setup {
//!     backend: Box::new(Concierge::new(Settings {
//!         socket_url: "ws://127.0.0.1:8080/concierge/socket".into(),
//!         api_url: None,
//!         device_id: "web-1".into(),
//!         page_size: 20,
//!     })),
//!     seed: 7,
//!     stored: Stored::default(),
//!     rules: UploadRules::default(),
//! });
//! session.handle(Now::default(), Input::Start);
//! let effects = session.handle(Now::default(), Input::User(Action::OpenPanel));
//! assert!(effects.contains(&Effect::AskToken(Ask::Any)));
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_macros))]
// See `only`: what is done with values that there are not is not reached.
#![cfg_attr(
    not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")),
    allow(unreachable_code, unused_variables)
)]

pub mod backend;
mod backoff;
mod calls;
pub mod change;
pub mod io;
pub mod json;
mod lately;
mod link;
pub mod model;
pub mod only;
mod outbox;
mod random;
mod receipts;
pub mod session;
mod stored;
pub mod tab;
pub mod text;
pub mod time;
mod timeline;
mod timers;
mod token;
mod unsends;
mod upload;

pub use change::{Change, Mirror};
pub use io::{
    Action, Ask, Close, ConnId, Door, Effect, ErrorCode, Event, Input, NewFile, NoFile, NoToken,
    Page, ReadyFile, Request, RequestId, Response, Secret, Slot, Token, Unreachable, UploadBody,
    UploadRequest, UploadStep, Url,
};
pub use model::{
    Author, Connection, Content, Conversation, ConversationId, Failure, FileContent, FileKind, Key,
    MessageId, Notice, Older, Reason, Rich, RichKind, Room, Row, RowState, Status, Traits,
    Transport, Uid,
};
pub use random::uuid;
pub use session::{Session, Setup, Stored};
pub use tab::Tab;
pub use time::{Instant, Now, Timestamp};
pub use upload::UploadRules;
