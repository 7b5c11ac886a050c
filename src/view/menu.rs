//! A button and its menu, with the keys that a menu has (WAI-ARIA menu
//! button): arrows, Home, End, Escape; Tab and a click elsewhere close it.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::dom;
use super::el::{El, el, react};
use super::live::Live;

/// What a menu offers: its name, and what it does.
pub(super) type Item = (&'static str, Box<dyn Fn()>);

/// In a place of this class, `button` and the menu that it opens. What the
/// menu offers is asked each time.
pub(super) fn menu(
    class: &str,
    label: &'static str,
    button: El,
    items: Box<dyn Fn() -> Vec<Item>>,
) -> El {
    let open = Live::new(false);
    let button = button
        .with("type", "button")
        .with("aria-label", label)
        .with("aria-haspopup", "menu")
        // One menu is open at a time.
        .with("aria-controls", "menu")
        .on("click", move |_| open.set(!open.get_untracked()))
        // An open menu would lose its focus first, and close, and be opened
        // again by the click.
        .on("mousedown", move |event| {
            if open.get_untracked() {
                event.prevent_default();
            }
        })
        .on_key(move |event| {
            if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
                event.prevent_default();
                open.set(true);
            }
        });
    let shown = button.clone();
    react(move || {
        let open = if open.get() { "true" } else { "false" };
        shown.put("aria-expanded", Some(open));
    });
    let opener = button.node().clone();
    el("div", class).child(button).when(
        move || open.get(),
        move || opened(label, open, &opener, items()),
    )
}

/// The open menu. The first item has the focus.
fn opened(label: &str, open: Live<bool>, opener: &HtmlElement, items: Vec<Item>) -> El {
    let opener = opener.clone();
    let close = move || {
        open.set(false);
        dom::focus(&opener);
    };
    let mut menu = el("div", "menu")
        .with("role", "menu")
        .with("id", "menu")
        .with("aria-label", label);
    for (text, run) in items {
        let close = close.clone();
        let item = dom::button("menu-item", move || {
            close();
            run();
        });
        if menu.node().first_element_child().is_none() {
            dom::focus_soon(item.node());
        }
        menu = menu.child(
            item.with("role", "menuitem")
                .with("tabindex", "-1")
                .text(text),
        );
    }
    let inside = menu.node().clone();
    menu
        // The focus must not leave an item before its click arrives.
        .on("mousedown", |event| event.prevent_default())
        .on_key(move |event| on_key(event, &close))
        .on("focusout", move |event| {
            if dom::leaves(&inside, &event) {
                open.set(false);
            }
        })
}

fn on_key(event: &KeyboardEvent, close: &dyn Fn()) {
    let Some(item) = dom::target(event) else {
        return;
    };
    let menu = item.parent_element();
    let first = || menu.as_ref().and_then(Element::first_element_child);
    let last = || menu.as_ref().and_then(Element::last_element_child);
    let next = match event.key().as_str() {
        "ArrowDown" => item.next_element_sibling().or_else(first),
        "ArrowUp" => item.previous_element_sibling().or_else(last),
        "Home" => first(),
        "End" => last(),
        "Escape" => {
            // The next Escape is for the panel.
            event.stop_propagation();
            close();
            None
        }
        "Tab" => {
            close();
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next {
        dom::focus(next.unchecked_ref());
    }
}
