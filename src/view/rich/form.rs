//! A form: its fields, and what was filled in once it is sent.

use std::rc::Rc;

use concierge_core::text::{digits, trim};
use concierge_core::{Item, Key, Rich};
use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::super::texts::MORE;
use super::ask::Ask;
use super::{question, title};
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el};

/// The form, or its answers.
pub(super) fn form(desk: Desk, key: Key, rich: &Rich) -> El {
    let name = match question(rich) {
        name if name.is_empty() => desk.more().form.to_owned(),
        name => name,
    };
    if !rich.answer.is_empty() {
        return answers(rich, &name);
    }
    let ask = Ask::new(desk, key);
    let mut controls = ask.controls("entries").with("role", "presentation");
    let mut fields = Vec::new();
    for (index, item) in rich.items.iter().enumerate() {
        let id = ["f", &digits(key.0), "-", &digits(index as u32)].concat();
        let field = Rc::new(Field::new(desk, item, &id));
        controls = controls.child(field.draw());
        fields.push(field);
    }
    let label = if rich.label.is_empty() {
        desk.more().submit
    } else {
        &rich.label
    };
    let button = el("button", "button").with("type", "submit").text(label);
    let controls = controls.child(button).child(ask.error());
    el("form", "form")
        .with("part", "form")
        .with("aria-label", &name)
        // The browser's own bubbles lie in its language and over the panel.
        .with("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            let wrong = fields.iter().filter(|field| !field.check());
            // All are checked, and the first that is wrong has the focus.
            match wrong.fold(None, |first, field| first.or(Some(field))) {
                Some(field) => dom::focus(field.control.node()),
                None => ask.send(fields.iter().map(|field| field.pair()).collect()),
            }
        })
        .child(controls)
}

/// What was filled in.
fn answers(rich: &Rich, name: &str) -> El {
    let list = el("dl", "");
    let answers = rich.answer.iter().filter(|(_, value)| !value.is_empty());
    let list = answers.fold(list, |list, (name, value)| {
        let field = rich.items.iter().find(|item| item.value == *name);
        let value = title(field.map_or(&[], |field| &field.items), value);
        list.child(
            el("dt", "quiet")
                .with("dir", "auto")
                .text(title(&rich.items, name)),
        )
        .child(el("dd", "").with("dir", "auto").text(value))
    });
    el("div", "answers")
        .with("part", "form")
        .with("role", "group")
        .with("aria-label", name)
        .child(list)
}

/// A field and what is wrong with it.
struct Field {
    item: Item,
    control: El,
    error: El,
    ids: [String; 2],
}

impl Field {
    fn new(desk: Desk, item: &Item, id: &str) -> Self {
        let error_id = [id, "e"].concat();
        let control = control(desk, item).with("id", id).with("name", &item.value);
        control.flag("required", item.required);
        Self {
            item: item.clone(),
            control,
            error: el("div", "mistake").with("id", &error_id),
            ids: [id.to_owned(), error_id],
        }
    }

    fn draw(self: &Rc<Self>) -> El {
        let name = if self.item.title.is_empty() {
            &self.item.value
        } else {
            &self.item.title
        };
        let label = el("label", "")
            .with("for", &self.ids[0])
            .with("dir", "auto")
            .text(name);
        let star = el("span", "star").with("aria-hidden", "true").text(" *");
        let label = label.maybe(self.item.required.then_some(star));
        let this = Rc::clone(self);
        let control = self.control.clone().on("input", move |_| {
            // What was wrong is looked at again, and not what is being written.
            if this.control.node().has_attribute("aria-invalid") {
                this.check();
            }
        });
        el("div", "entry")
            .child(label)
            .child(control)
            .child(self.error.clone())
    }

    fn value(&self) -> String {
        dom::get(self.control.node(), "value")
            .as_string()
            .unwrap_or_default()
    }

    fn pair(&self) -> (String, String) {
        (self.item.value.clone(), self.value())
    }

    /// Says what is wrong; gives whether all is well.
    fn check(&self) -> bool {
        let mistake = self.mistake();
        let is_wrong = mistake.is_some();
        self.error.write(mistake.unwrap_or_default());
        self.control.put("aria-invalid", is_wrong.then_some("true"));
        let described = is_wrong.then_some(&*self.ids[1]);
        self.control.put("aria-describedby", described);
        !is_wrong
    }

    fn mistake(&self) -> Option<&str> {
        let item = &self.item;
        let own = Some(&*item.error).filter(|error| !error.is_empty());
        let value = self.value();
        // The browser empties a field of a type when what stands in it is none.
        let validity = dom::get(self.control.node(), "validity");
        if dom::get(&validity, "typeMismatch").is_truthy() {
            return own.or(Some(MORE.no_email));
        }
        if trim(&value).is_empty() {
            return item.required.then_some(MORE.missing);
        }
        let is_right = item.pattern.is_empty() || matches(&value, &item.pattern);
        (!is_right).then(|| own.unwrap_or(MORE.mismatch))
    }
}

/// The control of a field, with what stands in it at first.
fn control(desk: Desk, item: &Item) -> El {
    let control = match item.kind.as_str() {
        "select" => {
            let hint = if item.hint.is_empty() {
                desk.more().choose
            } else {
                &item.hint
            };
            let none = el("option", "").with("value", "").text(hint);
            let select = el("select", "input").child(none);
            return item.items.iter().fold(select, |select, option| {
                let shown = title(&item.items, &option.value);
                let element = el("option", "").with("value", &option.value).text(shown);
                element.flag("selected", option.value == item.text);
                select.child(element)
            });
        }
        "text_area" => el("textarea", "input").with("rows", "3"),
        "email" => el("input", "input")
            .with("type", "email")
            .with("autocomplete", "email"),
        _ => el("input", "input").with("type", "text"),
    };
    let _ = Reflect::set(control.node(), &"value".into(), &item.text.as_str().into());
    control.with("placeholder", &item.hint).with("dir", "auto")
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Whether a value matches a regular expression, or that is none.
    fn matches(value: &str, pattern: &str) -> bool;
}
