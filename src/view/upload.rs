//! How far an own file has come, over the file itself, and the button that
//! calls it off.

use concierge_core::{Action, Author, Content, Key, Row, RowState};
use leptos::prelude::*;

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react, svg};
use super::icons::{self, icon};
use super::texts::fill;

/// A circle from its top, clockwise.
const RING: &str = "M18 2a16 16 0 0 1 0 32a16 16 0 0 1 0-32";

/// Puts it into `spot`, which holds the file, until the file has been sent.
pub(super) fn upload(desk: Desk, key: Key, spot: El, row: ArcRwSignal<Row>) -> El {
    let on_its_way = row.clone();
    spot.show(
        move || on_its_way.with(|row| Some((name(row)?.to_owned(), percent(row).is_some()))),
        move |(name, begun)| {
            let cancel = dom::button("stop", move || desk.dispatch(Action::Discard(key)))
                .with("aria-label", desk.texts.cancel_upload)
                .child(icon(icons::CLOSE));
            let over = el("div", "upload");
            if *begun {
                let (ring, number) = progress(desk, name, row.clone());
                over.child(ring).child(cancel).child(number)
            } else {
                over.child(cancel)
                    .child(el("span", "percent").child(icon(icons::CLOCK)))
            }
        },
    )
}

/// The name of an own file that is not sent yet.
fn name(row: &Row) -> Option<&str> {
    match (&row.content, &row.state, &row.author) {
        (Content::File(file), RowState::Queued | RowState::Uploading(_), Author::Me) => {
            Some(&file.name)
        }
        _ => None,
    }
}

fn percent(row: &Row) -> Option<u8> {
    let RowState::Uploading(percent) = row.state else {
        return None;
    };
    Some(percent)
}

/// The ring, and the number for the eye.
fn progress(desk: Desk, name: &str, row: ArcRwSignal<Row>) -> (El, El) {
    let arc = || svg("path").with("d", RING).with("pathLength", "100");
    let (done, number) = (arc(), el("span", "percent").with("aria-hidden", "true"));
    let ring = el("div", "ring")
        .with("role", "progressbar")
        .with("aria-label", &fill(desk.texts.uploading_file, &[name]))
        .with("aria-valuemin", "0")
        .with("aria-valuemax", "100")
        .child(
            svg("svg")
                .with("viewBox", "0 0 36 36")
                .child(arc())
                .child(done.clone()),
        );
    let (shown, written) = (ring.clone(), number.clone());
    react(move || {
        if let Some(percent) = row.with(percent) {
            let percent = percent.to_string();
            shown.put("aria-valuenow", Some(&percent));
            done.put(
                "stroke-dasharray",
                Some(&[percent.as_str(), " 100"].concat()),
            );
            written.write(&[percent.as_str(), "%"].concat());
        }
    });
    (ring, number)
}
