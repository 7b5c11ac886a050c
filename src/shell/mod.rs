//! The browser shell: runs what the session asks for, and tells it what
//! happened. The only code that touches network, storage and clock.
//!
//! An input that arrives while another is being handled (a WebSocket
//! constructor that throws, an answer from memory) waits in the queue, so all
//! effects of an input are done before the next one. Shell code decides
//! nothing: no retry, no order of its own.

pub mod clock;
pub mod courier;
pub mod log;
pub mod page;
pub mod socket;
pub mod sound;
pub mod storage;
pub mod tabs;
pub mod token;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use concierge_core::{Action, Change, Close, ConnId, Effect, Event, Input, Instant, Page, Tab};
use web_sys::File;

use crate::browser::Timer;
use crate::system::{SOCKETS, TOKENS};
use courier::{Courier, MAX_IMAGE_SIDE};
use log::Log;
use page::PageWatch;
use socket::Socket;
use storage::Storage;
use tabs::{News, Tabs, device_is_taken};
use token::{Source, Tokens};

/// After a pause so long, in ms, this tab may have been frozen, and another one
/// may lead: see [`Tabs::catch_up`]. It is shorter than any tab waits before it
/// takes the lead.
const PAUSE: u64 = 1_000;

/// Whoever shows what changes and tells what happens.
pub trait Surface {
    /// Something that is shown has changed.
    fn changed(&self, change: &Change);
    /// Something happened.
    fn announced(&self, event: &Event);
    /// A message came that nobody has seen.
    fn chimed(&self);
}

/// A running tab. Dropping it closes its sockets, gives its requests up, leaves
/// the other tabs and ends its timer and listeners.
pub struct Shell {
    inner: Rc<Inner>,
}

struct Inner {
    this: Weak<Self>,
    tab: RefCell<Tab>,
    surface: Box<dyn Surface>,
    queue: RefCell<Vec<Input>>,
    busy: Cell<bool>,
    /// When the last input was done with.
    last: Cell<Instant>,
    /// At most two: one that is being replaced, and its successor.
    sockets: RefCell<Vec<(ConnId, Socket)>>,
    alarm: RefCell<Option<(Instant, Timer)>>,
    page: RefCell<Option<PageWatch>>,
    storage: Storage,
    /// The other tabs, where they share what is stored.
    tabs: Option<Tabs>,
    courier: Courier,
    /// Where a system wants any.
    tokens: RefCell<Option<Tokens>>,
    log: Log,
}

impl Shell {
    /// A shell around a tab. Nothing happens before [`Shell::start`].
    #[must_use]
    pub fn new(
        tab: Tab,
        storage: Storage,
        source: &Source,
        log: Log,
        surface: Box<dyn Surface>,
    ) -> Self {
        Self {
            inner: Rc::new_cyclic(|this: &Weak<Inner>| {
                let tabs = storage.shared().and_then(|prefix| {
                    let this = Weak::clone(this);
                    let heard = move |news| {
                        if let Some(inner) = this.upgrade() {
                            inner.hear(news);
                        }
                    };
                    Tabs::open(prefix, Rc::new(heard))
                });
                if tabs.is_none() {
                    storage.keep_apart();
                }
                Inner {
                    this: Weak::clone(this),
                    tab: RefCell::new(tab),
                    surface,
                    queue: RefCell::default(),
                    busy: Cell::new(false),
                    last: Cell::new(clock::now().at),
                    sockets: RefCell::default(),
                    alarm: RefCell::default(),
                    page: RefCell::default(),
                    tabs,
                    courier: Courier::new(
                        &storage.database(),
                        MAX_IMAGE_SIDE,
                        log,
                        Inner::hears(this),
                    ),
                    storage,
                    tokens: RefCell::new(tokens(source, || Inner::hears(this))),
                    log,
                }
            }),
        }
    }

    /// Listens to the page and starts the session.
    pub fn start(&self) {
        let watch = PageWatch::start(self.inner.heard());
        self.inner.page.replace(Some(watch));
        self.inner.feed(Input::Start);
    }

    /// Does what the visitor, or the page in the visitor's name, wants.
    pub fn act(&self, action: Action) {
        self.inner.feed(Input::User(action));
    }

    /// Sends these files. Each is told to the session when its bytes are kept.
    pub fn attach(&self, files: &[File]) {
        self.inner.attach(files);
    }

    /// Where views send files. Does nothing once the shell is gone.
    #[must_use]
    pub fn attacher(&self) -> Rc<dyn Fn(Vec<File>)> {
        let this = Weak::clone(&self.inner.this);
        Rc::new(move |files| {
            if let Some(inner) = this.upgrade() {
                inner.attach(&files);
            }
        })
    }

    /// Where views send actions. Does nothing once the shell is gone.
    #[must_use]
    pub fn dispatch(&self) -> Rc<dyn Fn(Action)> {
        let heard = self.inner.heard();
        Rc::new(move |action| heard(Input::User(action)))
    }

    /// The visitor signed in, or is another one: takes tokens from elsewhere.
    pub fn sign_in(&self, source: &Source) {
        let tokens = tokens(source, || self.inner.heard());
        self.inner.tokens.replace(tokens);
        self.inner.feed(Input::User(Action::SignedIn));
    }
}

impl Drop for Shell {
    /// As if the page were left: the other tabs hear of it, and what cannot
    /// wait goes out.
    fn drop(&mut self) {
        self.inner.feed(Input::Page(Page::Leaving));
    }
}

impl Inner {
    fn attach(&self, files: &[File]) {
        for file in files {
            self.courier.take(file);
        }
    }

    /// A way to the queue that keeps nothing alive.
    fn heard(&self) -> Rc<dyn Fn(Input)> {
        Self::hears(&self.this)
    }

    fn hears(this: &Weak<Self>) -> Rc<dyn Fn(Input)> {
        let this = Weak::clone(this);
        Rc::new(move |input| {
            if let Some(inner) = this.upgrade() {
                inner.feed(input);
            }
        })
    }

    fn feed(&self, input: Input) {
        if matches!(input, Input::Ousted) {
            // Nothing is done any more as if this tab led.
            self.queue.borrow_mut().insert(0, input);
        } else {
            self.queue.borrow_mut().push(input);
        }
        if self.busy.replace(true) {
            return;
        }
        // Whoever leaves has no time to ask, and does nothing that needs a lead.
        let leaves = matches!(
            self.queue.borrow().last(),
            Some(Input::Page(Page::Leaving) | Input::User(Action::Forget))
        );
        let pause = clock::now().at.since(self.last.get());
        match &self.tabs {
            Some(tabs) if pause > PAUSE && !leaves && self.tab.borrow().is_leading() => {
                tabs.catch_up();
            }
            Some(_) | None => self.work(),
        }
    }

    fn next(&self) -> Option<Input> {
        let mut queue = self.queue.borrow_mut();
        (!queue.is_empty()).then(|| queue.remove(0))
    }

    fn work(&self) {
        while let Some(input) = self.next() {
            self.log.input(&input);
            if let Input::Closed(conn, _) = &input {
                self.hang_up(*conn);
            }
            let effects = self.tab.borrow_mut().handle(clock::now(), input);
            for effect in effects {
                self.log.effect(&effect);
                self.run(effect);
            }
        }
        self.set_alarm();
        self.last.set(clock::now().at);
        self.busy.set(false);
    }

    fn run(&self, effect: Effect) {
        match effect {
            Effect::Connect(conn, door) if SOCKETS => {
                match Socket::open(conn, &door, &self.heard()) {
                    Ok(socket) => self.sockets.borrow_mut().push((conn, socket)),
                    Err(Close { code }) => self.feed(Input::Closed(conn, Close { code })),
                }
            }
            Effect::Transmit(conn, text) => {
                let sockets = self.sockets.borrow();
                if let Some((_, socket)) = sockets.iter().find(|(id, _)| *id == conn) {
                    socket.send(&text);
                }
            }
            // Without sockets there are none to open.
            Effect::Connect(..) => {}
            Effect::Close(conn) => self.hang_up(conn),
            Effect::AskToken(ask) => {
                if let Some(tokens) = &*self.tokens.borrow() {
                    tokens.ask(ask);
                }
            }
            Effect::Request(id, call) => self.courier.call(id, &call),
            Effect::Prepare(uid) => self.courier.prepare(&uid),
            Effect::Upload(uid, to) => self.courier.upload(&uid, &to),
            Effect::Abort(uid) => self.courier.abort(&uid),
            Effect::Forget(uid) => self.courier.forget(&uid),
            Effect::Stand => self.stand(),
            Effect::Seize => match &self.tabs {
                Some(tabs) => tabs.seize(),
                None => self.stand(),
            },
            Effect::Resign => self.with_tabs(Tabs::resign),
            Effect::Tell(text) => self.with_tabs(|tabs| tabs.tell(&text)),
            Effect::Chime => self.surface.chimed(),
            Effect::Store(slot, text) => self.storage.write(slot, text.as_deref()),
            Effect::Changed(change) => self.surface.changed(&change),
            Effect::Announce(event) => self.surface.announced(&event),
        }
    }

    fn with_tabs(&self, act: impl FnOnce(&Tabs)) {
        if let Some(tabs) = &self.tabs {
            act(tabs);
        }
    }

    /// A tab that shares nothing with others leads at once, as soon as it is
    /// clear that it is not the double of one.
    fn stand(&self) {
        if let Some(tabs) = &self.tabs {
            tabs.stand();
            return;
        }
        let this = Weak::clone(&self.this);
        let then = move |is_double| {
            if let Some(inner) = this.upgrade() {
                if is_double {
                    inner.storage.forget_tab();
                }
                inner.hear(News::Elected);
            }
        };
        let device = self.storage.device().unwrap_or_default();
        device_is_taken(&device, Box::new(then));
    }

    fn hear(&self, news: News) {
        self.feed(match news {
            News::Elected => Input::Elected(self.storage.stored()),
            News::Ousted => Input::Ousted,
            News::Told(text) => Input::Told(text),
            News::Caught => return self.work(),
        });
    }

    fn hang_up(&self, conn: ConnId) {
        self.sockets.borrow_mut().retain(|(id, _)| *id != conn);
    }

    /// Keeps one timer, for the session's earliest deadline.
    fn set_alarm(&self) {
        let deadline = self.tab.borrow().deadline();
        let mut alarm = self.alarm.borrow_mut();
        if alarm.as_ref().map(|(at, _)| *at) == deadline {
            return;
        }
        *alarm = deadline.map(|at| {
            let this = Weak::clone(&self.this);
            let ring = move || {
                if let Some(inner) = this.upgrade() {
                    inner.alarm.replace(None);
                    inner.feed(Input::Wake);
                }
            };
            // A clock that shows whole milliseconds is up to one behind.
            (
                at,
                Timer::after(at.since(clock::now().at) + 1, Box::new(ring)),
            )
        });
    }
}

fn tokens(source: &Source, heard: impl FnOnce() -> Rc<dyn Fn(Input)>) -> Option<Tokens> {
    TOKENS.then(|| Tokens::new(source, heard()))
}
