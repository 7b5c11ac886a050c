//! The closed lists of values. The default is what the real service does.

use serde::{Deserialize, Serialize};

/// Declares a switch's list: the values, one line each, the default marked.
macro_rules! switch {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name {
            $($(#[$value_doc])* #[serde(rename = $wire)] $value,)+
        }
    };
}
pub(super) use switch;

switch! {
    /// Types of row numbers.
    Ids {
        /// Strings in answers, numbers in events.
        #[default] Doc = "doc",
        /// Numbers everywhere.
        Numbers = "numbers",
        /// Strings everywhere.
        Strings = "strings",
    }
}
switch! {
    /// Types of moments.
    Times {
        /// Strings in answers, numbers in events.
        #[default] Doc = "doc",
        /// Numbers everywhere.
        Numbers = "numbers",
    }
}
switch! {
    /// Under which key a message's metadata comes back.
    MetadataKey {
        /// The newer spelling.
        #[default] Metadata = "metadata",
        /// The typing error of the first version.
        Metdata = "metdata",
        /// Not at all.
        Drop = "drop",
    }
}
switch! {
    /// What comes back as metadata.
    MetadataValue {
        /// What was sent.
        #[default] Echo = "echo",
        /// Nothing.
        Null = "null",
        /// What was sent, as JSON inside a string.
        String = "string",
        /// What the concierge's own program writes beside a file.
        AgentFile = "agent_file",
    }
}
switch! {
    /// What stands in an answer's `channel`.
    ChannelEcho {
        /// The route as it was sent.
        #[default] Exact = "exact",
        /// The route with another `limit` than was asked for.
        OtherLimit = "other_limit",
        /// The route without its query.
        Bare = "bare",
        /// A list with the route in it.
        Array = "array",
    }
}
switch! {
    /// The key of an answer's status.
    StatusKey {
        /// As documented.
        #[default] Status = "status",
        /// As the vendor's other services have it.
        StatusCode = "statusCode",
    }
}
switch! {
    /// The key of an answer's content.
    ContentKey {
        /// As documented.
        #[default] Body = "body",
        /// As in events.
        Payload = "payload",
        /// As the vendor's other services have it.
        Data = "data",
    }
}
switch! {
    /// The key of an event's content.
    ContentKeyOfEvents {
        /// As seen.
        #[default] Payload = "payload",
        /// As in answers.
        Body = "body",
        /// As the vendor's other services have it.
        Data = "data",
    }
}
switch! {
    /// What surrounds an event's content.
    EventEnvelope {
        /// Sender, receiver and a message id of the socket layer.
        #[default] Full = "full",
        /// The channel only.
        Bare = "bare",
    }
}
switch! {
    /// A frame after connecting.
    Ack {
        /// None comes.
        #[default] None = "none",
        /// A greeting on a channel of its own.
        Welcome = "welcome",
        /// Something nobody described.
        UnknownShape = "unknown_shape",
    }
}
switch! {
    /// Whether the sending socket gets its own message as an event.
    EchoOwn {
        /// It does not.
        #[default] Off = "off",
        /// After the answer.
        EventAfter = "event_after",
        /// Before the answer.
        EventBefore = "event_before",
    }
}
switch! {
    /// The JSON type of the id of an unsent message.
    NumberOrString {
        /// A number.
        #[default] Number = "number",
        /// A string.
        String = "string",
    }
}
switch! {
    /// The JSON type of the unread count.
    StringOrNumber {
        /// A string.
        #[default] String = "string",
        /// A number.
        Number = "number",
    }
}
switch! {
    /// What is left of an unsent message in the history.
    DeleteEffect {
        /// Nothing.
        #[default] Gone = "gone",
        /// The row with status 0.
        Status0 = "status0",
        /// The row without its content.
        Empty = "empty",
        /// Everything: the call is refused.
        Refuse = "refuse",
    }
}
switch! {
    /// Which rows a history holds.
    HistoryScope {
        /// All of the tenant's.
        #[default] Tenant = "tenant",
        /// Those of the session that was asked for.
        Session = "session",
    }
}
switch! {
    /// The order inside a history page.
    HistoryOrder {
        /// Oldest first.
        #[default] Asc = "asc",
        /// Newest first.
        Desc = "desc",
        /// None that helps: every second row first.
        Shuffled = "shuffled",
    }
}
switch! {
    /// What the answer to a seen call shows.
    SeenAnswer {
        /// The message that was seen.
        #[default] Right = "right",
        /// A message of another id and session.
        OtherRow = "other_row",
    }
}
switch! {
    /// How much of the tenant comes along.
    TenantForm {
        /// All of it when a session is started, a summary else.
        #[default] LongThenShort = "long_then_short",
        /// Always a summary.
        Short = "short",
        /// Nothing.
        Absent = "absent",
    }
}
switch! {
    /// `newSession: true` while a session is open.
    InitExisting {
        /// Starts another one.
        #[default] New = "new",
        /// Answers with the open one.
        Same = "same",
    }
}
switch! {
    /// Asking for, or going on with, a session that has ended.
    ClosedSession {
        /// Answers with the ended session.
        #[default] Row = "row",
        /// Status 404.
        Error404 = "error404",
        /// Answers with a new session.
        NewId = "new_id",
    }
}
switch! {
    /// What the scripted concierge does.
    Staff {
        /// Nothing: people at the console answer.
        #[default] Manual = "manual",
        /// Joins, greets, reads and answers.
        AutoReply = "auto_reply",
        /// Joins, and says nothing.
        Joins = "joins",
        /// Starts a chat with whoever connects without one.
        Starts = "starts",
        /// Answers the first message, then ends the chat.
        Closes = "closes",
    }
}
switch! {
    /// What the scripted concierge's messages are.
    ContentTypes {
        /// Words.
        #[default] Text = "text",
        /// A document.
        File = "file",
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// A film that calls itself a picture, as old clients send them.
        VideoAsImage = "video_as_image",
        /// A kind that nobody has heard of.
        Unknown = "unknown",
    }
}
switch! {
    /// An answer by the gateway in place of the service's.
    GatewayError {
        /// None.
        #[default] Off = "off",
        /// "Forbidden".
        Forbidden = "forbidden",
        /// "Internal server error".
        Internal = "internal",
    }
}
switch! {
    /// A limit that is on as it is in the real gateway.
    OnOff {
        /// Kept.
        #[default] On = "on",
        /// Not kept.
        Off = "off",
    }
}
switch! {
    /// How a handshake ends.
    Handshake {
        /// As it should.
        #[default] Ok = "ok",
        /// HTTP 401.
        Refuse401 = "refuse_401",
        /// HTTP 403.
        Refuse403 = "refuse_403",
        /// Never.
        Hang = "hang",
        /// HTTP 429.
        TooMany = "429",
        /// HTTP 502.
        BadGateway = "502",
    }
}
switch! {
    /// Two sockets with one device id.
    SameDevice {
        /// The newer one gets all events.
        #[default] Steal = "steal",
        /// Both do.
        Both = "both",
    }
}
switch! {
    /// Which tokens are good.
    TokenCheck {
        /// Ours, as long as they last.
        #[default] MustNotBeExpired = "must_not_be_expired",
        /// Any that can be read, however old and whoever signed it.
        Any = "any",
        /// Ours, each for one handshake.
        OneTime = "one_time",
    }
}
switch! {
    /// A frame of noise before each answer.
    Junk {
        /// None.
        #[default] Off = "off",
        /// Text that is not JSON.
        NonJson = "non_json",
        /// A binary frame.
        Binary = "binary",
        /// An event of a channel that nobody knows.
        UnknownChannel = "unknown_channel",
        /// An object without a channel.
        NoChannel = "no_channel",
    }
}
switch! {
    /// How a request for an upload URL ends.
    UploadUrl {
        /// As it should.
        #[default] Ok = "ok",
        /// Without the outer `data`.
        NoDataWrapper = "no_data_wrapper",
        /// With keys that nobody asked for.
        ExtraKeys = "extra_keys",
        /// HTTP 400 with `{"errors": […]}`.
        Errors400 = "400_errors",
        /// HTTP 400 with a bare list.
        Array400 = "400_array",
        /// HTTP 401.
        Unauthorized = "401",
        /// HTTP 404.
        NotFound = "404",
        /// HTTP 500.
        ServerError = "500",
        /// HTTP 200 with nothing inside.
        EmptyNull = "empty_null",
    }
}
switch! {
    /// How an upload into the bucket ends.
    Put {
        /// As it should.
        #[default] Ok = "ok",
        /// HTTP 403 "Request has expired".
        Expired = "403_expired_xml",
        /// HTTP 403 `SignatureDoesNotMatch`.
        BadSignature = "403_signature_xml",
        /// HTTP 400 `EntityTooLarge`.
        TooLarge = "400_toolarge",
        /// HTTP 503 `SlowDown`.
        SlowDown = "503",
        /// The bucket allows no other origin.
        CorsBlock = "cors_block",
        /// The body is read slowly.
        Slow = "slow",
        /// The connection breaks inside the body.
        AbortMidway = "abort_midway",
    }
}
switch! {
    /// How an upload through the proxy ends.
    UploadProxy {
        /// As it should.
        #[default] Ok = "ok",
        /// HTTP 500.
        ServerError = "500",
    }
}

/// The order in which events arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventOrder {
    /// As they happened.
    #[default]
    Fifo,
    /// Those of a short moment come together, the newest first.
    Reversed,
    /// Each comes that many milliseconds late.
    DelayMs(u64),
}
