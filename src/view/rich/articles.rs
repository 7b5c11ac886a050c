//! Articles that may help: a list of links.

use concierge_core::{Item, Rich};

use super::marked::outward;
use crate::view::desk::Desk;
use crate::view::el::{El, el};
use crate::view::links::is_link;

/// The list.
pub(super) fn articles(desk: Desk, rich: &Rich) -> El {
    let list = el("ul", "articles")
        .with("part", "articles")
        // A list without its marks is none to Safari.
        .with("role", "list")
        .with("aria-label", desk.more().articles);
    rich.items.iter().map(article).fold(list, El::child)
}

fn article(item: &Item) -> El {
    let title = if item.title.is_empty() {
        &item.url
    } else {
        &item.title
    };
    let title = if is_link(&item.url) {
        outward(&item.url).text(title)
    } else {
        el("span", "").text(title)
    };
    let text =
        (!item.text.is_empty()).then(|| el("div", "quiet").with("dir", "auto").text(&item.text));
    el("li", "").child(title.with("dir", "auto")).maybe(text)
}
