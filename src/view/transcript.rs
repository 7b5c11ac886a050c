//! The transcript: the log as a text file, made here and sent nowhere.

use concierge_core::Author;
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::desk::Desk;
use super::dom;
use super::message::plain;

/// Gives the transcript to the browser's downloads.
pub(super) fn download(desk: Desk) {
    let parts = Array::of1(&text(desk).into());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain;charset=utf-8");
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &kind) else {
        return;
    };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else {
        return;
    };
    if let Ok(link) = dom::document().create_element("a") {
        let link: HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(desk.texts.transcript_file);
        link.click();
    }
    // The download has begun: the browser holds the file by itself.
    let _ = Url::revoke_object_url(&url);
}

/// One line a message: when, who, what.
fn text(desk: Desk) -> String {
    let mut text = desk.title();
    text.push_str("\n\n");
    desk.signals.lines.with_untracked(|lines| {
        for line in lines {
            line.row.with_untracked(|row| {
                text.push_str(&desk.date_and_time(row.at));
                let who = match row.author {
                    Author::Me => desk.texts.you,
                    Author::Them => desk.texts.them,
                    Author::System => "",
                };
                if !who.is_empty() {
                    text.push_str("  ");
                    text.push_str(who);
                }
                text.push_str(": ");
                text.push_str(&plain(row, desk.texts));
                text.push('\n');
            });
        }
    });
    text
}
