//! How far an own file has come, over the file itself, and the button that
//! calls it off.

use std::rc::Rc;

use concierge_core::{Action, Author, Content, Key, Row, RowState};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::desk::Desk;
use super::dom::keep;
use super::el::{El, react};
use super::icons;
use super::live::Told;
use super::texts::fill;
use crate::browser::callback;

/// Puts it into `spot`, which holds the file, until the file has been sent.
pub(super) fn upload(desk: Desk, key: Key, spot: El, row: Rc<Told<Row>>) -> El {
    let on_its_way = row.clone();
    spot.show(
        move || on_its_way.with(is_begun),
        move |begun| {
            let cancel = callback(Box::new(move |_| desk.dispatch(Action::Discard(key))));
            let words = desk.texts.cancel_upload;
            let over = El::of(drawn(*begun, words, icons::CLOCK, cancel.as_ref()));
            keep(cancel);
            if *begun {
                show_progress(desk, over.clone(), row.clone());
            }
            over
        },
    )
}

/// Whether the upload of an own file that is not sent yet has begun.
fn is_begun(row: &Row) -> Option<bool> {
    let own_file = row.author == Author::Me && matches!(row.content, Content::File(_));
    let begun = matches!(row.state, RowState::Uploading(_));
    (own_file && (begun || row.state == RowState::Queued)).then_some(begun)
}

fn show_progress(desk: Desk, over: El, row: Rc<Told<Row>>) {
    react(move || {
        row.with(|row| {
            if let (RowState::Uploading(percent), Content::File(file)) = (&row.state, &row.content)
            {
                let name = fill(desk.texts.uploading_file, &[&file.name]);
                advance(over.node(), &name, *percent);
            }
        });
    });
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = upload)]
    fn drawn(is_begun: bool, words: &str, clock: &str, cancel: &JsValue) -> Element;
    fn advance(upload: &HtmlElement, name: &str, percent: u8);
}
