//! What the systems that this program speaks to have. A program speaks to one:
//! what it lacks is left out of it, for conditions with these are decided when
//! it is compiled.

/// Messages in Markdown, and such as ask or show something.
pub const RICH: bool = cfg!(feature = "onechat");

/// Plain texts with files beside them.
pub const PLAIN: bool = cfg!(any(feature = "voipbin", feature = "onesmile"));

/// Several conversations of one visitor.
pub const ROOMS: bool = cfg!(any(
    feature = "onechat",
    feature = "voipbin",
    feature = "onesmile"
));

/// Conversations that the visitor begins with somebody.
pub const STARTS: bool = cfg!(any(feature = "voipbin", feature = "onesmile"));

/// WebSockets.
pub const SOCKETS: bool = cfg!(any(
    feature = "concierge",
    feature = "onechat",
    feature = "voipbin"
));

/// WebSockets with sub-protocols.
pub const SUB_PROTOCOLS: bool = cfg!(feature = "onechat");

/// Access tokens.
pub const TOKENS: bool = cfg!(any(
    feature = "concierge",
    feature = "voipbin",
    feature = "onesmile"
));

/// The visitor can take a message back.
pub const UNSEND: bool = cfg!(any(feature = "concierge", feature = "voipbin"));

/// Signs that somebody is typing.
pub const TYPING: bool = cfg!(feature = "onechat");
