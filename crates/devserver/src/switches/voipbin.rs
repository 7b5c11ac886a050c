//! The switches of the VoIPBIN front (contract 8), under the key `voipbin`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::{CloseAfter, Fault};
use super::onesmile::NoAnswer;
use super::values::switch;

/// The position of every switch of this front.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VoipBinSwitches {
    pub(crate) dialect: Dialect,
    pub(crate) errors: Errors,
    pub(crate) owner_key: OwnerKey,
    pub(crate) source_empty: SourceEmpty,
    pub(crate) time_form: TimeForm,
    pub(crate) alive_form: AliveForm,
    pub(crate) last_page_token: LastPageToken,
    pub(crate) same_microsecond: SameMicrosecond,
    /// The largest `page_size` that is honoured.
    pub(crate) page_size_cap: u32,
    pub(crate) participants_order: ParticipantsOrder,
    pub(crate) medias_form: MediasForm,
    pub(crate) send_result: Fault<SendResult>,
    pub(crate) no_answer: NoAnswer,
    /// Milliseconds that `send_result: slow` and `files: slow` take.
    pub(crate) slow_ms: u64,
    pub(crate) rights: Rights,
    pub(crate) strict_content_type: StrictContentType,
    pub(crate) ws_shape: SocketShape,
    pub(crate) ws_copies: Copies,
    pub(crate) ws_event_names: EventNames,
    pub(crate) ws_bad_topic: BadTopic,
    /// Milliseconds by which events are late.
    pub(crate) ws_lag_ms: u64,
    pub(crate) ws_order: SocketOrder,
    pub(crate) ws_close: CloseAfter,
    pub(crate) ws_auth: Fault<SocketAuth>,
    pub(crate) token: TokenKind,
    pub(crate) peer: Fault<Peer>,
    pub(crate) files: Fault<Files>,
    pub(crate) webchat_session: WebchatSession,
    /// Seconds for which a token of `/auth/boot` is good.
    pub(crate) boot_expire_s: i64,
    pub(crate) cors: Cors,
}

impl Default for VoipBinSwitches {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            errors: Errors::default(),
            owner_key: OwnerKey::default(),
            source_empty: SourceEmpty::default(),
            time_form: TimeForm::default(),
            alive_form: AliveForm::default(),
            last_page_token: LastPageToken::default(),
            same_microsecond: SameMicrosecond::default(),
            page_size_cap: 100,
            participants_order: ParticipantsOrder::default(),
            medias_form: MediasForm::default(),
            send_result: Fault::default(),
            no_answer: NoAnswer::default(),
            slow_ms: 3000,
            rights: Rights::default(),
            strict_content_type: StrictContentType::default(),
            ws_shape: SocketShape::default(),
            ws_copies: Copies::default(),
            ws_event_names: EventNames::default(),
            ws_bad_topic: BadTopic::default(),
            ws_lag_ms: 0,
            ws_order: SocketOrder::default(),
            ws_close: CloseAfter::default(),
            ws_auth: Fault::default(),
            token: TokenKind::default(),
            peer: Fault::default(),
            files: Fault::default(),
            webchat_session: WebchatSession::default(),
            boot_expire_s: 14_400,
            cors: Cors::default(),
        }
    }
}

/// The form of errors, and errors of single routes: a word of [`ErrorForm`], or
/// `{"form": …, "POST /chatmessages": a fault of RouteError, …}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub(crate) struct Errors {
    pub(crate) form: ErrorForm,
    pub(crate) routes: BTreeMap<String, Fault<RouteError>>,
}

impl TryFrom<Value> for Errors {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let Value::Object(mut routes) = value else {
            return Ok(Self {
                form: serde_json::from_value(value)?,
                routes: BTreeMap::new(),
            });
        };
        let form = routes.remove("form").map(serde_json::from_value);
        Ok(Self {
            form: form.transpose()?.unwrap_or_default(),
            routes: serde_json::from_value(Value::Object(routes))?,
        })
    }
}

impl From<Errors> for Value {
    fn from(errors: Errors) -> Self {
        if errors.routes.is_empty() {
            return json!(errors.form);
        }
        let mut routes = json!(errors.routes);
        routes["form"] = json!(errors.form);
        routes
    }
}

switch! {
    /// Which generations of the API are there.
    Dialect {
        /// Chats, rooms and their messages.
        #[default] Legacy = "legacy",
        /// Its successor.
        Talk = "talk",
        /// The visitors' product.
        Webchat = "webchat",
        /// All three.
        All = "all",
        /// All but the first.
        LegacyRemoved = "legacy_removed",
    }
}
switch! {
    /// The form of errors.
    ErrorForm {
        /// Legacy: 400 without a body. Others: the envelope.
        #[default] AsDialect = "as_dialect",
        /// 400 without a body.
        Empty400 = "empty_400",
        /// JSON that says what is wrong.
        Envelope = "envelope",
    }
}
switch! {
    /// An error of one route.
    RouteError {
        /// None.
        #[default] Off = "off",
        /// HTTP 400 without a body.
        Empty400 = "empty_400",
        /// HTTP 401 without a body.
        Empty401 = "401_empty",
        /// HTTP 402 in the envelope, and so on.
        Payment = "402",
        /// No right.
        Denied = "403",
        /// Not there.
        NotFound = "404",
        /// There already.
        Exists = "409",
        /// Too often.
        Throttled = "429",
        /// The server is at fault.
        Internal = "500",
        /// The server is away.
        Unavailable = "503",
    }
}
switch! {
    /// Under which key a legacy chat names its owner.
    OwnerKey {
        /// As documented.
        #[default] OwnerId = "owner_id",
        /// As the server has it.
        RoomOwnerId = "room_owner_id",
        /// Under both.
        Both = "both",
    }
}
switch! {
    /// Empty parts of a message's source.
    SourceEmpty {
        /// Empty strings.
        #[default] Strings = "strings",
        /// Left out.
        Omitted = "omitted",
    }
}
switch! {
    /// The form of moments.
    TimeForm {
        /// `legacy` in legacy, `iso_short` elsewhere.
        #[default] AsDialect = "as_dialect",
        /// With a space and six digits, without a zone.
        Legacy = "legacy",
        /// ISO 8601 with six digits.
        Iso6 = "iso6",
        /// ISO 8601 with as many digits as are needed.
        IsoShort = "iso_short",
        /// The same with a space for the `T`.
        IsoSpace = "iso_space",
    }
}
switch! {
    /// `tm_delete` of what is not deleted.
    AliveForm {
        /// `sentinel` in legacy, `null` elsewhere.
        #[default] AsDialect = "as_dialect",
        /// A day in the year 9999.
        Sentinel = "sentinel",
        /// `null`.
        Null = "null",
        /// No key.
        Absent = "absent",
    }
}
switch! {
    /// The token after the last page.
    LastPageToken {
        /// The last row's moment, as on every page.
        #[default] Present = "present",
        /// Empty.
        Empty = "empty",
    }
}
switch! {
    /// Whether messages are of one microsecond, so that pages lose some.
    SameMicrosecond {
        /// Each has its own.
        #[default] Off = "off",
        /// Each has that of the one before.
        On = "on",
    }
}
switch! {
    /// The order of participants.
    ParticipantsOrder {
        /// Against the order of joining.
        #[default] Reversed = "reversed",
        /// In the order of joining.
        Same = "same",
    }
}
switch! {
    /// The medias of a message.
    MediasForm {
        /// What was sent; an empty list for nothing.
        #[default] EmptyList = "empty_list",
        /// What was sent; `null` for nothing.
        Null = "null",
        /// What was sent, with empty parts beside.
        ZeroParts = "zero_parts",
        /// A link in every message.
        Link = "link",
        /// A file in every message that nobody put up.
        File = "file",
        /// An agent in every message.
        Agent = "agent",
        /// An address in every message.
        Address = "address",
        /// Something new in every message.
        Unknown = "unknown",
    }
}
switch! {
    /// How the sending of a message ends.
    SendResult {
        /// As it should.
        #[default] Ok = "ok",
        /// Stored, and answered as if it were not.
        StoredBut400 = "stored_but_400",
        /// Stored, and never answered.
        StoredButNoAnswer = "stored_but_no_answer",
        /// Neither stored nor answered.
        Lost = "lost",
        /// Refused for want of a right.
        Role400 = "400_role",
        /// Stored at once and answered late.
        Slow = "slow",
    }
}
switch! {
    /// What agents may do.
    Rights {
        /// Everything.
        #[default] Manager = "manager",
        /// Only what is under `/service_agents`, and no events of the customer.
        PlainAgent = "plain_agent",
    }
}
switch! {
    /// Whether bodies must say that they are JSON.
    StrictContentType {
        /// They need not.
        #[default] Off = "off",
        /// HTTP 415 for those that do not.
        On = "415",
    }
}
switch! {
    /// The shape of events.
    SocketShape {
        /// `wrapped` in legacy, `bare` elsewhere.
        #[default] AsDialect = "as_dialect",
        /// A type and data.
        Wrapped = "wrapped",
        /// The resource alone.
        Bare = "bare",
        /// With a topic and a time, as only documents have it.
        DocShape = "doc_shape",
        /// Each in turn.
        Mixed = "mixed",
    }
}
switch! {
    /// How often each event comes.
    Copies {
        /// Once.
        #[default] Once = "1",
        /// Once for each of its two topics, as the real server sends it.
        Twice = "2",
        /// Once more.
        Thrice = "3",
    }
}
switch! {
    /// The names of talk's events.
    EventNames {
        /// Since April 2026.
        #[default] New = "new",
        /// Before.
        Old = "old",
    }
}
switch! {
    /// What becomes of a socket that subscribes to what it may not.
    BadTopic {
        /// It is cut off.
        #[default] Drop = "drop",
        /// Nothing.
        Ignore = "ignore",
    }
}
switch! {
    /// The order of events.
    SocketOrder {
        /// As they happen.
        #[default] Fifo = "fifo",
        /// Those of a short moment, the newest first.
        Reversed = "reversed",
    }
}
switch! {
    /// How a handshake ends.
    SocketAuth {
        /// By the token.
        #[default] Ok = "ok",
        /// HTTP 401.
        Unauthorized = "401",
    }
}
switch! {
    /// What tokens of `/demo/voipbin` and `/auth/login` are like.
    TokenKind {
        /// With the new claim and the old.
        #[default] Any = "any",
        /// Their time is over.
        Expired = "expired",
        /// With the old claims.
        ExpClaim = "exp_claim",
        /// With the new claim.
        ExpireClaim = "expire_claim",
    }
}
switch! {
    /// What another agent does at once after each message of an agent.
    Peer {
        /// Nothing; see `staff`.
        #[default] Off = "off",
        /// Writes.
        Message = "message",
        /// Writes as the system.
        SystemMessage = "system_message",
        /// Writes a message without a type.
        EmptyType = "empty_type",
        /// Renames the chat.
        Rename = "rename",
        /// Adds a colleague.
        ParticipantAdded = "participant_added",
        /// Removes a colleague.
        ParticipantRemoved = "participant_removed",
        /// Writes and deletes it.
        Delete = "delete",
        /// Reacts to the newest message.
        Reaction = "reaction",
        /// Writes, deletes it, and answers it.
        ReplyToDeleted = "reply_to_deleted",
    }
}
switch! {
    /// How uploads and downloads end.
    Files {
        /// As they should.
        #[default] Ok = "ok",
        /// HTTP 400.
        Refused = "400",
        /// Late.
        Slow = "slow",
        /// The download leads nowhere.
        Target404 = "307_target_404",
    }
}
switch! {
    /// The state of webchat.
    WebchatSession {
        /// Sessions go on.
        #[default] Active = "active",
        /// Every session has ended.
        Ended = "ended",
        /// Sessions that are a second old have ended by themselves.
        IdleEnded = "idle_ended",
        /// No hash is known.
        UnknownHash = "unknown_hash",
    }
}
switch! {
    /// Cross-origin rules.
    Cors {
        /// As the service has them.
        #[default] AsReal = "as_real",
        /// None.
        None = "none",
    }
}
