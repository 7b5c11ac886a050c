//! Where all parts meet: [`mount`], which the loader calls, and the [`Widget`]
//! that it gets.
//!
//! The loader owns the element, the launcher, the state that pages read and
//! their event listeners; it is told of events by `hooks.emit`, which puts
//! them off to a microtask, so the app is never re-entered from here.

mod detail;
mod face;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use concierge_core::only::only;
use concierge_core::text::trim;
use concierge_core::{Action, Change, ConversationId, Setup, Stored, Tab};
use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;
use web_sys::{File, HtmlElement};

use crate::adapter::adapter;
use crate::browser::{get, list, text};
use crate::config::Config;
use crate::shell::Shell;
use crate::shell::log::Log;
use crate::shell::storage::{Storage, is_muted, random, set_muted};
use crate::shell::token::Source;
use crate::system::{RICH, ROOMS, STARTS};
use crate::view::{self, Exits, Mounted, Postback, ViewState};
use face::{Face, Hooks};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// The files of what `sendMessage` is given.
    #[wasm_bindgen(catch, js_name = filesOf)]
    fn files_of(message: &JsValue) -> Result<Array, JsValue>;
    /// What changed settings ask for: 0 for nothing, 1 for other tokens, 2 for
    /// a chat that is built anew.
    #[wasm_bindgen(catch)]
    fn upheaval(next: &JsValue) -> Result<u32, JsValue>;
    /// Takes the draft out of the settings.
    #[wasm_bindgen(catch)]
    fn spend(settings: &JsValue) -> Result<(), JsValue>;
    /// An error with a code.
    #[wasm_bindgen(js_name = failure)]
    fn error(code: &str, message: &str) -> JsValue;
}

/// Draws the chat into `container`, an empty element in the shadow root.
///
/// `settings` are the merged settings, which the loader goes on changing, and
/// besides them `prefill`, a text for the composer. `hooks` are functions:
/// - `emit(name, detail)`: an event of EMBED §2;
/// - `set(changes)`: what changes in the state that `getState` gives;
/// - `close()`: the visitor wants the panel closed. `setOpen(false)` follows.
///
/// # Errors
/// An `Error` with a `code` when the settings ask for what this version does
/// not have.
#[wasm_bindgen]
pub fn mount(container: HtmlElement, settings: Object, hooks: &Object) -> Result<Widget, JsValue> {
    let widget = Widget {
        container,
        settings,
        hooks: Hooks::new(hooks),
        chat: RefCell::new(None),
        open: Cell::new(false),
    };
    widget.chat()?;
    Ok(widget)
}

/// A mounted chat. `free()` takes it down: nodes, listeners, timers, sockets.
#[wasm_bindgen]
pub struct Widget {
    container: HtmlElement,
    settings: Object,
    hooks: Hooks,
    chat: RefCell<Option<Rc<Chat>>>,
    open: Cell<bool>,
}

/// One session and its view. Dropped and built anew when the settings change.
struct Chat {
    // First: the view goes before the session that it sends actions to.
    _mounted: Mounted,
    view: ViewState,
    shell: Shell,
}

#[wasm_bindgen]
impl Widget {
    /// Opens or closes the panel. The first time it opens, it connects.
    #[wasm_bindgen(js_name = setOpen)]
    pub fn set_open(&self, open: bool) -> Result<(), JsValue> {
        self.open.set(open);
        if !open && self.chat.borrow().is_none() {
            return Ok(());
        }
        let chat = self.chat()?;
        chat.view.set_open(open);
        chat.shell.act(if open {
            Action::OpenPanel
        } else {
            Action::ClosePanel
        });
        Ok(())
    }

    /// Runs one of the calls of EMBED §2 that the loader cannot do alone.
    pub fn call(&self, name: &str, args: &Array) -> Result<JsValue, JsValue> {
        let first = args.get(0);
        match name {
            "sendMessage" => self.send(&first)?,
            "prefill" => self.prefill(&*self.chat()?, first.as_string().unwrap_or_default()),
            "startConversation" => self.chat()?.shell.act(start(&first)),
            _ if ROOMS && name == "openConversation" => {
                let id = only(ConversationId(name_of(&first)));
                self.chat()?.shell.act(Action::OpenRoom(id));
            }
            "endConversation" => self.chat()?.shell.act(Action::EndConversation),
            "update" => self.update(&first)?,
            "logout" => {
                if let Some(chat) = &*self.chat.borrow() {
                    chat.shell.act(Action::Forget);
                }
                self.take_down();
            }
            _ => return Err(error("unsupported", "this version has no such call")),
        }
        Ok(JsValue::UNDEFINED)
    }
}

impl Widget {
    /// The chat; built when there is none.
    fn chat(&self) -> Result<Rc<Chat>, JsValue> {
        if let Some(chat) = &*self.chat.borrow() {
            return Ok(Rc::clone(chat));
        }
        let chat = Rc::new(self.build()?);
        self.chat.replace(Some(Rc::clone(&chat)));
        chat.shell.start();
        if ROOMS && let Some(id) = text(&self.settings, "conversation") {
            chat.shell.act(Action::OpenRoom(only(ConversationId(id))));
        }
        if let Some(draft) = text(&self.settings, "prefill") {
            self.prefill(&chat, draft);
        }
        Ok(chat)
    }

    fn build(&self) -> Result<Chat, JsValue> {
        let config = Config::read(&self.settings);
        let log = Log { on: config.debug };
        let prefix = config.prefix();
        let backend =
            adapter(&config, &self.settings).map_err(|(code, words)| error(code, &words))?;
        let locale = text(&self.settings, "locale");
        if locale.is_some_and(|locale| !locale.to_ascii_lowercase().starts_with("en")) {
            web_sys::console::warn_1(
                &"Concierge: dates follow the locale, texts are English in this version".into(),
            );
        }
        let (keep, sound, token) = (config.keep, config.sound, config.token.clone());
        let storage = Storage::open(keep, prefix.clone(), log);
        let tab = Tab::new(Setup {
            backend,
            seed: random(),
            stored: Stored::default(),
            rules: config.rules.clone(),
        });
        let view = ViewState::new(config.options(tab.traits(), is_muted(keep, &prefix)));
        let sound = sound.then(|| (keep, prefix.clone()));
        let face = Face::new(view.clone(), self.hooks.clone(), sound);
        let shell = Shell::new(tab, storage, &token, log, Box::new(face));
        let hooks = self.hooks.clone();
        let mounted = view::mount(
            &self.container,
            view.clone(),
            Exits {
                dispatch: shell.dispatch(),
                attach: shell.attacher(),
                mute: Rc::new(move |muted| set_muted(keep, &prefix, muted)),
                postback: self.postback(),
                close: Rc::new(move || hooks.close()),
            },
        );
        Ok(Chat {
            _mounted: mounted,
            view,
            shell,
        })
    }

    /// Where buttons lead that are meant for the page.
    fn postback(&self) -> Option<Postback> {
        if !RICH {
            return None;
        }
        let page = self.hooks.clone();
        Some(only(Rc::new(move |text, payload| {
            page.postback(text, payload);
        })))
    }

    fn take_down(&self) {
        let chat = self.chat.take();
        if chat.is_some() {
            drop(chat);
            self.hooks.forget();
        }
    }

    fn send(&self, message: &JsValue) -> Result<(), JsValue> {
        let files = files_of(message).unwrap_or_default();
        let files: Vec<File> = files.iter().map(JsCast::unchecked_into).collect();
        let words = message.as_string().or_else(|| text(message, "text"));
        let words = words.filter(|words| !trim(words).is_empty());
        if words.is_none() && files.is_empty() {
            return Err(error("empty", "sendMessage needs a text or files"));
        }
        let chat = self.chat()?;
        if let Some(words) = words {
            chat.shell.act(Action::Send(words));
        }
        chat.shell.attach(&files);
        Ok(())
    }

    fn prefill(&self, chat: &Chat, draft: String) {
        let _ = spend(&self.settings);
        chat.view.apply(&Change::Draft(draft.clone()));
        chat.shell.act(Action::Draft(draft));
    }

    /// `next`: the settings that have changed, already in `settings`.
    fn update(&self, next: &JsValue) -> Result<(), JsValue> {
        let chat = self.chat.borrow().clone();
        let Some(chat) = chat else { return Ok(()) };
        match upheaval(next) {
            Ok(0) => {}
            Ok(1) => {
                let token = get(&self.settings, "token");
                chat.shell.sign_in(&Source::of(token));
            }
            _ => {
                drop(chat);
                self.take_down();
                self.set_open(self.open.get())?;
                self.chat()?;
            }
        }
        Ok(())
    }
}

/// What `startConversation` asks for: with `{participants, title?}` a
/// conversation with those, where a system has that.
fn start(wish: &JsValue) -> Action {
    if !STARTS {
        return Action::StartConversation;
    }
    let people = list(wish, "participants");
    if people.length() == 0 {
        return Action::StartConversation;
    }
    let people = people.iter().map(|it| name_of(&it)).collect();
    Action::StartWith(only(people), text(wish, "title").unwrap_or_default())
}

/// A text, or a number as its digits.
fn name_of(id: &JsValue) -> String {
    let number = || concierge_core::text::digits(id.unchecked_into_f64() as i64);
    id.as_string().unwrap_or_else(number)
}
