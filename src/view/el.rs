//! Elements, and what makes them change.
//!
//! Leptos gives the triggers and the owners; its typed elements are left out.
//! Each of them is a type of its own with its own code to build, rebuild and
//! drop it: this panel cost 95 KB (brotli) that way. Here an element is made at
//! once, by code that all elements share. Nothing is parsed from HTML: what others wrote can only become a text node.
//!
//! Effects and listeners belong to the Leptos owner under which they are made,
//! and go with it: with the row, with the part that [`El::show`] shows, or
//! with the whole panel.

use reactive_graph::graph::untrack;
use reactive_graph::owner::{Owner, WeakOwner};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::dom::{Listener, keep};
use super::effect::effect;

#[wasm_bindgen]
extern "C" {
    // What the browser can do, without the errors that cannot happen here, and
    // without results that nobody looks at.
    #[wasm_bindgen(js_namespace = document, js_name = createElement)]
    fn create(tag: &str) -> Element;
    #[wasm_bindgen(js_name = Text)]
    type Marker;
    #[wasm_bindgen(constructor, js_class = "Text")]
    fn new() -> Marker;
    #[wasm_bindgen(method, js_name = before)]
    fn put_before(this: &Marker, element: &Element);
    #[wasm_bindgen(js_name = Element)]
    type Hands;
    #[wasm_bindgen(method)]
    fn append(this: &Hands, child: &JsValue);
    #[wasm_bindgen(method)]
    fn after(this: &Hands, next: &Element);
    #[wasm_bindgen(method)]
    fn prepend(this: &Hands, first: &Element);
    #[wasm_bindgen(method, js_name = setAttribute)]
    fn set_attribute(this: &Hands, name: &str, value: &str);
    #[wasm_bindgen(method, js_name = removeAttribute)]
    fn remove_attribute(this: &Hands, name: &str);
}

fn hands(element: &Element) -> &Hands {
    element.unchecked_ref()
}

/// An element. A clone is the same element.
#[derive(Clone)]
pub(super) struct El(Element);

/// A new element with its class.
pub(super) fn el(tag: &str, class: &str) -> El {
    El(create(tag)).with("class", class)
}

/// Runs `run` now, and again whenever a signal that it read has changed. What
/// it keeps is dropped before it runs again.
pub(super) fn react(run: impl FnMut() + 'static) {
    effect(Box::new(run));
}

impl El {
    /// An element that JavaScript has made.
    pub(super) const fn of(element: Element) -> Self {
        Self(element)
    }

    /// Sets an attribute. An empty class is left out.
    pub(super) fn with(self, name: &str, value: &str) -> Self {
        if !(name == "class" && value.is_empty()) {
            self.put(name, Some(value));
        }
        self
    }

    /// Appends text.
    pub(super) fn text(self, text: &str) -> Self {
        hands(&self.0).append(&text.into());
        self
    }

    /// Appends an element.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "trees read better without `&`"
    )]
    pub(super) fn child(self, child: Self) -> Self {
        hands(&self.0).append(&child.0);
        self
    }

    /// Appends an element if there is one.
    pub(super) fn maybe(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Listens as long as the owner of the moment lives.
    pub(super) fn on(self, event: &'static str, mut run: impl FnMut(Event) + 'static) -> Self {
        self.on_boxed(event, Box::new(move |event| run(event.unchecked_into())))
    }

    /// What [`El::on`] does, which is in the program once.
    pub(super) fn on_boxed(self, event: &'static str, run: Box<dyn FnMut(JsValue)>) -> Self {
        let target = self.0.clone().unchecked_into();
        keep(Listener::new(target, event, run));
        self
    }

    /// Listens to keys.
    pub(super) fn on_key(self, mut run: impl FnMut(&KeyboardEvent) + 'static) -> Self {
        self.on("keydown", move |event| run(event.unchecked_ref()))
    }

    /// Shows what `build` makes of the key, here, while there is a key. It is
    /// made anew when the key changes, and only then.
    pub(super) fn show<K: PartialEq + 'static>(
        self,
        key: impl Fn() -> Option<K> + 'static,
        build: impl Fn(&K) -> Self + 'static,
    ) -> Self {
        let mut last = None;
        self.show_boxed(Box::new(move |slot| {
            let next = key();
            if next != last {
                last = next;
                slot.fill(
                    last.as_ref()
                        .map(|key| || build(key))
                        .as_ref()
                        .map(|it| it as _),
                );
            }
        }))
    }

    /// What [`El::show`] does for keys of any type, which is in the program
    /// once.
    fn show_boxed(self, mut look: Box<dyn FnMut(&mut Slot)>) -> Self {
        let mut slot = Slot::new(&self.0);
        effect(Box::new(move || look(&mut slot)));
        self
    }

    /// Shows what `build` makes while `shown` says so.
    pub(super) fn when(
        self,
        shown: impl Fn() -> bool + 'static,
        build: impl Fn() -> Self + 'static,
    ) -> Self {
        self.when_boxed(Box::new(shown), Box::new(build))
    }

    fn when_boxed(self, shown: Box<dyn Fn() -> bool>, build: Box<dyn Fn() -> Self>) -> Self {
        self.show(move || shown().then_some(()), move |()| build())
    }

    /// Fills the element with one child for each of `keys`, in their order.
    /// `build` gets the index of a key that is new; known ones keep their
    /// children. To be called on an element without other children.
    pub(super) fn list(
        self,
        keys: impl Fn() -> Vec<u32> + 'static,
        build: impl Fn(usize) -> Self + 'static,
    ) -> Self {
        let mut list = List {
            parent: self.0.clone(),
            owner: owner_of_the_moment(),
            items: Vec::new(),
        };
        react(move || list.arrange(&keys(), &build));
        self
    }

    /// Sets or removes an attribute of an element that is drawn.
    pub(super) fn put(&self, name: &str, value: Option<&str>) {
        let hands = hands(&self.0);
        match value {
            Some(value) => hands.set_attribute(name, value),
            None => hands.remove_attribute(name),
        }
    }

    /// Sets or removes an attribute without a value.
    pub(super) fn flag(&self, name: &str, on: bool) {
        self.put(name, on.then_some(""));
    }

    /// Replaces the text of an element that holds nothing else.
    pub(super) fn write(&self, text: &str) {
        self.0.set_text_content(Some(text));
    }

    /// The element itself.
    pub(super) fn node(&self) -> &HtmlElement {
        self.0.unchecked_ref()
    }
}

/// The owner that children which come later will belong to. Weak, as it keeps
/// the effect that will make them.
fn owner_of_the_moment() -> WeakOwner {
    Owner::current().unwrap_or_default().downgrade()
}

/// A child, and the owner of its effects and listeners.
struct Item {
    key: u32,
    node: Element,
    owner: Owner,
}

impl Item {
    fn build(key: u32, parent: &WeakOwner, build: &dyn Fn() -> El) -> Self {
        let parent = parent.upgrade().unwrap_or_default();
        let owner = parent.with(Owner::new);
        let node = owner.with(|| untrack(build)).0;
        Self { key, node, owner }
    }

    fn remove(self) {
        self.owner.cleanup();
        self.node.remove();
    }
}

/// The place of a child that comes and goes: before its empty text node.
struct Slot {
    marker: Marker,
    owner: WeakOwner,
    item: Option<Item>,
}

impl Slot {
    fn new(parent: &Element) -> Self {
        let marker = Marker::new();
        hands(parent).append(&marker);
        Self {
            marker,
            owner: owner_of_the_moment(),
            item: None,
        }
    }

    /// Replaces the child by another, or by none.
    fn fill(&mut self, build: Option<&dyn Fn() -> El>) {
        if let Some(item) = self.item.take() {
            item.remove();
        }
        let Some(build) = build else { return };
        let item = Item::build(0, &self.owner, build);
        self.marker.put_before(&item.node);
        self.item = Some(item);
    }
}

/// Children by key.
struct List {
    parent: Element,
    owner: WeakOwner,
    items: Vec<Item>,
}

impl List {
    /// What stands at both ends already is not looked at again: most changes
    /// concern one row among many.
    fn arrange(&mut self, keys: &[u32], build: &dyn Fn(usize) -> El) {
        let items = &mut self.items;
        let same = |(item, key): &(&Item, &u32)| item.key == **key;
        let start = items.iter().zip(keys).take_while(same).count();
        let end = items[start..]
            .iter()
            .rev()
            .zip(keys[start..].iter().rev())
            .take_while(same)
            .count();
        let after = items.len() - end;
        let mut old: Vec<Item> = items.drain(start..after).collect();
        let middle = start..keys.len() - end;
        let new: Vec<Item> = middle
            .map(
                |index| match old.iter().position(|item| item.key == keys[index]) {
                    Some(at) => old.swap_remove(at),
                    None => Item::build(keys[index], &self.owner, &|| build(index)),
                },
            )
            .collect();
        for item in old {
            item.remove();
        }
        let mut last = start
            .checked_sub(1)
            .and_then(|last| items.get(last))
            .map(|item| item.node.clone());
        for item in &new {
            let is_there = match &last {
                Some(last) => last.next_element_sibling(),
                None => self.parent.first_element_child(),
            };
            if is_there.as_ref() != Some(&item.node) {
                match &last {
                    Some(last) => hands(last).after(&item.node),
                    None => hands(&self.parent).prepend(&item.node),
                }
            }
            last = Some(item.node.clone());
        }
        items.splice(start..start, new);
    }
}
