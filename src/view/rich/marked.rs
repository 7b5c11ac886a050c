//! Markdown as elements.

use concierge_core::text::digits;
use concierge_core::{FileContent, FileKind};

use crate::view::content;
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el};
use crate::view::links::is_link;
use crate::view::markdown::{Sink, read};

/// A bubble with what `text` says.
pub(super) fn marked(desk: Desk, text: &str) -> El {
    let bubble = el("div", "bubble marked").with("dir", "auto");
    let mut drawer = Drawer {
        desk,
        open: vec![bubble.clone()],
    };
    read(text, &mut drawer);
    bubble
}

/// Draws what it is told into the element that was opened last.
struct Drawer {
    desk: Desk,
    open: Vec<El>,
}

impl Drawer {
    fn put(&mut self, draw: impl FnOnce(El) -> El) {
        if let Some(place) = self.open.last() {
            draw(place.clone());
        }
    }
}

impl Sink for Drawer {
    fn open(&mut self, tag: &'static str, value: &str) {
        let element = match tag {
            "a" => outward(value),
            "ol" => el(tag, "").with("start", value),
            // Each may be in a script of its own.
            "p" | "li" => el(tag, "").with("dir", "auto"),
            "pre" => el(tag, "").with("dir", "ltr"),
            _ => el(tag, ""),
        };
        self.put(|place| place.child(element.clone()));
        self.open.push(element);
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn text(&mut self, text: &str) {
        self.put(|place| place.text(text));
    }

    /// Where it may not be shown, a link leads to it or its name stands there.
    fn image(&mut self, alt: &str, url: &str) {
        let name = if alt.is_empty() {
            self.desk.texts.image
        } else {
            alt
        };
        let picture = if content::is_shown(url) {
            picture(self.desk, name, url)
        } else if is_link(url) {
            outward(url).text(name)
        } else {
            el("span", "").text(name)
        };
        self.put(|place| place.child(picture));
    }
}

/// A link that the other side has written.
pub(super) fn outward(url: &str) -> El {
    dom::link("", url).with("rel", "noopener noreferrer nofollow")
}

/// A picture in a text; a small one, when its address says how high it is
/// (contract onechat 3.6).
fn picture(desk: Desk, name: &str, url: &str) -> El {
    if let Some(height) = height(url) {
        return el("img", "in-text")
            .with("loading", "lazy")
            .with("referrerpolicy", "no-referrer")
            .with("alt", name)
            .with("height", &digits(height))
            .with("src", url);
    }
    let file = FileContent {
        kind: FileKind::Image,
        url: url.to_owned(),
        name: name.to_owned(),
        mime: None,
        size: None,
        dimensions: None,
    };
    content::file(desk, &file)
}

/// How high a picture wants to be, in CSS px.
fn height(url: &str) -> Option<u32> {
    const HINT: &str = "cw_image_height=";
    let at = url
        .as_bytes()
        .windows(HINT.len())
        .position(|it| it == HINT.as_bytes())?;
    let digits = url.bytes().skip(at + HINT.len()).take(4);
    let digits = digits.take_while(u8::is_ascii_digit);
    let height = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (height > 0).then_some(height)
}

#[cfg(test)]
mod tests {
    use super::height;

    #[test]
    fn an_address_may_tell_how_high_its_picture_is() {
        assert_eq!(height("https://a/b.png?cw_image_height=24px"), Some(24));
        assert_eq!(height("https://a/b.png?cw_image_height=px"), None);
        assert_eq!(height("https://a/b.png"), None);
    }
}
