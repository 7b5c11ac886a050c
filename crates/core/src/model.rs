//! The words of the domain, the same for every back end: conversations,
//! messages, rows, and the states they are in.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use crate::backend::REQUESTS;
use crate::only::{Only, only};
use crate::text::{after, before, contains};
use crate::time::{Instant, Timestamp};

/// The key of a row on this page. It stays when the server's id arrives, so
/// that a view never rebuilds a row because a message was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

/// A message's id, as the server gives it. Numbers are kept as their digits.
///
/// Ids grow: of two, the longer one is the later one, and of two of one length
/// the one that sorts after the other. An adapter whose system draws its ids at
/// random puts something that grows before each, and a `~` between.
#[derive(Clone, Debug, Eq)]
pub struct MessageId(pub String);

impl MessageId {
    /// The id as the system knows it.
    #[must_use]
    pub fn name(&self) -> &str {
        if REQUESTS {
            after(&self.0, '~')
        } else {
            &self.0
        }
    }
}

impl PartialEq for MessageId {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Ord for MessageId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for MessageId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for MessageId {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.name().hash(hasher);
    }
}

/// A conversation's id, as the server gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub String);

/// The id that this client draws for a message before it is sent (UUID v4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub String);

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The visitor, from this or another device.
    Me,
    /// The people behind the site.
    Them,
    /// The system itself: "the agent joined" and the like.
    System,
}

impl Author {
    /// The name that pages see (EMBED §3, `data-author`).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Them => "them",
            Self::System => "system",
        }
    }
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Plain text. Never HTML.
    Text(String),
    /// A picture, a film, a sound or any other file at a URL.
    File(FileContent),
    /// More than that.
    Rich(Only<Box<Rich>>),
}

/// A message that is more than a plain text or one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rich {
    /// What to make of it.
    pub kind: RichKind,
    /// What it says, in Markdown unless it is [`RichKind::Plain`]; the question
    /// where it asks one. Never HTML.
    pub text: String,
    /// Files that come with it.
    pub files: Vec<FileContent>,
    /// Whether what it asks is answered.
    pub answered: bool,
    /// What it asks or shows, and what was answered; empty where it does neither.
    ///
    /// Only the view understands this, and the adapter that writes it: it is an
    /// object in JSON. What is empty is left out.
    ///
    /// | key | of | |
    /// |---|---|---|
    /// | `label` | form | the name of the button that sends it, if it has one of its own |
    /// | | rating | `star` where it shows stars instead of faces |
    /// | `items` | | its parts: the choices, cards, fields or articles; may be missing when there are none |
    /// | `answer` | | what was answered: a list of `[name, value]`; may be missing when nothing was |
    ///
    /// A part is an object of texts:
    ///
    /// | key | of | |
    /// |---|---|---|
    /// | `title` | | what names it |
    /// | `text` | | what else it says; of a field what stands in it at first |
    /// | `value` | | what it stands for; of a field its name |
    /// | `url` | article, action | where it leads. Not checked here: the view makes links of http, https, mailto and tel only |
    /// | `image` | card | a picture's URL. Not checked here either |
    /// | `kind` | field | `email`, `text_area` or `select`; it is a text otherwise |
    /// | `hint` | field | what shows what is wanted while it is empty |
    /// | `pattern` | field | the regular expression that its value must match |
    /// | `error` | field | what to say when it does not |
    /// | `required` | field | `true` if it must be filled in |
    /// | `items` | card | its actions: `title`, and `url`, or `value` for one that only the page hears of |
    /// | | field | of a select its options: `title`, `value` |
    pub parts: String,
}

/// What to make of a [`Rich`] message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RichKind {
    /// A text in Markdown, perhaps with files.
    Text,
    /// A text in which nothing is a mark, with files.
    Plain,
    /// A question with buttons. Answered with the title and the value of one.
    Choices,
    /// Pictures and texts, with what can be done about each.
    Cards,
    /// Fields to fill in. Answered with the name and the value of each.
    Form,
    /// Links.
    Articles,
    /// "Rate this conversation". Answered with `rating` (1 to 5) and `comment`.
    Rating,
}

impl RichKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Plain,
        Self::Choices,
        Self::Cards,
        Self::Form,
        Self::Articles,
        Self::Rating,
    ];

    /// The name that pages see (EMBED §3, `data-kind`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Plain => "text",
            Self::Choices => "choices",
            Self::Cards => "cards",
            Self::Form => "form",
            Self::Articles => "articles",
            Self::Rating => "rating",
        }
    }
}

impl Content {
    /// A message of many kinds.
    #[must_use]
    pub fn rich(rich: Rich) -> Self {
        Self::Rich(only(Box::new(rich)))
    }

    /// What identifies it where nothing else does: its text, or its file's URL.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::File(file) => &file.url,
            Self::Rich(rich) => &rich.text,
        }
    }

    /// A line of it for a list: its text, or its file's name.
    #[must_use]
    pub fn preview(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::File(file) => &file.name,
            Self::Rich(rich) if rich.text.is_empty() => {
                rich.files.first().map_or("", |file| &file.name)
            }
            Self::Rich(rich) => &rich.text,
        }
    }

    /// Whether it may be the same message: it says the same, or is a file of the
    /// same name and size where one of the two has no URL.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        if !REQUESTS {
            return self.words() == other.words();
        }
        match (self, other) {
            (Self::File(one), Self::File(two))
                if one.url != two.url
                    && !(contains(&one.url, "://") && contains(&two.url, "://")) =>
            {
                let sizes = one.size.zip(two.size);
                one.name == two.name && sizes.is_none_or(|(one, two)| one == two)
            }
            _ => self.words() == other.words(),
        }
    }

    /// The name of its kind that pages see (EMBED §3, `data-kind`).
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::File(file) => file.kind.name(),
            Self::Rich(rich) => rich.kind.name(),
        }
    }
}

/// A file in a message. Everything but the URL is what the sender claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// How to show it.
    pub kind: FileKind,
    /// Where it lies. Not checked here: the view shows `https` (and local) only.
    pub url: String,
    /// Its name, as the sender told it or as the URL ends.
    pub name: String,
    /// Its MIME type.
    pub mime: Option<String>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Width and height in pixels.
    pub dimensions: Option<(u32, u32)>,
}

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// As a picture.
    Image,
    /// As a film with controls.
    Video,
    /// As a sound with controls.
    Audio,
    /// As a card with name and size.
    Other,
}

impl FileKind {
    /// The name that pages see (EMBED §3, `data-kind`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "file",
        }
    }

    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Self {
        let mut kinds = [Self::Image, Self::Video, Self::Audio].into_iter();
        kinds
            .find(|kind| kind.name() == name)
            .unwrap_or(Self::Other)
    }

    /// How a file of this type is shown. A drawing in SVG is a program, too,
    /// and goes as a file.
    pub(crate) fn of_mime(mime: &str) -> Self {
        match before(mime, b"/") {
            "image" if !mime.starts_with("image/svg") => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            _ => Self::Other,
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Stable on this page.
    pub key: Key,
    /// The server's id, once it is known.
    pub id: Option<MessageId>,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// When it was written: the server's time, or ours until that is known.
    pub at: Timestamp,
    /// How far it has come.
    pub state: RowState,
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Own: written, kept, waiting for its turn or for the connection.
    Queued,
    /// Own: its file is being uploaded; hundredths done.
    Uploading(u8),
    /// Own: on the wire, or its fate is being looked up.
    Sending,
    /// Own: the server has it.
    Sent,
    /// Own: the other side has seen it. Theirs: the visitor has.
    Seen,
    /// Own: it was not sent, and only the visitor can decide what now.
    Failed(Failure),
    /// Own: taken back, but the server has not been told; whether the visitor
    /// may still change their mind.
    Unsending(bool),
    /// Either side: taken back.
    Unsent,
    /// Theirs: arrived.
    Received,
}

/// Why a message could not be sent. Retry and Discard are offered for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it, with its own short words where it gave some.
    Refused(Option<String>),
    /// Larger than a frame may be.
    TooLong,
    /// Sent twice, answered never, and not in the history.
    Unconfirmed,
    /// The upload of its file failed.
    Upload,
    /// The upload did not get through; the network or the browser is in the way.
    UploadBlocked,
    /// The file was refused, with the server's own short words if it gave some.
    FileRefused(Option<String>),
    /// The file's bytes are not there any more: it must be chosen again.
    FileGone,
    /// The token for the upload is refused.
    SignedOut,
}

/// The connection, as a person would describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing has been asked for.
    Idle,
    /// Asking for a token, shaking hands, or resuming.
    Connecting,
    /// Messages flow.
    Online,
    /// Lost; the next try is set.
    Waiting,
    /// Cannot connect: the device is offline, or a person must act first.
    Offline,
    /// The conversation has ended; nothing is connected.
    Ended,
}

impl Status {
    /// The name that pages see (EMBED §2, `connection.status`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Online => "online",
            Self::Waiting => "waiting",
            Self::Offline => "offline",
            Self::Ended => "ended",
        }
    }
}

/// Why the connection is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// All is as asked for.
    None,
    /// The device says that it has no network.
    DeviceOffline,
    /// An open connection was lost.
    Lost,
    /// The server could not be reached, or refused the handshake.
    Unreachable,
    /// The page gave no token: the visitor must sign in.
    SignedOut,
    /// The page's token is refused or over, and no fresh one came.
    TokenRefused,
    /// Token and device id do not fit into the connect URL.
    UrlTooLong,
    /// The page is hidden; the connection rests until it is looked at again.
    Resting,
    /// The server asks for patience.
    Busy,
    /// Events do not come by themselves: the server is asked for news every few
    /// seconds.
    Polling,
}

/// The connection's state for views and for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where we are.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// When the next try is due, while `Waiting`.
    pub retry_at: Option<Instant>,
}

impl Connection {
    /// The state before anything was asked for.
    pub const IDLE: Self = Self {
        status: Status::Idle,
        reason: Reason::None,
        retry_at: None,
    };
}

/// Where the conversation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversation {
    /// None yet: it begins when the panel is opened.
    None,
    /// Open under this id.
    Open(ConversationId),
    /// Over. A new one begins on `Action::StartConversation`.
    Ended(ConversationId),
}

impl Conversation {
    /// The one that is open.
    pub(crate) const fn open(&self) -> Option<&ConversationId> {
        match self {
            Self::Open(id) => Some(id),
            Self::None | Self::Ended(_) => None,
        }
    }
}

/// Whether there are messages above the first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// Not known: no page has been read.
    Unknown,
    /// There may be more: `Action::LoadOlder` asks for them.
    More,
    /// A page is on its way.
    Loading,
    /// The first message of all is shown.
    End,
}

/// Something the visitor should be told, with a way on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The text does not fit into one message; the draft is kept.
    TooLong {
        /// Bytes of the frame it would make.
        bytes: u32,
        /// Bytes a frame may have.
        limit: u32,
    },
    /// Something other than a message was refused, e.g. ending the chat.
    Refused(Option<String>),
    /// The file is larger than may be sent.
    FileTooLarge {
        /// Its name.
        name: String,
        /// Bytes a file may have.
        limit: u64,
    },
    /// Files of this kind may not be sent.
    FileType {
        /// Its name.
        name: String,
    },
}

/// A conversation in the list of those that the visitor has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: ConversationId,
    /// What it is called; empty when it has no name.
    pub title: String,
    /// The last message, as plain text; empty when there is none to show.
    pub last: String,
    /// When that was written, or the conversation begun.
    pub at: Timestamp,
    /// Messages that the visitor has not seen.
    pub unread: u32,
}

/// What a back end can do. Views show this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// How the session speaks to it.
    pub transport: Transport,
    /// Wants an access token.
    pub token: bool,
    /// It can have several conversations: they are listed.
    pub rooms: bool,
    /// The first message begins a conversation; else the visitor chooses one.
    pub begin: bool,
    /// Tells who types, and takes that the visitor does.
    pub typing: bool,
    /// What the visitor has seen is told to it, or counted by its adapter.
    pub seen: bool,
    /// Lets the visitor take a message back.
    pub unsend: bool,
    /// Takes files.
    pub upload: bool,
    /// Lets the visitor end the conversation.
    pub end: bool,
    /// A new message opens an ended conversation again.
    pub reopen: bool,
    /// Is told that the visitor is here, and shows that it is there itself.
    pub presence: bool,
    /// The other side asks questions, for a rating among them.
    pub csat: bool,
}

/// How a session speaks to a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Everything goes through one WebSocket.
    Socket,
    /// Calls are requests.
    Requests {
        /// Events come through a WebSocket beside them; else, and while that is
        /// not to be had, the session asks for news again and again.
        push: bool,
    },
}
