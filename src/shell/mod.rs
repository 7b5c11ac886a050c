//! The browser shell: runs what the session asks for, and tells it what
//! happened. The only code that touches network, storage and clock.
//!
//! An input that arrives while another is being handled (a WebSocket
//! constructor that throws, an answer from memory) waits in the queue, so all
//! effects of an input are done before the next one. Shell code decides
//! nothing: no retry, no order of its own.

pub mod clock;
pub mod files;
pub mod http;
pub mod log;
pub mod page;
pub mod socket;
pub mod storage;
pub mod token;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use concierge_core::{
    Action, Ask, Change, Close, ConnId, Effect, Event, Input, Instant, Session, Uid, Unreachable,
    UploadStep,
};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use clock::Timeout;
use files::Files;
use http::{Exchange, Owner};
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
    exchanges: RefCell<Vec<(Owner, Exchange)>>,
    alarm: RefCell<Option<(Instant, Option<Timeout>)>>,
    page: RefCell<Option<PageWatch>>,
    storage: Storage,
    files: Rc<Files>,
    tokens: RefCell<Rc<Tokens>>,
    log: Log,
}

impl Shell {
    /// A shell around a session. Nothing happens before [`Shell::start`].
    #[must_use]
    pub fn new(
        session: Session,
        storage: Storage,
        files: Files,
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
                exchanges: RefCell::default(),
                alarm: RefCell::default(),
                page: RefCell::default(),
                storage,
                files: Rc::new(files),
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

    /// Sends these files: a list of `File`; what is none is left out. Each is
    /// told to the session when its bytes are kept.
    pub fn attach(&self, files: &Array) {
        let (this, kept) = (Weak::clone(&self.inner.this), Rc::clone(&self.inner.files));
        let files = files.to_vec();
        spawn_local(async move {
            for file in files {
                let Ok(file) = file.dyn_into() else { continue };
                let file = kept.take(file).await;
                if let Some(inner) = this.upgrade() {
                    inner.feed(Input::User(Action::Attach(file)));
                }
            }
        });
    }

    /// The bytes of files, in memory and on disk.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.inner.files
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
        let this = Weak::clone(&self.this);
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
            self.let_go(&input);
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
            Effect::Stand | Effect::Seize | Effect::Resign | Effect::Tell(_) | Effect::Chime => {}
            Effect::Request(id, call) => match Exchange::call(id, &call, &self.heard()) {
                Ok(exchange) => self.begin(Owner::Call(id), exchange),
                Err(_) => self.feed(Input::Answered(id, Err(Unreachable))),
            },
            Effect::Prepare(uid) => self.prepare(uid),
            Effect::Upload(uid, to) => {
                match Exchange::upload(uid.clone(), &to, &self.files, &self.heard()) {
                    Ok(exchange) => self.begin(Owner::File(uid), exchange),
                    Err(_) => self.feed(Input::Uploaded(uid, UploadStep::Broken { begun: false })),
                }
            }
            Effect::Abort(uid) => self.end(&Owner::File(uid)),
            Effect::Forget(uid) => self.files.forget(&uid),
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

    fn prepare(&self, uid: Uid) {
        let (this, files) = (Weak::clone(&self.this), Rc::clone(&self.files));
        spawn_local(async move {
            let ready = files.prepare(&uid).await;
            if let Some(inner) = this.upgrade() {
                inner.feed(Input::Prepared(uid, ready));
            }
        });
    }

    fn begin(&self, owner: Owner, exchange: Exchange) {
        self.end(&owner);
        self.exchanges.borrow_mut().push((owner, exchange));
    }

    fn end(&self, owner: &Owner) {
        self.exchanges.borrow_mut().retain(|(id, _)| id != owner);
    }

    /// Drops what this input is the end of.
    fn let_go(&self, input: &Input) {
        if let Input::Closed(conn, _) = input {
            self.hang_up(*conn);
        } else if let Input::Answered(id, _) = input {
            self.end(&Owner::Call(*id));
        } else if let Input::Uploaded(uid, step) = input
            && !matches!(step, UploadStep::Progress(_))
        {
            self.end(&Owner::File(uid.clone()));
        }
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
