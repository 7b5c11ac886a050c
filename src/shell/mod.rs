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
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use concierge_core::{Action, Ask, Change, Close, ConnId, Effect, Event, Input, Instant, Session};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use clock::Timeout;
use courier::{Courier, MAX_IMAGE_SIDE};
use log::Log;
use page::PageWatch;
use socket::Socket;
use storage::Storage;
use token::{Source, Tokens};

/// Whoever shows what changes and tells what happens.
pub trait Surface {
    /// Something that is shown has changed.
    fn changed(&self, change: &Change);
    /// Something happened.
    fn announced(&self, event: &Event);
}

/// A running session. Dropping it closes its sockets, gives its requests up
/// and ends its timer and listeners.
pub struct Shell {
    inner: Rc<Inner>,
}

struct Inner {
    this: Weak<Self>,
    session: RefCell<Session>,
    surface: Box<dyn Surface>,
    queue: RefCell<VecDeque<Input>>,
    busy: Cell<bool>,
    /// At most two: one that is being replaced, and its successor.
    sockets: RefCell<Vec<(ConnId, Socket)>>,
    alarm: RefCell<Option<(Instant, Option<Timeout>)>>,
    page: RefCell<Option<PageWatch>>,
    storage: Storage,
    courier: Courier,
    tokens: RefCell<Rc<Tokens>>,
    log: Log,
}

impl Shell {
    /// A shell around a session. Nothing happens before [`Shell::start`].
    #[must_use]
    pub fn new(
        session: Session,
        storage: Storage,
        source: Source,
        log: Log,
        surface: Box<dyn Surface>,
    ) -> Self {
        Self {
            inner: Rc::new_cyclic(|this| Inner {
                this: Weak::clone(this),
                session: RefCell::new(session),
                surface,
                queue: RefCell::default(),
                busy: Cell::new(false),
                sockets: RefCell::default(),
                alarm: RefCell::default(),
                page: RefCell::default(),
                courier: Courier::new(&storage.database(), MAX_IMAGE_SIDE, log, Inner::hears(this)),
                storage,
                tokens: RefCell::new(Rc::new(Tokens::new(source))),
                log,
            }),
        }
    }

    /// Listens to the page and starts the session.
    pub fn start(&self) {
        let watch = PageWatch::start(&self.inner.heard());
        self.inner.page.replace(watch);
        for page in page::at_start() {
            self.inner.feed(Input::Page(page));
        }
        self.inner.feed(Input::Start);
    }

    /// Does what the visitor, or the page in the visitor's name, wants.
    pub fn act(&self, action: Action) {
        self.inner.feed(Input::User(action));
    }

    /// Sends these files. Each is told to the session when its bytes are kept.
    pub fn attach(&self, files: &[File]) {
        for file in files {
            self.inner.courier.take(file);
        }
    }

    /// Where views send files. Does nothing once the shell is gone.
    #[must_use]
    pub fn attacher(&self) -> Rc<dyn Fn(Vec<File>)> {
        let this = Weak::clone(&self.inner.this);
        Rc::new(move |files| {
            if let Some(inner) = this.upgrade() {
                Self { inner }.attach(&files);
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
    pub fn sign_in(&self, source: Source) {
        self.inner.tokens.replace(Rc::new(Tokens::new(source)));
        self.inner.feed(Input::User(Action::SignedIn));
    }
}

impl Inner {
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
        self.queue.borrow_mut().push_back(input);
        if self.busy.replace(true) {
            return;
        }
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some(input) = next else { break };
            self.log.input(&input);
            if let Input::Closed(conn, _) = &input {
                self.hang_up(*conn);
            }
            let effects = self.session.borrow_mut().handle(clock::now(), input);
            for effect in effects {
                self.log.effect(&effect);
                self.run(effect);
            }
        }
        self.set_alarm();
        self.busy.set(false);
    }

    fn run(&self, effect: Effect) {
        match effect {
            Effect::Connect(conn, url) => match Socket::open(conn, &url.0, &self.heard()) {
                Ok(socket) => self.sockets.borrow_mut().push((conn, socket)),
                Err(Close { code }) => self.feed(Input::Closed(conn, Close { code })),
            },
            Effect::Transmit(conn, text) => {
                let sockets = self.sockets.borrow();
                if let Some((_, socket)) = sockets.iter().find(|(id, _)| *id == conn) {
                    socket.send(&text);
                }
            }
            Effect::Close(conn) => self.hang_up(conn),
            Effect::AskToken(ask) => self.ask_token(ask),
            Effect::Request(id, call) => self.courier.call(id, &call),
            Effect::Prepare(uid) => self.courier.prepare(&uid),
            Effect::Upload(uid, to) => self.courier.upload(&uid, &to),
            Effect::Abort(uid) => self.courier.abort(&uid),
            Effect::Forget(uid) => self.courier.forget(&uid),
            Effect::Stand | Effect::Seize | Effect::Resign | Effect::Tell(_) | Effect::Chime => {}
            Effect::Store(slot, text) => self.storage.write(slot, text),
            Effect::Changed(change) => self.surface.changed(&change),
            Effect::Announce(event) => self.surface.announced(&event),
        }
    }

    fn ask_token(&self, ask: Ask) {
        let (this, tokens) = (Weak::clone(&self.this), Rc::clone(&self.tokens.borrow()));
        spawn_local(async move {
            let token = tokens.ask(ask).await;
            // A token of a source that was replaced meanwhile is not wanted.
            if let Some(inner) = this.upgrade()
                && Rc::ptr_eq(&tokens, &inner.tokens.borrow())
            {
                inner.feed(Input::Token(token));
            }
        });
    }

    fn hang_up(&self, conn: ConnId) {
        self.sockets.borrow_mut().retain(|(id, _)| *id != conn);
    }

    /// Keeps one timer, for the session's earliest deadline.
    fn set_alarm(&self) {
        let deadline = self.session.borrow().deadline();
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
            (at, Timeout::after(at.since(clock::now().at) + 1, ring))
        });
    }
}
