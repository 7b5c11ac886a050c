//! What may be uploaded, and the one upload that is under way.

use crate::backend::FilePlace;
use crate::io::{NewFile, RequestId};
use crate::model::{Key, Notice, Uid};
use crate::text::trim;
use crate::time::{Instant, MINUTE};

/// A signed URL is good for 15 minutes; one older than this is not used
/// (contract concierge 5.6).
const FRESH: u64 = 14 * MINUTE;

/// What the site allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadRules {
    /// Bytes that a file may have.
    pub max_size: u64,
    /// MIME types (`image/png`, `image/*`) and endings (`.pdf`) with commas
    /// between; nothing at all allows everything.
    pub accept: String,
    /// The page's own endpoint that passes files on (contract concierge 2.1).
    pub proxy: Option<String>,
    /// All files go there, not only those that the file store's rules for other
    /// sites keep from it.
    pub always_proxy: bool,
}

impl UploadRules {
    /// Whether this file may be sent.
    ///
    /// # Errors
    /// What to tell the visitor otherwise.
    pub(crate) fn check(&self, file: &NewFile) -> Result<(), Notice> {
        let name = || file.name.clone();
        let is_accepted = |rule: &str| {
            let rule = trim(rule);
            if rule.starts_with('.') {
                return ends_with(&file.name, rule);
            }
            match rule.strip_suffix('*') {
                Some("*/" | "") => true,
                Some(group) => begins_with(&file.mime, group),
                None => file.mime.eq_ignore_ascii_case(rule),
            }
        };
        // One letter by itself brings a search for bytes of its own along.
        let mut rules = self.accept.split([',']);
        if !self.accept.is_empty() && !rules.any(is_accepted) {
            return Err(Notice::FileType { name: name() });
        }
        if file.size > self.max_size {
            return Err(Notice::FileTooLarge {
                name: name(),
                limit: self.max_size,
            });
        }
        Ok(())
    }
}

/// Whether a name has this ending, however it is written.
fn ends_with(name: &str, ending: &str) -> bool {
    let (name, ending) = (name.as_bytes(), ending.as_bytes());
    name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
}

/// Whether a MIME type is of this group, however it is written.
fn begins_with(mime: &str, group: &str) -> bool {
    let start = mime.as_bytes().get(..group.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(group.as_bytes()))
}

/// The upload that is under way.
#[derive(Debug)]
pub(crate) struct Moving {
    pub(crate) key: Key,
    pub(crate) uid: Uid,
    pub(crate) stage: Stage,
    /// It goes through the page's own endpoint.
    pub(crate) by_proxy: bool,
    /// The token was asked for anew after it was refused.
    pub(crate) has_fresh_token: bool,
    /// A new place was asked for because the old one was out of date.
    pub(crate) has_new_place: bool,
    /// It was tried again after something broke.
    pub(crate) tried_again: bool,
    /// How often the file store said "later".
    pub(crate) waits: u32,
    /// The bytes are the message: without an answer its fate is not known.
    pub(crate) is_message: bool,
}

/// How far it is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Waits for a token that will do.
    Token,
    /// The server was asked for a place.
    Asking(RequestId),
    /// Waits before the server is asked for a place again.
    AskingLater,
    /// The bytes are on their way to this place, if one was asked for, at this
    /// instant.
    Moving(Option<FilePlace>, Instant),
    /// Waits before they go there again.
    MovingLater(Option<FilePlace>, Instant),
}

impl Moving {
    pub(crate) const fn new(key: Key, uid: Uid, by_proxy: bool) -> Self {
        Self {
            key,
            uid,
            stage: Stage::Token,
            by_proxy,
            has_fresh_token: false,
            has_new_place: false,
            tried_again: false,
            waits: 0,
            is_message: false,
        }
    }

    /// Whether a place of this age can still be used.
    pub(crate) const fn is_fresh(asked: Instant, now: Instant) -> bool {
        now.since(asked) < FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, mime: &str, size: u64) -> NewFile {
        NewFile {
            uid: Uid("u-1".into()),
            name: name.into(),
            mime: mime.into(),
            size,
        }
    }

    #[test]
    fn a_file_is_taken_by_its_type_or_its_ending() {
        let rules = UploadRules {
            max_size: 100,
            accept: "image/*, text/plain,.pdf".into(),
            ..UploadRules::default()
        };
        for (name, mime) in [
            ("a.heic", "image/heic"),
            ("a", "text/plain"),
            ("Plan.PDF", ""),
            ("plan.pdf", "application/pdf"),
            ("a", "Image/PNG"),
        ] {
            assert_eq!(rules.check(&file(name, mime, 100)), Ok(()), "{name}");
        }
        for (name, mime) in [("a.exe", ""), ("pdf", ""), ("ä", "text/html")] {
            let refused = Notice::FileType { name: name.into() };
            assert_eq!(rules.check(&file(name, mime, 1)), Err(refused), "{name}");
        }
        let large = rules.check(&file("a.pdf", "", 101));
        let told = Notice::FileTooLarge {
            name: "a.pdf".into(),
            limit: 100,
        };
        assert_eq!(large, Err(told));
    }
}
