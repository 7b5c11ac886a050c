//! The switches of the OneSmile front (contract 8), under the key `onesmile`.

use serde::{Deserialize, Serialize};

use super::fault::{self, Fault};
use super::values::switch;

/// The position of every switch of this front.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OneSmileSwitches {
    pub(crate) room_id_type: RoomIdType,
    pub(crate) detail_key: DetailKey,
    pub(crate) detail_form: DetailForm,
    pub(crate) detail_order: DetailOrder,
    pub(crate) sf_mode: OffsetMode,
    /// The largest `limit` that is honoured.
    #[serde(with = "fault::number_or_none")]
    pub(crate) limit_cap: Option<u32>,
    pub(crate) send_text: SendText,
    pub(crate) send_result: Fault<SendResult>,
    pub(crate) create_result: Fault<CreateResult>,
    pub(crate) success_key: SuccessKey,
    pub(crate) auth_failure: AuthFailure,
    pub(crate) token_prefix: TokenPrefix,
    pub(crate) token: TokenHeld,
    pub(crate) refuse: Fault<Refuse>,
    pub(crate) error_form: ErrorForm,
    pub(crate) member_id_type: MemberIdType,
    pub(crate) recipient_form: RecipientForm,
    pub(crate) attachments: Attachments,
    pub(crate) date_form: DateForm,
    pub(crate) unseen: Unseen,
    pub(crate) list_message: ListMessage,
    pub(crate) names: Names,
    pub(crate) cors: Cors,
    pub(crate) http_plain: HttpPlain,
    /// How many requests a minute are served; `None` all.
    #[serde(with = "fault::number_or_off")]
    pub(crate) rate_limit: Option<u32>,
    pub(crate) peer: Fault<Peer>,
    /// How many messages `peer: burst` brings.
    pub(crate) burst: u32,
    pub(crate) no_answer: NoAnswer,
    /// Milliseconds that `send_result: slow` takes.
    pub(crate) slow_ms: u64,
}

impl Default for OneSmileSwitches {
    fn default() -> Self {
        Self {
            room_id_type: RoomIdType::default(),
            detail_key: DetailKey::default(),
            detail_form: DetailForm::default(),
            detail_order: DetailOrder::default(),
            sf_mode: OffsetMode::default(),
            limit_cap: None,
            send_text: SendText::default(),
            send_result: Fault::default(),
            create_result: Fault::default(),
            success_key: SuccessKey::default(),
            auth_failure: AuthFailure::default(),
            token_prefix: TokenPrefix::default(),
            token: TokenHeld::default(),
            refuse: Fault::default(),
            error_form: ErrorForm::default(),
            member_id_type: MemberIdType::default(),
            recipient_form: RecipientForm::default(),
            attachments: Attachments::default(),
            date_form: DateForm::default(),
            unseen: Unseen::default(),
            list_message: ListMessage::default(),
            names: Names::default(),
            cors: Cors::default(),
            http_plain: HttpPlain::default(),
            rate_limit: None,
            peer: Fault::default(),
            burst: 5,
            no_answer: NoAnswer::default(),
            slow_ms: 3000,
        }
    }
}

switch! {
    /// Type of `room_id`.
    RoomIdType {
        /// A string on create, a number elsewhere.
        #[default] Doc = "doc",
        /// Numbers everywhere.
        Number = "number",
        /// Strings everywhere.
        String = "string",
    }
}
switch! {
    /// The key of the rows of a room.
    DetailKey {
        /// As documented.
        #[default] RoomDetail = "room_detail",
        /// As the other commands have it.
        Response = "response",
        /// As the vendor's other services have it.
        Data = "data",
    }
}
switch! {
    /// The form of the rows of a room.
    DetailForm {
        /// A list.
        #[default] Array = "array",
        /// The first row alone, as documented.
        Object = "object",
        /// `null`.
        Null = "null",
        /// No key at all.
        Missing = "missing",
        /// An empty list.
        EmptyArray = "empty_array",
    }
}
switch! {
    /// The order of rows inside a page.
    DetailOrder {
        /// The newest on top.
        #[default] NewestFirst = "newest_first",
        /// The oldest on top.
        OldestFirst = "oldest_first",
        /// Neither.
        Shuffled = "shuffled",
    }
}
switch! {
    /// What `sf` counts.
    OffsetMode {
        /// Rows from the newest on.
        #[default] FromNewest = "from_newest",
        /// Rows from the oldest on.
        FromOldest = "from_oldest",
        /// Nothing: every page is the newest one.
        Ignored = "ignored",
    }
}
switch! {
    /// The text in the answer to a send.
    SendText {
        /// What was sent.
        #[default] Echo = "echo",
        /// None.
        Null = "null",
        /// The whole row is the one before.
        OtherRow = "other_row",
    }
}
switch! {
    /// How a send ends.
    SendResult {
        /// As it should.
        #[default] Ok = "ok",
        /// Stored, and never answered.
        StoredButNoAnswer = "stored_but_no_answer",
        /// Neither stored nor answered.
        Lost = "lost",
        /// Refused, with a text.
        SuccessFalse = "success_false",
        /// HTTP 500, not stored.
        ServerError = "500",
        /// Stored at once and answered late.
        Slow = "slow",
    }
}
switch! {
    /// How a create ends.
    CreateResult {
        /// The member's room with the recipient, or a new one.
        #[default] Ok = "ok",
        /// The document's sample: nothing in it, and no success.
        SampleFalse = "sample_false",
        /// A success without a room.
        EmptyRoomId = "empty_room_id",
        /// A room in which the recipient has written already.
        ExistingRoom = "existing_room",
        /// As it should, and `message` becomes the first message.
        UsesMessage = "uses_message",
    }
}
switch! {
    /// Which key tells the outcome.
    SuccessKey {
        /// `success`, a boolean.
        #[default] Success = "success",
        /// `status`, a boolean.
        StatusBool = "status_bool",
        /// `status`, `"OK"` or `"ERROR"`.
        StatusOk = "status_ok",
    }
}
switch! {
    /// How a bad token is refused.
    AuthFailure {
        /// HTTP 200 with the documented text.
        #[default] Ok200 = "200_invalid_parameters",
        /// HTTP 400 with the documented text.
        BadRequest = "400_invalid_parameters",
        /// HTTP 401 with the documented text.
        Unauthorized = "401",
    }
}
switch! {
    /// What stands before the token in its header.
    TokenPrefix {
        /// Nothing.
        #[default] Bare = "bare",
        /// `Bearer `, and nothing else is accepted.
        Bearer = "bearer",
    }
}
switch! {
    /// Which tokens are held for good.
    TokenHeld {
        /// Ours, until they expire.
        #[default] Good = "good",
        /// None.
        Expired = "expired",
    }
}
switch! {
    /// Whether a command is refused, in the form of `error_form`.
    Refuse {
        /// It is not.
        #[default] Off = "off",
        /// It is.
        On = "on",
    }
}
switch! {
    /// The form of a refusal.
    ErrorForm {
        /// HTTP 200 and a text.
        #[default] SuccessFalse = "success_false",
        /// HTTP 400 and a list of errors.
        StatusErrors = "status_errors",
        /// HTTP 400, a text and empty data.
        DataArray = "data_array",
        /// HTTP 502 and a page.
        Html = "html",
        /// HTTP 500 and nothing.
        Empty = "empty",
    }
}
switch! {
    /// Type of `member_id`.
    MemberIdType {
        /// As documented.
        #[default] String = "string",
        /// A number.
        Number = "number",
    }
}
switch! {
    /// Which desk `/demo/onesmile` names, and how ids of desks are written.
    RecipientForm {
        /// The one whose id is nearly a UUID.
        #[default] Uuid35 = "uuid35",
        /// The one whose id is a number.
        Numeric = "numeric",
        /// The one whose id is a kind and a number.
        KindPipe = "kind_pipe",
        /// The first one; answers write all ids of desks in capitals.
        UpperCase = "upper_case",
    }
}
switch! {
    /// What rows show of an attachment, and of none.
    Attachments {
        /// Its URL, or `null`.
        #[default] Url = "url",
        /// Its bytes in Base64, or `null`.
        Base64 = "base64",
        /// Always `null`.
        Null = "null",
        /// Its URL, or an empty string.
        EmptyString = "empty_string",
    }
}
switch! {
    /// The form of moments.
    DateForm {
        /// Seven hours east, microseconds, no zone.
        #[default] Doc = "doc",
        /// None.
        Empty = "empty",
        /// ISO 8601 with `Z`.
        Iso = "iso",
        /// As documented, but in UTC.
        OtherZone = "other_zone",
    }
}
switch! {
    /// The count of unseen messages.
    Unseen {
        /// Reading a room clears it.
        #[default] Counts = "counts",
        /// Nothing clears it.
        Sticky = "sticky",
        /// As `counts`, in a string.
        String = "string",
    }
}
switch! {
    /// The last message in the list of rooms.
    ListMessage {
        /// Its text.
        #[default] Text = "text",
        /// None.
        Null = "null",
    }
}
switch! {
    /// `fullname` and `room_name`.
    Names {
        /// Names.
        #[default] Filled = "filled",
        /// Empty strings.
        Empty = "empty",
    }
}
switch! {
    /// Whether pages of other origins may call.
    Cors {
        /// They may.
        #[default] Allow = "allow",
        /// They may not.
        Block = "block",
    }
}
switch! {
    /// What plain HTTP, and so this server, is good for.
    HttpPlain {
        /// It is served.
        #[default] Serve = "serve",
        /// Every connection is dropped.
        Refuse = "refuse",
    }
}
switch! {
    /// What the desk writes at once after each message of a member.
    Peer {
        /// Nothing; see `staff`.
        #[default] Off = "off",
        /// A text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A document.
        Document = "document",
        /// As many texts as `burst` says.
        Burst = "burst",
        /// Two texts with one and the same date.
        SameSecond = "same_second",
        /// A row without a text.
        NullText = "null_text",
    }
}
switch! {
    /// What "no answer" is.
    NoAnswer {
        /// The connection stays open and silent.
        #[default] Hang = "hang",
        /// The connection breaks.
        Break = "break",
    }
}
