//! The switches of the OneChat front, under the one key `onechat`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::fault::{self, Fault};
use super::values::switch;

/// The position of every OneChat switch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OneChatSwitches {
    pub(crate) generation: Generation,
    pub(crate) cors: Cors,
    pub(crate) hmac: Hmac,
    pub(crate) contact: Fault<ContactFault>,
    pub(crate) message_type_as: IntOrString,
    pub(crate) echo: Echo,
    pub(crate) echo_id_in_rest: OffOn,
    pub(crate) post_message: Fault<PostMessage>,
    /// How many older messages a new conversation is born with.
    pub(crate) history_size: u16,
    /// Which special messages it is born with.
    pub(crate) history_flags: Vec<HistoryFlag>,
    pub(crate) conversation_list: ConversationList,
    pub(crate) lock_single: OffOn,
    pub(crate) bot_pending: OffOn,
    pub(crate) toggle_status: OkOr404,
    pub(crate) typing: OkOr404,
    pub(crate) last_seen: OkOr404,
    pub(crate) read_receipts: ReadReceipts,
    pub(crate) cable_handshake: Fault<CableHandshake>,
    pub(crate) cable_confirm: Fault<CableConfirm>,
    pub(crate) cable_ping: CablePing,
    pub(crate) cable_disconnect: CableDisconnect,
    pub(crate) event_order: Fault<OrderOfEvents>,
    /// What happens next; steps leave the list when they are played.
    pub(crate) events: Vec<Step>,
    /// The least size of an event's frame, in bytes; `None` leaves it alone.
    #[serde(with = "fault::number_or_off")]
    pub(crate) big_frame: Option<u32>,
    pub(crate) upload: Fault<Upload>,
    pub(crate) attachment_url: AttachmentUrl,
    /// Seconds by which the server's clock is ahead.
    pub(crate) clock_skew: i32,
}

switch! {
    /// Which age of the software the server plays.
    Generation {
        /// The upstream project of 2026.
        #[default] Cw = "cw",
        /// The white label of 2025.
        Oc42 = "oc42",
        /// The white label of 2022.
        Oc21 = "oc21",
    }
}
switch! {
    /// Whether pages of other origins may call.
    Cors {
        /// Any may, but of the oldest generation.
        #[default] Any = "any",
        /// None may.
        None = "none",
    }
}
switch! {
    /// What is made of identifier hashes.
    Hmac {
        /// Nothing.
        #[default] Off = "off",
        /// One that is sent must be right.
        Optional = "optional",
        /// One must be sent.
        Mandatory = "mandatory",
    }
}
switch! {
    /// What happens to contacts.
    ContactFault {
        /// What should.
        #[default] New = "new",
        /// A create goes on with the session that was added last.
        Resume = "resume",
        /// An update merges the contact into another one.
        Merged = "merged",
        /// Answers have no stream token.
        NoPubsubToken = "no_pubsub_token",
        /// Sessions are not known.
        Unknown404 = "unknown_404",
        /// Contacts are blocked.
        Blocked = "blocked",
    }
}
switch! {
    /// The JSON type of `message_type` in the answer to a post.
    IntOrString {
        /// A number.
        #[default] Int = "int",
        /// A word.
        String = "string",
    }
}
switch! {
    /// When the contact's own message comes as an event.
    Echo {
        /// After the answer.
        #[default] AfterResponse = "after_response",
        /// Before the answer.
        BeforeResponse = "before_response",
        /// Not at all.
        Never = "never",
        /// Twice, after the answer.
        Twice = "twice",
    }
}
switch! {
    /// Something that is off as it is in the real service.
    OffOn {
        /// Not done.
        #[default] Off = "off",
        /// Done.
        On = "on",
    }
}
switch! {
    /// How the post of a message ends.
    PostMessage {
        /// As it should.
        #[default] Ok = "ok",
        /// It is stored, and the connection breaks without an answer.
        StoredButNoAnswer = "stored_but_no_answer",
        /// It is not stored, and the connection breaks without an answer.
        Lost = "lost",
        /// HTTP 422: too long.
        TooLong = "422_long",
        /// HTTP 422: too many messages.
        TooManyMessages = "422_rate",
        /// HTTP 429.
        Throttled = "429",
        /// HTTP 500.
        ServerError = "500",
        /// It is stored at once and answered late.
        Slow = "slow",
    }
}
switch! {
    /// A special message of a new conversation's history.
    HistoryFlag {
        /// One that staff took back.
        Deleted = "deleted",
        /// A survey.
        #[default] Csat = "csat",
        /// A survey that is too old to be answered.
        CsatLate = "csat_late",
        /// Cards with links and buttons.
        Cards = "cards",
        /// A form.
        Form = "form",
        /// A list of articles.
        Article = "article",
        /// A choice.
        InputSelect = "input_select",
        /// A question for an email address.
        InputEmail = "input_email",
        /// Every kind of attachment.
        AttachmentsAll = "attachments_all",
        /// A message without any text.
        NullContent = "null_content",
        /// A content type that nobody has heard of.
        UnknownType = "unknown_type",
        /// Markdown, and attempts to smuggle a script in.
        MarkdownXss = "markdown_xss",
        /// The content types that only the white label of 2025 has.
        Oc42Extras = "oc42_extras",
    }
}
switch! {
    /// The list of a contact's conversations.
    ConversationList {
        /// As it should be.
        #[default] Ok = "ok",
        /// HTTP 500 once the user was proved.
        ErrorWhenVerified = "500_when_verified",
        /// With private notes and activity rows.
        WithPrivate = "with_private",
    }
}
switch! {
    /// A route that may be missing.
    OkOr404 {
        /// It is there.
        #[default] Ok = "ok",
        /// It is not.
        NotFound = "404",
    }
}
switch! {
    /// What follows when the contact has read messages.
    ReadReceipts {
        /// An event for each message.
        #[default] Burst = "burst",
        /// Nothing.
        None = "none",
    }
}
switch! {
    /// How a handshake of the cable ends.
    CableHandshake {
        /// As it should.
        #[default] Ok = "ok",
        /// The server takes the sub-protocol that says "not supported".
        NoSubprotocol = "no_subprotocol",
        /// The answer names no sub-protocol.
        StripHeader = "strip_header",
        /// HTTP 404.
        NotFound = "404",
        /// HTTP 429.
        Throttled = "429",
        /// Never.
        Hang = "hang",
    }
}
switch! {
    /// How a subscription with a good token ends.
    CableConfirm {
        /// It is confirmed.
        #[default] Ok = "ok",
        /// It is ignored.
        Silence = "silence",
        /// It is rejected.
        Reject = "reject",
        /// It is confirmed after three seconds.
        Slow = "slow",
        /// A socket's second one is ignored.
        SecondSubscribeSilent = "second_subscribe_silent",
    }
}
switch! {
    /// How a socket is ended by the server.
    Ending {
        /// "server_restart", reconnect.
        #[default] Restart = "restart",
        /// "remote", reconnect.
        Remote = "remote",
        /// "unauthorized", do not reconnect.
        Unauthorized = "unauthorized",
        /// Without a word.
        TcpDrop = "tcp_drop",
    }
}
switch! {
    /// The order in which events arrive.
    OrderOfEvents {
        /// As they happened.
        #[default] Fifo = "fifo",
        /// Those of a short moment come together, the newest first.
        Reversed = "reversed",
        /// Each comes twice.
        Duplicated = "duplicated",
        /// They do not come.
        Dropped = "dropped",
    }
}
switch! {
    /// Something that happens when it is set.
    Step {
        /// Staff writes.
        #[default] AgentMessage = "agent_message",
        /// Staff sends a picture.
        Attachment = "attachment",
        /// The inbox greets.
        Greeting = "greeting",
        /// Staff begins to type.
        TypingOn = "typing_on",
        /// Staff stops.
        TypingOff = "typing_off",
        /// Staff types a note that is not for the contact.
        TypingPrivate = "typing_private",
        /// The conversation is resolved.
        Resolved = "resolved",
        /// It is opened again.
        Reopened = "reopened",
        /// It waits for a bot.
        Pending = "pending",
        /// It is put off.
        Snoozed = "snoozed",
        /// Another member of staff takes it.
        Assignee = "assignee",
        /// Who is there is told.
        Presence = "presence",
        /// Staff takes its newest message back.
        Deleted = "deleted",
        /// Staff's newest message becomes read.
        Read = "read",
        /// The contact's newest message could not be delivered.
        Failed = "failed",
        /// A call begins.
        CallCreated = "call.created",
        /// It ends.
        CallEnded = "call.ended",
        /// It is refused.
        CallRejected = "call.rejected",
        /// The contact gets another stream token; the old one is dead.
        ContactMerged = "contact.merged",
        /// Something that nobody has heard of.
        Unknown = "unknown",
        /// A survey.
        Csat = "csat",
        /// A choice.
        InputSelect = "input_select",
        /// A question for an email address.
        InputEmail = "input_email",
        /// Cards.
        Cards = "cards",
        /// A form.
        Form = "form",
        /// Articles.
        Article = "article",
        /// Markdown, and attempts to smuggle a script in.
        MarkdownXss = "markdown_xss",
    }
}
switch! {
    /// How the upload of attachments ends.
    Upload {
        /// As it should.
        #[default] Ok = "ok",
        /// HTTP 413, as a proxy answers.
        TooLarge = "413",
        /// HTTP 500.
        ServerError = "500",
        /// The body is read slowly.
        Slow = "slow",
        /// The connection breaks inside the body.
        Abort = "abort",
        /// Pictures are not measured.
        WidthNull = "width_null",
    }
}
switch! {
    /// Where the address of an attachment leads.
    AttachmentUrl {
        /// To the file, over one redirect.
        #[default] Ok = "ok",
        /// To the file, over one more.
        Redirect = "redirect",
        /// To a storage address whose time is over.
        Expired = "expired",
        /// To a host that is not there.
        UnreachableHost = "unreachable_host",
    }
}

/// How often the cable pings: milliseconds, or `stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub(crate) enum CablePing {
    /// After that many milliseconds each.
    Every(u64),
    /// Never.
    Stop,
}

impl Default for CablePing {
    fn default() -> Self {
        Self::Every(3000)
    }
}

impl TryFrom<Value> for CablePing {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        if value == "stop" {
            return Ok(Self::Stop);
        }
        let error = || Error::custom("expected `stop` or milliseconds from 1");
        let ms = value.as_u64().filter(|ms| *ms > 0);
        ms.map(Self::Every).ok_or_else(error)
    }
}

impl From<CablePing> for Value {
    fn from(ping: CablePing) -> Self {
        match ping {
            CablePing::Every(ms) => json!(ms),
            CablePing::Stop => json!("stop"),
        }
    }
}

/// Ends sockets: `off`, an [`Ending`], or one with its moment and number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(into = "Value")]
pub(crate) enum CableDisconnect {
    /// Sockets stay.
    #[default]
    Off,
    /// They end so.
    At(DisconnectAt),
}

/// How and when sockets end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisconnectAt {
    pub(crate) value: Ending,
    /// Seconds after the welcome; fractions too.
    #[serde(default)]
    pub(crate) after_s: f64,
    /// How many sockets it befalls; without, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

impl CableDisconnect {
    /// Ends one socket, if sockets are to end.
    pub(crate) fn take(&mut self) -> Option<Ending> {
        let Self::At(at) = self else { return None };
        let ending = at.value;
        if !fault::count_down(&mut at.times) {
            *self = Self::Off;
        }
        Some(ending)
    }
}

impl<'de> Deserialize<'de> for CableDisconnect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value == "off" {
            return Ok(Self::Off);
        }
        let whole = if value.is_object() {
            value
        } else {
            json!({"value": value})
        };
        serde_json::from_value(whole)
            .map(Self::At)
            .map_err(D::Error::custom)
    }
}

impl From<CableDisconnect> for Value {
    fn from(disconnect: CableDisconnect) -> Self {
        match disconnect {
            CableDisconnect::Off => json!("off"),
            CableDisconnect::At(at) => json!(at),
        }
    }
}
