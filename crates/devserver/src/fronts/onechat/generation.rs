//! What the three ages of the software can do (contract 4.3).

use crate::switches::onechat::Generation;

impl Generation {
    /// Everything but the oldest.
    pub(super) fn is_newer(self) -> bool {
        self != Self::Oc21
    }

    /// The upstream project alone.
    pub(super) fn is_upstream(self) -> bool {
        self == Self::Cw
    }

    /// Whether the API has that path (without `/public/api/v1/`).
    pub(super) fn has_route(self, path: &str) -> bool {
        if self.is_newer() {
            return true;
        }
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["csat_survey", ..] | ["inboxes", _] => false,
            ["inboxes", _, "contacts", _, "conversations", _] => false,
            ["inboxes", _, "contacts", _, "conversations", _, verb, ..] => *verb == "messages",
            _ => true,
        }
    }
}
