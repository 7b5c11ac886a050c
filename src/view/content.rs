//! What a message holds: text with its links, pictures, films, sounds, files.
//! Text becomes text nodes; what the other side claims is never markup.

use concierge_core::{FileContent, FileKind};
use leptos::prelude::*;
use leptos::{ev, html};

use super::desk::Desk;
use super::dom;
use super::icons::{self, icon};
use super::links::{Piece, pieces};

/// The largest picture, in CSS px.
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 320.0;

/// A text, broken where its writer broke it.
pub(super) fn text(text: &str) -> AnyView {
    let children: Vec<AnyView> = pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.to_owned().into_any(),
            Piece::Link(url) => dom::link("", url.to_owned(), url.to_owned().into_any()),
        })
        .collect();
    html::div()
        .class("bubble")
        .attr("dir", "auto")
        .child(children)
        .into_any()
}

/// A file, as its kind asks.
pub(super) fn file(desk: Desk, file: &FileContent) -> AnyView {
    let safe = is_shown(&file.url);
    match file.kind {
        FileKind::Other => card(desk, file, safe),
        _ if !safe => html::div()
            .class("bubble gone")
            .child(desk.texts.file_gone)
            .into_any(),
        FileKind::Image => picture(desk, file),
        FileKind::Video => framed(desk, file.dimensions, |lost, width, height| {
            html::video()
                .attr("src", file.url.clone())
                .attr("controls", "")
                .attr("playsinline", "")
                .attr("preload", "metadata")
                .attr("aria-label", name(desk, file))
                .attr("width", width)
                .attr("height", height)
                .on(ev::error, move |_| lost.set(true))
                .into_any()
        }),
        FileKind::Audio => {
            let lost = RwSignal::new(false);
            let url = file.url.clone();
            let name = name(desk, file);
            let view = move || {
                if lost.get() {
                    html::div()
                        .class("bubble gone")
                        .child(desk.texts.file_gone)
                        .into_any()
                } else {
                    html::audio()
                        .attr("src", url.clone())
                        .attr("controls", "")
                        .attr("preload", "none")
                        .attr("aria-label", name.clone())
                        .on(ev::error, move |_| lost.set(true))
                        .into_any()
                }
            };
            view.into_any()
        }
    }
}

/// A picture that opens in full in another tab.
fn picture(desk: Desk, file: &FileContent) -> AnyView {
    framed(desk, file.dimensions, |lost, width, height| {
        let image = html::img()
            // Before `src`, or the browser loads at once.
            .attr("loading", "lazy")
            .attr("decoding", "async")
            .attr("referrerpolicy", "no-referrer")
            .attr("width", width)
            .attr("height", height)
            .attr("alt", name(desk, file))
            .on(ev::error, move |_| lost.set(true))
            .attr("src", file.url.clone());
        dom::link("", file.url.clone(), image.into_any())
    })
}

/// A frame of the size that the film or picture will have, so that nothing
/// moves when it arrives, nor when it does not.
fn framed(
    desk: Desk,
    dimensions: Option<(u32, u32)>,
    inside: impl FnOnce(RwSignal<bool>, String, String) -> AnyView,
) -> AnyView {
    let lost = RwSignal::new(false);
    let (width, height) = fit(dimensions);
    let inside = inside(lost, width.to_string(), height.to_string());
    html::div()
        .class("frame")
        .attr("data-lost", move || lost.get().then_some(""))
        .child(inside)
        .child(move || {
            lost.get()
                .then(|| html::span().class("lost").child(desk.texts.file_gone))
        })
        .into_any()
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
fn card(desk: Desk, file: &FileContent, safe: bool) -> AnyView {
    let name = name(desk, file);
    let (start, end) = cut(&name);
    let size = file.size.map(|size| desk.size(size));
    let label = match &size {
        Some(size) => [&name, ", ", size].concat(),
        None => name.clone(),
    };
    let inside = html::span()
        .class("card")
        .attr("aria-hidden", "true")
        .child(icon(icons::FILE))
        .child(
            html::span()
                .class("name")
                .attr("dir", "auto")
                .child(html::span().class("name-start").child(start.to_owned()))
                .child(html::span().child(end.to_owned())),
        )
        .child(size.map(|size| html::span().class("size").child(size)))
        .into_any();
    let label = html::span().class("aside").child(label).into_any();
    let inside = html::span().child((inside, label)).into_any();
    if safe {
        dom::link("bubble file", file.url.clone(), inside)
    } else {
        html::div().class("bubble file").child(inside).into_any()
    }
}

/// A name in two parts, of which the first may be cut by the lack of room:
/// what a file is stands at its end.
fn cut(name: &str) -> (&str, &str) {
    let tail = name.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    name.split_at(tail)
}

fn name(desk: Desk, file: &FileContent) -> String {
    if file.name.is_empty() {
        desk.texts.image.to_owned()
    } else {
        file.name.clone()
    }
}

/// Whether a URL of the other side may be loaded: `https`, or this page's own
/// origin, or this device. Everything else (`javascript:` first) is not.
fn is_shown(url: &str) -> bool {
    let Ok(url) = web_sys::Url::new(url) else {
        return false;
    };
    match url.protocol().as_str() {
        "https:" => true,
        "http:" => {
            matches!(url.hostname().as_str(), "localhost" | "127.0.0.1" | "[::1]")
                || window().location().origin() == Ok(url.origin())
        }
        _ => false,
    }
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
