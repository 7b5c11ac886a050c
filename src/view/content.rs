//! What a message holds: text with its links, pictures, films, sounds, files.
//! Text becomes text nodes; what the other side claims is never markup.

use concierge_core::text::digits;
use concierge_core::{FileContent, FileKind};
use wasm_bindgen::prelude::*;

use super::desk::Desk;
use super::dom;
use super::el::{El, el};
use super::icons::{self, icon};
use super::links::{Piece, pieces};
use super::live::Live;
use super::viewer::viewer;

/// The largest picture, in CSS px.
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 320.0;

/// A text, broken where its writer broke it.
pub(super) fn text(text: &str) -> El {
    let bubble = el("div", "bubble").with("dir", "auto");
    pieces(text)
        .into_iter()
        .fold(bubble, |bubble, piece| match piece {
            Piece::Plain(text) => bubble.text(text),
            Piece::Link(url) => bubble.child(dom::link("", url).text(url)),
        })
}

/// A file, as its kind asks.
pub(super) fn file(desk: Desk, file: &FileContent) -> El {
    // An own file has no address before it can be shown: its room stands there
    // with its name.
    let coming = file.url.is_empty();
    let safe = is_shown(&file.url);
    if file.kind == FileKind::Other || (coming && file.kind == FileKind::Audio) {
        return card(desk, file, safe);
    }
    if !safe && !coming {
        return el("div", "bubble gone").text(desk.texts.file_gone);
    }
    let name = name(desk, file);
    let viewing = Live::new(false);
    let (media, frame) = match file.kind {
        FileKind::Image => {
            let image = el("img", "")
                // Before `src`, or the browser loads at once.
                .with("loading", "lazy")
                .with("decoding", "async")
                .with("referrerpolicy", "no-referrer")
                .with("alt", name);
            let button = dom::button("picture", move || viewing.set(true))
                .with("aria-haspopup", "dialog")
                .child(image.clone());
            (image, button)
        }
        FileKind::Video | FileKind::Audio | FileKind::Other => {
            let tag = if file.kind == FileKind::Video {
                "video"
            } else {
                "audio"
            };
            let player = el(tag, "")
                .with("controls", "")
                .with("playsinline", "")
                .with("preload", "metadata")
                .with("aria-label", name);
            (player.clone(), player)
        }
    };
    // A frame of the size that the picture will have, so that nothing moves
    // when it arrives, nor when it does not.
    let lost = Live::new(false);
    let (url, title) = (file.url.clone(), name.to_owned());
    let framed = el("div", "frame")
        .child(if coming { media.clone() } else { frame })
        .maybe(coming.then(|| el("span", "lost coming").text(name)))
        .when(
            move || lost.get(),
            move || el("span", "lost").text(desk.texts.file_gone),
        )
        .when(
            move || viewing.get(),
            move || viewer(desk, &title, &url, viewing),
        );
    if file.kind != FileKind::Audio {
        let (width, height) = fit(file.dimensions);
        media.put("width", Some(&digits(width)));
        media.put("height", Some(&digits(height)));
    }
    let marked = framed.clone();
    media
        .on("error", move |_| {
            marked.flag("data-lost", true);
            lost.set(true);
        })
        .put("src", safe.then_some(&*file.url));
    framed
}

/// The size in which a picture is shown; 4:3 while nothing is known of it.
fn fit(dimensions: Option<(u32, u32)>) -> (u32, u32) {
    let (width, height) = match dimensions {
        Some((width, height)) if width > 0 && height > 0 => (f64::from(width), f64::from(height)),
        _ => return (WIDTH as u32, (WIDTH * 0.75) as u32),
    };
    let scale = (WIDTH / width).min(HEIGHT / height).min(1.0);
    let side = |length: f64| (length * scale).max(48.0) as u32;
    (side(width), side(height))
}

/// A file's name and size; a link when it may be opened.
fn card(desk: Desk, file: &FileContent, safe: bool) -> El {
    let name = name(desk, file);
    let (start, end) = cut(name);
    let size = file.size.map(|size| desk.size(size));
    let label = match &size {
        Some(size) => [name, ", ", size].concat(),
        None => name.to_owned(),
    };
    let shown_name = el("span", "name")
        .with("dir", "auto")
        .child(el("span", "name-start").text(start))
        .child(el("span", "").text(end));
    let card = el("span", "card")
        .with("aria-hidden", "true")
        .child(icon(icons::FILE))
        .child(shown_name)
        .maybe(size.map(|size| el("span", "size").text(&size)));
    // A file of the visitor's own is not opened from memory: as a page it would
    // belong to the site.
    let bubble = if safe && !is_own(&file.url) {
        dom::link("bubble file", &file.url)
    } else {
        el("div", "bubble file")
    };
    bubble.child(card).child(el("span", "aside").text(&label))
}

/// A name in two parts, of which the first may be cut by the lack of room:
/// what a file is stands at its end.
fn cut(name: &str) -> (&str, &str) {
    let tail = name.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    name.split_at_checked(tail).unwrap_or(("", name))
}

fn name(desk: Desk, file: &FileContent) -> &str {
    if file.name.is_empty() {
        desk.texts.image
    } else {
        &file.name
    }
}

/// Whether a URL leads to a file in this page's memory: the visitor's own, on
/// its way.
pub(super) fn is_own(url: &str) -> bool {
    url.starts_with("blob:")
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Whether a URL of the other side may be loaded.
    #[wasm_bindgen(js_name = isShown)]
    pub(super) fn is_shown(url: &str) -> bool;
}

#[cfg(test)]
mod tests {
    use super::{cut, fit};

    #[test]
    fn a_picture_is_made_smaller_and_never_larger() {
        assert_eq!(fit(Some((2_600, 1_000))), (260, 100));
        assert_eq!(fit(Some((100, 3_200))), (48, 320));
        assert_eq!(fit(Some((100, 80))), (100, 80));
        assert_eq!(fit(Some((0, 80))), (260, 195));
        assert_eq!(fit(None), (260, 195));
    }

    #[test]
    fn a_name_keeps_its_end() {
        assert_eq!(cut("quarterly report.pdf"), ("quarterly re", "port.pdf"));
        assert_eq!(cut("a.pdf"), ("", "a.pdf"));
        assert_eq!(cut("äöüäöüäöü"), ("ä", "öüäöüäöü"));
    }
}
