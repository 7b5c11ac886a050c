//! How far an own file has come, over the file itself, and the button that
//! calls it off.

use std::rc::Rc;

use concierge_core::text::digits;
use concierge_core::{Action, Author, Content, Key, Row, RowState};

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react, svg};
use super::icons::{self, icon};
use super::live::Told;
use super::texts::fill;

/// A circle from its top, clockwise.
const RING: &str = "M18 2a16 16 0 0 1 0 32a16 16 0 0 1 0-32";

/// Puts it into `spot`, which holds the file, until the file has been sent.
pub(super) fn upload(desk: Desk, key: Key, spot: El, row: Rc<Told<Row>>) -> El {
    let on_its_way = row.clone();
    spot.show(
        move || on_its_way.with(is_begun),
        move |begun| {
            let cancel = dom::button("stop", move || desk.dispatch(Action::Discard(key)))
                .with("aria-label", desk.texts.cancel_upload)
                .child(icon(icons::CLOSE));
            let over = el("div", "upload");
            let sign = el("span", "percent").with("aria-hidden", "true");
            if *begun {
                let ring = progress(desk, row.clone(), &sign);
                over.child(ring).child(cancel).child(sign)
            } else {
                over.child(cancel).child(sign.child(icon(icons::CLOCK)))
            }
        },
    )
}

/// Whether the upload of an own file that is not sent yet has begun.
fn is_begun(row: &Row) -> Option<bool> {
    let own_file = row.author == Author::Me && matches!(row.content, Content::File(_));
    let begun = matches!(row.state, RowState::Uploading(_));
    (own_file && (begun || row.state == RowState::Queued)).then_some(begun)
}

/// The ring, and its number for the eye.
fn progress(desk: Desk, row: Rc<Told<Row>>, number: &El) -> El {
    let arc = || svg("path").with("d", RING).with("pathLength", "100");
    let done = arc();
    let drawn = svg("svg")
        .with("viewBox", "0 0 36 36")
        .child(arc())
        .child(done.clone());
    let ring = el("div", "ring")
        .with("role", "progressbar")
        .with("aria-valuemin", "0")
        .with("aria-valuemax", "100")
        .child(drawn);
    let (shown, number) = (ring.clone(), number.clone());
    react(move || {
        row.with(|row| {
            if let (RowState::Uploading(percent), Content::File(file)) = (&row.state, &row.content)
            {
                let name = fill(desk.texts.uploading_file, &[&file.name]);
                shown.put("aria-label", Some(&name));
                let percent = digits(*percent);
                shown.put("aria-valuenow", Some(&percent));
                done.put("stroke-dasharray", Some(&[&percent, " 100"].concat()));
                number.write(&[&percent, "%"].concat());
            }
        });
    });
    ring
}
