//! Cards: a picture, a title, a text, and what can be done about it.

use concierge_core::{Item, Rich};

use super::marked::outward;
use crate::view::content;
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el};
use crate::view::links::is_link;

/// Puts a card for each item into `all`.
pub(super) fn cards(desk: Desk, all: El, rich: &Rich) -> El {
    let cards = rich.items.iter().map(|item| card(desk, item));
    cards.fold(all, El::child)
}

fn card(desk: Desk, item: &Item) -> El {
    let card = el("article", "tile")
        .with("part", "card")
        .with("aria-label", &item.title)
        .maybe(content::is_shown(&item.image).then(|| picture(&item.image)));
    let text = |class, text: &str| {
        let is_there = !text.is_empty();
        is_there.then(|| el("div", class).with("dir", "auto").text(text))
    };
    let words = el("div", "tile-words")
        .maybe(text("tile-title", &item.title))
        .maybe(text("quiet", &item.text));
    let actions = item.items.iter().filter_map(|it| action(desk, it));
    card.child(words)
        .child(actions.fold(el("div", "tile-actions"), El::child))
}

/// Its room stands there before it comes, and when it does not.
fn picture(url: &str) -> El {
    let frame = el("div", "tile-picture");
    let image = el("img", "")
        .with("loading", "lazy")
        .with("decoding", "async")
        .with("referrerpolicy", "no-referrer")
        .with("alt", "");
    let lost = image.clone();
    let image = image
        .on("error", move |_| lost.flag("hidden", true))
        .with("src", url);
    frame.child(image)
}

/// A link, or a button of which only the page hears.
fn action(desk: Desk, item: &Item) -> Option<El> {
    let action = if is_link(&item.url) {
        outward(&item.url).with("class", "tile-action")
    } else if item.url.is_empty() {
        let (text, payload) = (item.title.clone(), item.value.clone());
        dom::button("tile-action", move || desk.postback(&text, &payload))
    } else {
        return None;
    };
    Some(action.with("dir", "auto").text(&item.title))
}
