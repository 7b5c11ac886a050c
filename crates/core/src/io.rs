//! The session's border: everything that can happen to it, and everything it
//! asks of its surroundings.

use core::fmt;

use crate::change::Change;
use crate::model::{ConversationId, Key, MessageId, Row};
use crate::time::Timestamp;

/// One connection attempt and the connection it may become. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u32);

/// Everything that can happen to a session, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The app has started. What was stored is shown; a conversation that was
    /// open before is connected to, so that unread messages show.
    Start,
    /// The connection was opened.
    Opened(ConnId),
    /// A text frame arrived. A binary frame is reported as an empty text.
    Received(ConnId, String),
    /// The connection closed, failed, or could not be made.
    Closed(ConnId, Close),
    /// The page or its device changed.
    Page(Page),
    /// The page answered `Effect::AskToken`.
    Token(Result<Token, NoToken>),
    /// The time of `Session::deadline` has come. Early or late is harmless.
    Wake,
    /// The visitor, or the page in the visitor's name, did something.
    User(Action),
}

/// What the visitor does, in the imperative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open the panel. The first time this connects.
    OpenPanel,
    /// Close the panel. The conversation goes on.
    ClosePanel,
    /// Send this text. When it is taken, `Change::Draft("")` follows; when it
    /// is refused (`Change::Notice`), the draft is kept.
    Send(String),
    /// The composer's text changed: keep it over a reload.
    Draft(String),
    /// Try a failed message again.
    Retry(Key),
    /// Throw away a message that is not sent.
    Discard(Key),
    /// Read the page of messages above the first row.
    LoadOlder,
    /// Begin a new conversation after one has ended.
    StartConversation,
    /// End the conversation.
    EndConversation,
    /// Do not wait for the next try: connect.
    Reconnect,
    /// The page has another token now, perhaps another visitor's.
    SignedIn,
    /// The notice was read.
    DismissNotice,
}

/// What the browser says of the page and the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The device has a network again.
    Online,
    /// The device has none.
    Offline,
    /// The page is looked at.
    Visible,
    /// The page is in the background.
    Hidden,
    /// The page came back from the back/forward cache.
    Restored,
    /// The page is being left, and may come back from the cache: no
    /// connection may stay open.
    Leaving,
}

/// How a connection ended: the WebSocket close code, 1006 when there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// RFC 6455 close code.
    pub code: u16,
}

/// Everything a session asks of its surroundings, in the imperative. The
/// shell runs them in order before the next input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a WebSocket. Answered by `Opened` or `Closed`.
    Connect(ConnId, Url),
    /// Send a text frame.
    Transmit(ConnId, String),
    /// Close the connection with 1000. No `Closed` needs to follow.
    Close(ConnId),
    /// Ask the page for the access token. Answered by `Token`.
    AskToken(Ask),
    /// Keep this text under the slot, or remove it.
    Store(Slot, Option<String>),
    /// Something a view shows has changed.
    Changed(Change),
    /// Something happened that the page may want to hear of.
    Announce(Event),
}

/// Which token is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The one at hand will do.
    Any,
    /// The last one was refused or is about to expire.
    Fresh,
}

/// An access token from the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// When it ends, if the page said so. Otherwise a JWT's `exp` is read.
    pub expires_at: Option<Timestamp>,
}

/// The page gave no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// There is none, or its function says so by failing.
    SignedOut,
    /// The page could not reach whoever gives tokens.
    Unreachable,
}

/// A place in the browser's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The open conversation, and how far it was read.
    Conversation,
    /// The visitor's id with the system: whose everything else here is.
    Visitor,
    /// Messages that are written and not confirmed.
    Outbox,
    /// The text in the composer.
    Draft,
}

impl Slot {
    /// All slots, for reading and for forgetting the visitor.
    pub const ALL: [Self; 4] = [Self::Conversation, Self::Visitor, Self::Outbox, Self::Draft];

    /// The slot's name in storage keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Visitor => "visitor",
            Self::Outbox => "outbox",
            Self::Draft => "draft",
        }
    }
}

/// What happened, for the page's event listeners, sounds and announcements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A conversation began or was taken up again.
    ConversationStart(ConversationId),
    /// The conversation ended, by either side.
    ConversationEnd(ConversationId),
    /// Someone has joined the conversation.
    AgentJoin,
    /// An own message is on the server.
    MessageSent(Key, MessageId),
    /// A message from the other side arrived just now (not from history read
    /// for the first time).
    MessageReceived(Row),
    /// An own message was refused or lost for good.
    MessageFailed(Key),
    /// A message was taken back.
    MessageUnsent(MessageId),
    /// The token is over and the page gave no fresh one.
    TokenExpired,
    /// Something went wrong. `recoverable` is false when the page or the
    /// visitor must act.
    Error {
        /// Stable name for programs.
        code: ErrorCode,
        /// Whether the session tries again by itself.
        recoverable: bool,
    },
}

/// Stable names of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The server cannot be reached or refuses the handshake.
    Unreachable,
    /// No token from the page.
    SignedOut,
    /// The token does not fit into the connect URL.
    UrlTooLong,
    /// A call was refused by the server.
    Refused,
}

impl ErrorCode {
    /// The name that the page's `error` event carries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::SignedOut => "signed-out",
            Self::UrlTooLong => "url-too-long",
            Self::Refused => "refused",
        }
    }
}

/// A URL that may carry a token: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(pub String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(***)")
    }
}

/// A text that must not be logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
