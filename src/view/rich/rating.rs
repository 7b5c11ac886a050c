//! "Rate this conversation": five faces or stars, and a comment.

use concierge_core::text::{digits, trim};
use concierge_core::{Key, Rich, Timestamp};

use super::answered;
use super::ask::Ask;
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el};
use crate::view::icons::{self, icon};
use crate::view::state::wall_clock;
use crate::view::texts::fill;

/// How long the other side takes ratings, in ms: 14 days (contract onechat 3.6).
const OPEN: i64 = 14 * 24 * 3_600_000;

/// What asks for a rating, or the rating.
pub(super) fn rating(desk: Desk, key: Key, rich: &Rich, at: Timestamp) -> El {
    let is_star = rich.label == "star";
    let given = answered(rich, "rating");
    let is_over = wall_clock().0 - at.0 > OPEN;
    if is_over || !rich.answer.is_empty() {
        let comment = answered(rich, "comment").filter(|comment| !comment.is_empty());
        let marks = marks(desk, key, is_star, given).with("aria-readonly", "true");
        let rested = el("fieldset", "rating given")
            .with("disabled", "")
            .child(marks);
        return rested.maybe(comment.map(|comment| {
            el("blockquote", "comment")
                .with("dir", "auto")
                .text(comment)
        }));
    }
    let ask = Ask::new(desk, key);
    let marks = marks(desk, key, is_star, None);
    let comment = el("textarea", "input")
        .with("rows", "2")
        .with("dir", "auto")
        .with("aria-label", desk.more().comment)
        .with("placeholder", desk.more().comment_hint);
    let (radios, written, sent) = (marks.clone(), comment.clone(), ask.clone());
    let submit = move || {
        let chosen = radios.node().query_selector("input:checked").ok().flatten();
        let Some(chosen) = chosen.and_then(|it| it.get_attribute("value")) else {
            sent.complain(desk.more().no_rating);
            return;
        };
        let comment = dom::get(written.node(), "value")
            .as_string()
            .unwrap_or_default();
        sent.send(vec![
            ("rating".to_owned(), chosen),
            ("comment".to_owned(), trim(&comment).to_owned()),
        ]);
    };
    ask.controls("rating")
        .with("role", "presentation")
        .child(marks)
        .child(comment)
        .child(ask.error())
        .child(dom::button("button", submit).text(desk.more().submit))
}

/// The five, of which one may be given.
fn marks(desk: Desk, key: Key, is_star: bool, given: Option<&str>) -> El {
    let group = el("div", if is_star { "marks stars" } else { "marks" })
        .with("part", "rating")
        .with("role", "radiogroup")
        .with("aria-label", desk.more().rate);
    let name = ["r", &digits(key.0)].concat();
    icons::MOUTHS
        .iter()
        .enumerate()
        .fold(group, |group, (index, mouth)| {
            let value = digits(index as u32 + 1);
            let radio = el("input", "")
                .with("type", "radio")
                .with("name", &name)
                .with("value", &value)
                .with("aria-label", &fill(desk.more().of_five, &[&value]));
            radio.flag("checked", given == Some(&*value));
            let sign = if is_star {
                icon(icons::STAR)
            } else {
                icon(&[icons::FACE, mouth].concat())
            };
            group.child(el("label", "mark").child(radio).child(sign))
        })
}
