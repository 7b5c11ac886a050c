//! The transcript: the log as a text file, made here and sent nowhere.

use concierge_core::Author;
use wasm_bindgen::prelude::*;

use super::desk::Desk;
use super::message::plain;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn save(text: &str, name: &str) -> Result<(), JsValue>;
}

/// Gives the transcript to the browser's downloads.
pub(super) fn download(desk: Desk) {
    let _ = save(&text(desk), desk.texts.transcript_file);
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
