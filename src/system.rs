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

/// WebSockets with sub-protocols.
pub const SUB_PROTOCOLS: bool = cfg!(feature = "onechat");

/// Signs that somebody is typing.
pub const TYPING: bool = cfg!(feature = "onechat");
