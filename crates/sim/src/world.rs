//! A world of one visitor, one browser, one network and one server, with a
//! clock that jumps to whatever happens next.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Deref, DerefMut};

use concierge_core::{
    Action, Ask, Author, Change, Close, ConnId, Effect, Input, Instant, Key, NewFile, NoToken, Now,
    Page, RequestId, Response, RowState, Secret, Slot, Status, Stored, Timestamp, Token, Uid,
    Unreachable, UploadRules, UploadStep,
};

use crate::desk::{Desk, Kind, Line, Out, Route};
use crate::dice::Dice;
use crate::files::Files;
use crate::tab::{Tab, Wire, name_of};
use crate::trace;

pub use crate::tab::{PageToken, text_of};

/// 2026-11-20, 08:00 UTC.
const BIRTH: i64 = 1_795_161_600_000;

/// The largest frame that a client may send, in bytes (contract 5.3).
const LARGEST_FRAME: usize = 30_000;

/// After a pause so long the shell asks whether its tab still leads.
const PAUSE: u64 = 1_000;
/// So long a shell waits that has taken the lock from another one (`UNAWARE` in
/// `src/browser.js`).
const UNAWARE: u64 = 1_000;

/// Something on its way.
#[derive(Clone, Debug)]
enum Transit {
    Opened(Line),
    ToServer(Line, String),
    ToClient(Line, String, Kind),
    Closed(Line, u16),
    /// What does not come on a connection of a session's, for a tab.
    Elsewhere(usize, Elsewhere),
}

#[derive(Clone, Debug)]
enum Elsewhere {
    Elected,
    Ousted,
    Told(String),
    Page(Page),
    Token,
    Prepared(Uid),
    Answered(RequestId, Result<Response, Unreachable>),
    Uploaded(Uid, UploadStep),
}

impl Transit {
    const fn line(&self) -> Option<Line> {
        match self {
            Self::Opened(line)
            | Self::ToServer(line, _)
            | Self::ToClient(line, ..)
            | Self::Closed(line, _) => Some(*line),
            Self::Elsewhere(..) => None,
        }
    }
}

/// What becomes of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It opens, if the token is good.
    Opens,
    /// It is refused.
    Refused,
    /// Nothing is heard of it.
    Hangs,
}

/// Which tokens the server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Any.
    Any,
    /// Those that have not ended.
    Alive,
    /// Each once.
    OneTime,
}

/// A token that the page gave.
struct Given {
    end: Option<i64>,
    /// The page said when it ends.
    is_told: bool,
    is_used: bool,
}

/// How the network treats what it carries. By default it is slow and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// Each frame may take so many ms longer, and overtake others.
    pub jitter: u64,
    /// Events may take so many ms longer than answers.
    pub event_delay: u64,
    /// One event in so many comes twice. 0 = none does.
    pub doubles: u64,
    /// What belongs to a connection that was closed may still arrive at the page.
    pub ghosts: bool,
    /// What was on its way to the server when its connection ended may have
    /// arrived.
    pub last_words: bool,
}

impl Weather {
    /// Whether nothing overtakes anything.
    #[must_use]
    pub const fn is_in_order(&self) -> bool {
        self.jitter == 0 && self.event_delay == 0
    }
}

/// One visitor, one browser, one network, one server, and a clock.
///
/// A story with one tab speaks of the world and means its tab: the world gives
/// what the tab in front has.
pub struct World {
    /// Milliseconds since the world's birth.
    pub time: u64,
    /// The server.
    pub desk: Desk,
    /// The browser's storage, which all tabs share.
    pub store: BTreeMap<Slot, String>,
    /// The browser does not store any more.
    pub store_refuses: bool,
    /// Whether handshakes succeed.
    pub server_up: bool,
    /// What becomes of a handshake while the server is up.
    pub handshake: Handshake,
    /// Which tokens the server takes.
    pub gate: Gate,
    /// Milliseconds one way.
    pub latency: u64,
    /// What else the network does.
    pub weather: Weather,
    /// Files and where they go.
    pub files: Files,
    /// What the page answers when it is asked for a token.
    pub token: PageToken,
    /// The device's wall clock is wrong by so many ms.
    pub skew: i64,
    /// The views' state is compared after every so many inputs.
    pub compare_every: u64,
    /// Frames and events are kept for a test to look at.
    pub keeps_all: bool,
    /// Every input and effect is printed.
    pub prints: bool,
    /// All tabs.
    pub tabs: Vec<Tab>,
    front: usize,
    /// How often a tab was elected.
    elections: u64,
    /// The tab that has the browser's lock, and those that wait for it.
    lock: (Option<usize>, VecDeque<usize>),
    rules: UploadRules,
    /// How long the device's steady clock stood still.
    asleep: u64,
    /// Bytes go nowhere, and nobody is told; they wait for the road to open.
    is_stalled: bool,
    stalled: Vec<Transit>,
    transits: BTreeMap<(u64, u64), Transit>,
    /// What waits for a tab that is frozen.
    iced: BTreeMap<u64, Transit>,
    sequence: u64,
    hasher: DefaultHasher,
    dice: Dice,
    /// The tokens that were given out.
    tokens: Vec<Given>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for World {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.tabs[self.front]
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.front]
    }
}

impl World {
    /// A world in which nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self::with_seed(7)
    }

    /// The same; the seed is the session's.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self {
            time: 1_000,
            desk: Desk::default(),
            store: BTreeMap::new(),
            store_refuses: false,
            server_up: true,
            handshake: Handshake::Opens,
            gate: Gate::Any,
            latency: 40,
            weather: Weather::default(),
            files: Files::default(),
            token: PageToken::Good,
            skew: 0,
            compare_every: 1,
            keeps_all: true,
            prints: false,
            tabs: vec![Tab::new(0, seed, rules(), true)],
            front: 0,
            elections: 0,
            lock: (None, VecDeque::new()),
            rules: rules(),
            asleep: 0,
            is_stalled: false,
            stalled: Vec::new(),
            transits: BTreeMap::new(),
            iced: BTreeMap::new(),
            sequence: 0,
            hasher: DefaultHasher::new(),
            dice: Dice::new(seed ^ 0x5eed),
            tokens: Vec::new(),
        }
    }

    /// The same with so many tabs, which know of each other.
    #[must_use]
    pub fn with_tabs(seed: u64, tabs: usize) -> Self {
        let mut world = Self::with_seed(seed);
        let tab = |number| Tab::new(number, seed, rules(), false);
        world.tabs = (0..tabs).map(tab).collect();
        world
    }

    /// The visitor turns to this tab.
    pub const fn turn_to(&mut self, tab: usize) {
        self.front = tab;
    }

    /// The number of the tab in front.
    #[must_use]
    pub const fn front(&self) -> usize {
        self.front
    }

    /// The tab that leads, if one does and the browser lets it.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        let mut leading = self.tabs.iter().filter(|tab| tab.is_leading());
        let leader = leading.next()?;
        let is_alone = leading.next().is_none();
        // One that was ousted and has not heard of it leads no more.
        let has_lock = leader.is_alone() || self.lock.0 == Some(leader.number);
        (is_alone && has_lock && leader.thaws_at <= self.time).then_some(leader.number)
    }

    /// The browser freezes this tab for so long: nothing happens in it, and
    /// what comes for it waits.
    pub fn freeze(&mut self, tab: usize, ms: u64) {
        self.tabs[tab].thaws_at = self.time + ms;
    }

    /// Something about the device, which all tabs hear of.
    pub fn page_everywhere(&mut self, page: Page) {
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].thaws_at > self.time {
                self.post(0, Transit::Elsewhere(tab, Elsewhere::Page(page)));
            } else {
                self.input_of(tab, Input::Page(page));
            }
        }
    }

    /// A world in which the visitor has opened the chat and is connected.
    ///
    /// # Panics
    /// If that does not succeed.
    #[must_use]
    pub fn chatting() -> Self {
        let mut world = Self::new();
        world.enter();
        world
    }

    /// The same, on a page that passes files on itself: all of them, or those
    /// that the store does not take from it.
    ///
    /// # Panics
    /// If that does not succeed.
    #[must_use]
    pub fn with_proxy(always: bool) -> Self {
        let mut world = Self::new();
        world.rules.proxy = Some("https://site.example/upload".into());
        world.rules.always_proxy = always;
        world.tabs = vec![Tab::new(0, world.seed, world.rules.clone(), true)];
        world.enter();
        world
    }

    fn enter(&mut self) {
        self.input(Input::Start);
        self.act(Action::OpenPanel);
        self.run(1_000);
        assert_eq!(self.status(), Status::Online);
    }

    // ---- what a test does ----

    /// The visitor does something.
    pub fn act(&mut self, action: Action) {
        self.input(Input::User(action));
    }

    /// The visitor sends a text.
    pub fn say(&mut self, text: &str) {
        self.act(Action::Send(text.into()));
    }

    /// The page or its device changes.
    pub fn page(&mut self, page: Page) {
        self.input(Input::Page(page));
    }

    /// The visitor chooses a picture. Returns the message's uid.
    pub fn attach(&mut self, name: &str) -> Uid {
        self.files.made += 1;
        let uid = Uid(format!("file-{}-{}", self.seed, self.files.made));
        self.attach_as(uid, name)
    }

    /// The same, with this uid.
    pub(crate) fn attach_as(&mut self, uid: Uid, name: &str) -> Uid {
        self.files.kept.insert(uid.clone());
        self.act(Action::Attach(NewFile {
            uid: uid.clone(),
            name: name.into(),
            mime: "image/png".into(),
            size: 90_000,
        }));
        uid
    }

    /// Uploads that do not end break after all.
    pub(crate) fn break_hanging(&mut self) {
        for uid in std::mem::take(&mut self.files.hanging) {
            let broken = UploadStep::Broken { begun: true };
            let tab = self.front;
            self.post(0, Transit::Elsewhere(tab, Elsewhere::Uploaded(uid, broken)));
        }
    }

    /// The visitor has all messages before their eyes.
    pub fn look(&mut self) {
        let rows = self.mirror.rows.iter();
        let theirs = rows.filter(|row| row.author == Author::Them);
        for key in theirs.map(|row| row.key).collect::<Vec<Key>>() {
            self.act(Action::Saw(key));
        }
    }

    /// The staff writes.
    pub fn staff_says(&mut self, text: &str) {
        let out = self.desk.staff_says(text, self.wall());
        self.carry(out);
    }

    /// Something happens at the server.
    pub fn at_desk(&mut self, act: impl FnOnce(&mut Desk) -> Vec<Out>) {
        let out = act(&mut self.desk);
        self.carry(out);
    }

    /// A frame that the server did not mean to send.
    pub fn inject(&mut self, frame: &str) {
        let lines: Vec<Line> = self.wires.iter().map(|wire| wire.line).collect();
        for line in lines {
            self.post(0, Transit::ToClient(line, frame.into(), Kind::Event));
        }
        self.run(1);
    }

    /// The same, and it may pass for the answer to any call.
    pub fn forge(&mut self, frame: &str) {
        for wire in self.tabs.iter_mut().flat_map(|tab| &mut tab.wires) {
            wire.answer_all();
        }
        self.inject(frame);
    }

    /// All connections break; what is on its way is lost.
    pub fn cut(&mut self) {
        self.cut_with(1006);
    }

    /// All connections close with this code; what is on its way is lost.
    pub fn cut_with(&mut self, code: u16) {
        let mut lines = Vec::new();
        for tab in &self.tabs {
            lines.extend(tab.wires.iter().map(|wire| wire.line));
        }
        self.desk.connections.clear();
        self.hear_last_words(|line| lines.contains(&line));
        let is_kept = |transit: &Transit| {
            matches!(transit, Transit::Elsewhere(..) | Transit::Opened(_))
                || transit.line().is_some_and(|line| !lines.contains(&line))
        };
        self.transits.retain(|_, transit| is_kept(transit));
        self.iced.retain(|_, transit| is_kept(transit));
        self.stalled.retain(is_kept);
        for line in lines {
            if self.tabs[line.tab].thaws_at > self.time {
                // It hears of it later.
                self.post(0, Transit::Closed(line, code));
                continue;
            }
            self.tabs[line.tab].unplug(line);
            self.input_of(line.tab, Input::Closed(line.conn, Close { code }));
        }
    }

    /// From here on what the open connections carry in this direction is lost,
    /// and nobody is told: they are half open until somebody notices.
    pub fn break_one_way(&mut self, to_server: bool) {
        for wire in self.tabs.iter_mut().flat_map(|tab| &mut tab.wires) {
            if to_server {
                wire.is_mute = true;
            } else {
                wire.is_deaf = true;
            }
        }
    }

    /// Nothing gets through any more, either way, and no connection breaks.
    pub const fn stall(&mut self) {
        self.is_stalled = true;
    }

    /// The road is open again; what waited arrives.
    pub fn unstall(&mut self) {
        self.is_stalled = false;
        for transit in std::mem::take(&mut self.stalled) {
            self.post(self.latency, transit);
        }
    }

    /// The server goes away with all connections; what it has stored stays.
    pub fn stop_server(&mut self) {
        self.server_up = false;
        // Handshakes that are under way fail.
        let iced = self.iced.values_mut().chain(&mut self.stalled);
        for transit in self.transits.values_mut().chain(iced) {
            if let Transit::Opened(line) = transit {
                *transit = Transit::Closed(*line, 1006);
            }
        }
        self.cut();
    }

    /// The device sleeps; whether its steady clock counts that time.
    pub const fn sleep(&mut self, ms: u64, is_counted: bool) {
        self.time += ms;
        if !is_counted {
            self.asleep += ms;
        }
    }

    /// The tab is killed and the page is loaded again.
    pub fn reload(&mut self) {
        let number = self.front;
        let lines: Vec<Line> = self.wires.iter().map(|wire| wire.line).collect();
        self.desk.connections.retain(|line| line.tab != number);
        self.hear_last_words(|line| line.tab == number);
        let is_kept = |transit: &Transit| match transit {
            Transit::Elsewhere(tab, _) => *tab != number,
            Transit::Opened(line)
            | Transit::ToServer(line, _)
            | Transit::ToClient(line, ..)
            | Transit::Closed(line, _) => line.tab != number,
        };
        self.transits.retain(|_, transit| is_kept(transit));
        self.iced.retain(|_, transit| is_kept(transit));
        self.stalled.retain(is_kept);
        for line in lines {
            self.unplug(line);
        }
        if self.store_refuses {
            // That it was tried was not stored.
            self.forgive();
        }
        // What one tab uploads ends with it, and no history has files in two.
        self.files.hanging.clear();
        self.tabs[number].memory = None;
        for id in self.tabs[number].drop_undone() {
            self.tabs.iter_mut().for_each(|tab| tab.may_delete(id));
        }
        let stored = self.stored(number);
        let rules = self.rules.clone();
        self.load(stored, rules);
        self.resign(number);
        self.input(Input::Start);
    }

    /// What is kept for this tab: in the browser, or where that refuses as long
    /// as the page.
    pub(crate) fn kept(&self, tab: usize) -> &BTreeMap<Slot, String> {
        self.tabs[tab].memory.as_ref().unwrap_or(&self.store)
    }

    fn stored(&self, tab: usize) -> Stored {
        let take = |slot| self.kept(tab).get(&slot).cloned();
        Stored {
            conversation: take(Slot::Conversation),
            visitor: take(Slot::Visitor),
            outbox: take(Slot::Outbox),
            draft: take(Slot::Draft),
            system: take(Slot::System),
            device: None,
        }
    }

    /// Lets time pass.
    ///
    /// # Panics
    /// If too much happens.
    pub fn run(&mut self, ms: u64) {
        let end = self.time + ms;
        let mut steps = 0;
        while self.step(end) {
            steps += 1;
            assert!(steps < 100_000, "the world spins");
        }
        self.time = end;
    }

    /// Does the next thing that happens up to `end`. False when nothing does.
    fn step(&mut self, end: u64) -> bool {
        self.thaw();
        let transit = self.transits.keys().next().copied();
        let thaws = self.tabs.iter().map(|tab| tab.thaws_at);
        let thaw = thaws.filter(|at| *at > self.time).min();
        let mut wake: Option<(u64, usize)> = None;
        for tab in &self.tabs {
            let at = tab
                .deadline()
                .map(|at| (at.0 + self.asleep).max(tab.thaws_at));
            let at = at.map(|at| (at.max(self.time), tab.number));
            wake = [wake, at].into_iter().flatten().min();
        }
        let first = [transit.map(|(at, _)| at), wake.map(|(at, _)| at)];
        let next = first.into_iter().flatten().min();
        if let Some(thaw) = thaw.filter(|thaw| *thaw <= end && !self.iced.is_empty())
            && next.is_none_or(|next| thaw < next)
        {
            self.time = thaw;
            return true;
        }
        let is_transit_first = match (transit, wake) {
            (Some((at, _)), Some((deadline, _))) => at <= deadline,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_transit_first {
            let Some(key) = transit.filter(|(at, _)| *at <= end) else {
                return false;
            };
            self.time = self.time.max(key.0);
            if let Some(transit) = self.transits.remove(&key) {
                if self.is_for_a_frozen_tab(&transit) {
                    self.iced.insert(key.1, transit);
                } else {
                    self.deliver(transit);
                }
            }
            return true;
        }
        let Some((deadline, tab)) = wake.filter(|(at, _)| *at <= end) else {
            return false;
        };
        self.time = deadline;
        self.input_of(tab, Input::Wake);
        true
    }

    fn is_for_a_frozen_tab(&self, transit: &Transit) -> bool {
        let tab = match transit {
            Transit::Opened(line) | Transit::ToClient(line, ..) | Transit::Closed(line, _) => {
                line.tab
            }
            Transit::Elsewhere(tab, _) => *tab,
            Transit::ToServer(..) => return false,
        };
        self.tabs[tab].thaws_at > self.time
    }

    /// What waited for tabs that are not frozen any more comes now, in its
    /// order.
    fn thaw(&mut self) {
        for (sequence, transit) in std::mem::take(&mut self.iced) {
            if self.is_for_a_frozen_tab(&transit) {
                self.iced.insert(sequence, transit);
            } else {
                // Before what has come later, were it long ago.
                self.transits.insert((0, sequence), transit);
            }
        }
    }

    // ---- what a test sees ----

    /// Whether anything is on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.transits.is_empty()
    }

    /// Whether a session has gone on where another one ended.
    #[must_use]
    pub const fn was_handed_on(&self) -> bool {
        self.elections > 1
    }

    /// How much is on its way.
    #[must_use]
    pub fn on_its_way(&self) -> usize {
        self.transits.len() + self.stalled.len()
    }

    /// A hash of all effects so far.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.hasher.finish()
    }

    /// The true time, in milliseconds since 1970.
    ///
    /// # Panics
    /// In some hundred million years.
    #[must_use]
    pub fn wall(&self) -> i64 {
        BIRTH + i64::try_from(self.time).expect("a time")
    }

    /// A line of the trace, if it is printed.
    pub fn print(&self, line: impl FnOnce() -> String) {
        if self.prints {
            println!("{:>11.3} {}", seconds(self.time), line());
        }
    }

    // ---- the machinery ----

    /// Tells the session of the tab in front, and does what it asks for.
    pub fn input(&mut self, input: Input) {
        self.input_of(self.front, input);
    }

    fn input_of(&mut self, tab: usize, input: Input) {
        self.hear_of_the_lock(tab, &input);
        self.print(|| trace::input(tab, &input));
        let now = self.now();
        self.tabs[tab].note_page(&input, now.at);
        self.share_wishes(tab, &input);
        let effects = self.tabs[tab].brain.handle(now, input);
        for effect in effects {
            self.perform(tab, effect);
        }
        self.tabs[tab].last_input = now.at;
        let tab = &mut self.tabs[tab];
        tab.inputs += 1;
        // Views see changes only; what they make of them is what the session has.
        if tab.inputs.is_multiple_of(self.compare_every) {
            assert_eq!(
                tab.mirror,
                tab.brain.mirror(),
                "replaying the changes does not give the session's state"
            );
        }
    }

    /// After a pause the shell of a tab that leads asks the browser whether it
    /// still does, before it does anything else (`PAUSE` in `src/shell`).
    fn hear_of_the_lock(&mut self, tab: usize, input: &Input) {
        let it = &self.tabs[tab];
        let is_asked = it.is_leading()
            && self.now().at.since(it.last_input) > PAUSE
            && !matches!(input, Input::Ousted);
        let is_ousted = |transit: &Transit| matches!(transit, Transit::Elsewhere(to, Elsewhere::Ousted) if *to == tab);
        let mut coming = self.transits.values().chain(self.iced.values());
        if is_asked && coming.any(is_ousted) {
            self.forget_election(tab);
            self.input_of(tab, Input::Ousted);
        }
    }

    /// What the visitor wants in one tab another one may carry out.
    fn share_wishes(&mut self, tab: usize, input: &Input) {
        let is_wish = matches!(
            input,
            Input::User(Action::Saw(_) | Action::Unsend(_) | Action::Undo(_) | Action::Retry(_))
        );
        if is_wish && self.tabs.len() > 1 {
            let saw = self.tabs[tab].saw.clone();
            let gone = self.tabs[tab].wished_gone.clone();
            let wished_at = self.tabs[tab].wished_at.clone();
            for other in &mut self.tabs {
                other.saw.clone_from(&saw);
                other.wished_gone.clone_from(&gone);
                other.wished_at.clone_from(&wished_at);
                if matches!(input, Input::User(Action::Retry(_))) {
                    other.forgive();
                }
            }
        }
    }

    // ---- the lock, and the channel between tabs ----

    fn stand(&mut self, tab: usize) {
        let (holder, line) = &mut self.lock;
        if *holder != Some(tab) && !line.contains(&tab) {
            line.push_back(tab);
            self.grant();
        }
    }

    /// Gives a free lock to the first in line.
    fn grant(&mut self) {
        let (holder, line) = &mut self.lock;
        if holder.is_none()
            && let Some(tab) = line.pop_front()
        {
            *holder = Some(tab);
            self.elect(tab, 0);
        }
    }

    fn seize(&mut self, tab: usize) {
        if self.lock.0 == Some(tab) {
            return;
        }
        self.lock.1.retain(|it| *it != tab);
        if let Some(old) = self.lock.0.replace(tab) {
            self.forget_election(old);
            let delay = 1 + self.dice.roll(3);
            self.post(delay, Transit::Elsewhere(old, Elsewhere::Ousted));
        }
        self.elect(tab, UNAWARE);
    }

    /// The shell of a tab that has the lock asks the browser once more, and so
    /// hears first what was said and done before.
    fn elect(&mut self, tab: usize, wait: u64) {
        let delay = wait + 3 + self.dice.roll(3);
        self.post(delay, Transit::Elsewhere(tab, Elsewhere::Elected));
    }

    fn resign(&mut self, tab: usize) {
        self.lock.1.retain(|it| *it != tab);
        self.forget_election(tab);
        if self.lock.0 == Some(tab) {
            self.lock.0 = None;
            self.grant();
        }
    }

    /// What was to be said to this tab of the lock is not said any more.
    fn forget_election(&mut self, tab: usize) {
        let is_kept = |transit: &Transit| !matches!(transit, Transit::Elsewhere(to, Elsewhere::Elected | Elsewhere::Ousted) if *to == tab);
        self.transits.retain(|_, transit| is_kept(transit));
        self.iced.retain(|_, transit| is_kept(transit));
    }

    fn tell(&mut self, from: usize, text: &str) {
        for tab in (0..self.tabs.len()).filter(|tab| *tab != from) {
            self.post(2, Transit::Elsewhere(tab, Elsewhere::Told(text.to_owned())));
        }
    }

    const fn now(&self) -> Now {
        let wall = BIRTH + self.time.cast_signed() + self.skew;
        Now {
            at: Instant(self.time - self.asleep),
            wall: Timestamp(wall),
        }
    }

    fn perform(&mut self, tab: usize, effect: Effect) {
        self.print(|| trace::effect(tab, &effect));
        self.hasher.write_u64(self.time);
        trace::digest(&effect, &mut self.hasher);
        match effect {
            Effect::Connect(conn, door) => self.connect(tab, conn, &door.url.0),
            Effect::Transmit(conn, frame) => self.transmit(tab, conn, frame),
            Effect::Close(conn) => {
                let line = self.tabs[tab].line(conn);
                self.desk.connections.retain(|it| *it != line);
                self.hear_last_words(|it| it == line);
                self.tabs[tab].unplug(line);
                self.tabs[tab].dialling.take_if(|it| *it == line);
                let keeps = self.weather.ghosts;
                let is_kept = |transit: &Transit| {
                    transit.line() != Some(line)
                        || keeps && !matches!(transit, Transit::ToServer(..))
                };
                self.transits.retain(|_, transit| is_kept(transit));
                self.iced.retain(|_, transit| is_kept(transit));
                self.stalled.retain(is_kept);
            }
            Effect::AskToken(ask) => {
                self.tabs[tab].asked.push(ask);
                self.post(1, Transit::Elsewhere(tab, Elsewhere::Token));
            }
            Effect::Request(id, request) => {
                let answer = if self.server_up {
                    self.files.answer(&request)
                } else {
                    Err(Unreachable)
                };
                let answered = Elsewhere::Answered(id, answer);
                self.post(2 * self.latency, Transit::Elsewhere(tab, answered));
            }
            Effect::Prepare(uid) => {
                self.post(30, Transit::Elsewhere(tab, Elsewhere::Prepared(uid)));
            }
            Effect::Upload(uid, request) => {
                let steps = if self.server_up {
                    self.files.put(&uid, &request)
                } else {
                    vec![UploadStep::Broken { begun: false }]
                };
                for (delay, step) in (1..).zip(steps) {
                    let uploaded = Elsewhere::Uploaded(uid.clone(), step);
                    self.post(delay * 300, Transit::Elsewhere(tab, uploaded));
                }
            }
            Effect::Abort(uid) => {
                let is_of_it = |transit: &Transit| matches!(transit, Transit::Elsewhere(of_tab, Elsewhere::Uploaded(of, _)) if *of_tab == tab && *of == uid);
                self.transits.retain(|_, transit| !is_of_it(transit));
                self.iced.retain(|_, transit| !is_of_it(transit));
                self.files.hanging.retain(|it| *it != uid);
                self.files.aborted.push(uid);
            }
            Effect::Forget(uid) => {
                self.files.kept.remove(&uid);
            }
            Effect::Stand => self.stand(tab),
            Effect::Seize => self.seize(tab),
            Effect::Resign => self.resign(tab),
            Effect::Tell(text) => self.tell(tab, &text),
            Effect::Chime => {}
            Effect::Store(slot, text) if self.store_refuses => {
                let memory = &mut self.tabs[tab].memory;
                let memory = memory.get_or_insert_with(|| self.store.clone());
                match text {
                    Some(text) => memory.insert(slot, text),
                    None => memory.remove(&slot),
                };
            }
            Effect::Store(slot, Some(text)) => {
                self.store.insert(slot, text);
            }
            Effect::Store(slot, None) => {
                self.store.remove(&slot);
            }
            Effect::Changed(change) => {
                let tab = &mut self.tabs[tab];
                if let Change::Draft(draft) = &change {
                    tab.draft = Some(draft.clone());
                }
                if let Change::Updated(row) | Change::Inserted(_, row) = &change
                    && matches!(row.state, RowState::Failed(_))
                {
                    tab.failures.push(name_of(row).to_owned());
                }
                tab.mirror.apply(&change);
            }
            Effect::Announce(event) => {
                self.tabs[tab].note_announced(&event);
                if self.keeps_all {
                    self.tabs[tab].events.push(event);
                }
            }
        }
    }

    fn connect(&mut self, tab: usize, conn: ConnId, url: &str) {
        assert!(url.contains("Auth=") && url.contains("deviceId="));
        let line = self.tabs[tab].line(conn);
        self.tabs[tab].tries.push(self.time);
        self.tabs[tab].dialling = Some(line);
        let is_let_in = self.is_let_in(tab, url);
        let refused = Transit::Closed(line, 1006);
        match self.handshake {
            _ if !self.server_up || !is_let_in => self.post(self.latency, refused),
            Handshake::Opens => self.post(2 * self.latency, Transit::Opened(line)),
            Handshake::Refused => self.post(self.latency, refused),
            Handshake::Hangs => {}
        }
    }

    /// Whether the server takes the token of this URL.
    fn is_let_in(&mut self, tab: usize, url: &str) -> bool {
        let auth = url.split("Auth=t").nth(1);
        let number = auth.and_then(|it| it.split('.').next()?.parse::<usize>().ok());
        let now = self.wall();
        let device = self.now().wall.0;
        let is_fresh = self.tabs[tab].asked.last() == Some(&Ask::Fresh);
        let token = number.and_then(|it| self.tokens.get_mut(it));
        let token = token.expect("a token that the page gave");
        assert!(
            !token.is_told || token.end.is_none_or(|end| end > device) || is_fresh,
            "a token is used that is over as far as the device knows, and no other is asked for"
        );
        let was_used = std::mem::replace(&mut token.is_used, true);
        match self.gate {
            Gate::Any => true,
            Gate::Alive => token.end.is_none_or(|end| end > now),
            Gate::OneTime => !was_used,
        }
    }

    fn transmit(&mut self, tab: usize, conn: ConnId, frame: String) {
        assert!(
            frame.len() <= LARGEST_FRAME,
            "a frame of {} bytes",
            frame.len()
        );
        let route = route_of(&frame);
        let message = match route {
            Route::Send => self.check_is_stored(tab, &frame),
            Route::Seen | Route::Delete => message_of(&frame),
            _ => 0,
        };
        let keeps_all = self.keeps_all;
        let tab = &mut self.tabs[tab];
        let line = tab.line(conn);
        if keeps_all {
            tab.frames.push(frame.clone());
        }
        let wire = tab.wire(line);
        let wire = wire.expect("a frame only goes out on a connection that is open");
        wire.begin(route, message);
        let is_lost = wire.is_mute;
        match route {
            Route::Seen => tab.note_seen(message),
            Route::Send => tab.note_sent(message),
            Route::Delete => tab.note_deleted(message),
            _ => {}
        }
        if !is_lost {
            let delay = self.latency + self.jitter();
            self.post(delay, Transit::ToServer(line, frame));
        }
    }

    /// What goes out as a message is in the store, and will be looked up from
    /// there. Returns its uid as a number.
    fn check_is_stored(&self, tab: usize, frame: &str) -> u64 {
        let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
        let uid = &frame["data"]["body"]["metadata"]["messageUid"];
        let stored = self.kept(tab).get(&Slot::Outbox);
        let stored = stored.expect("an outbox in the store before a message goes out");
        let stored: serde_json::Value = serde_json::from_str(stored).expect("JSON");
        let messages = stored["messages"].as_array().expect("its messages");
        let kept = messages.iter().find(|it| it["uid"] == *uid);
        let fate = kept.map(|it| &it["fate"]);
        assert_eq!(
            fate.and_then(serde_json::Value::as_str),
            Some("unknown"),
            "a message goes out that is not stored as one to be looked up"
        );
        let mut hasher = DefaultHasher::new();
        uid.as_str().hash(&mut hasher);
        hasher.finish()
    }

    fn jitter(&mut self) -> u64 {
        self.dice.roll(self.weather.jitter + 1)
    }

    fn carry(&mut self, out: Vec<Out>) {
        for out in out {
            match out {
                Out::Frame(line, frame, kind, delay) => {
                    let mut delay = delay + self.latency + self.jitter();
                    if kind == Kind::Event {
                        delay += self.dice.roll(self.weather.event_delay + 1);
                        if self.weather.doubles > 0 && self.dice.roll(self.weather.doubles) == 0 {
                            let again = delay + self.dice.roll(self.weather.event_delay + 1);
                            self.post(again, Transit::ToClient(line, frame.clone(), kind));
                        }
                    }
                    self.post(delay, Transit::ToClient(line, frame, kind));
                }
                Out::Close(line, code) => {
                    self.desk.connections.retain(|it| *it != line);
                    self.post(self.latency, Transit::Closed(line, code));
                }
            }
        }
    }

    /// Connections end. What was on its way to the server on them is lost, or
    /// was there just in time; the answer is lost in any case.
    fn hear_last_words(&mut self, is_over: impl Fn(Line) -> bool) {
        if !self.weather.last_words {
            return;
        }
        let is_last_word =
            |transit: &Transit| matches!(transit, Transit::ToServer(line, _) if is_over(*line));
        let keys: Vec<(u64, u64)> = self
            .transits
            .iter()
            .filter(|(_, transit)| is_last_word(transit))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            let Some(Transit::ToServer(line, frame)) = self.transits.remove(&key) else {
                continue;
            };
            if self.dice.roll(2) == 0 {
                self.print(|| "a last word arrives".into());
                let out = self.desk.hear(line, &frame, self.wall());
                self.carry(out);
            }
        }
    }

    fn post(&mut self, delay: u64, transit: Transit) {
        if self.is_stalled && !matches!(transit, Transit::Elsewhere(..)) {
            self.stalled.push(transit);
            return;
        }
        self.sequence += 1;
        self.transits
            .insert((self.time + delay, self.sequence), transit);
    }

    fn deliver(&mut self, transit: Transit) {
        match transit {
            Transit::Opened(line) => {
                let tab = &mut self.tabs[line.tab];
                if tab.dialling.take_if(|it| *it == line).is_none() {
                    self.haunt(line, Input::Opened(line.conn));
                    return;
                }
                tab.wires.push(Wire::new(line));
                self.desk.connections.push(line);
                self.input_of(line.tab, Input::Opened(line.conn));
            }
            Transit::ToServer(line, frame) => {
                if self.desk.connections.contains(&line) {
                    let out = self.desk.hear(line, &frame, self.wall());
                    self.carry(out);
                }
            }
            Transit::ToClient(line, frame, kind) => {
                let tab = &mut self.tabs[line.tab];
                let is_over = tab.wire(line).is_none();
                let received = Input::Received(line.conn, frame);
                if is_over {
                    self.haunt(line, received);
                } else if tab.hears(line, kind) {
                    self.input_of(line.tab, received);
                }
            }
            Transit::Closed(line, code) => {
                let tab = &mut self.tabs[line.tab];
                if tab.wire(line).is_some_and(|wire| wire.is_deaf) {
                    return;
                }
                let closed = Input::Closed(line.conn, Close { code });
                let is_dialled = tab.dialling.take_if(|it| *it == line).is_some();
                if is_dialled || tab.wire(line).is_some() {
                    tab.unplug(line);
                    self.input_of(line.tab, closed);
                } else {
                    self.haunt(line, closed);
                }
            }
            Transit::Elsewhere(tab, elsewhere) => match elsewhere {
                Elsewhere::Elected => {
                    let stored = self.stored(tab);
                    self.elections += 1;
                    // What was seen and not told goes with the session; a view
                    // tells again of what it shows.
                    for tab in &mut self.tabs {
                        tab.saw_before.append(&mut tab.saw);
                    }
                    self.input_of(tab, Input::Elected(stored));
                }
                Elsewhere::Ousted => self.input_of(tab, Input::Ousted),
                Elsewhere::Page(page) => self.input_of(tab, Input::Page(page)),
                Elsewhere::Told(text) => self.input_of(tab, Input::Told(text)),
                Elsewhere::Token => self.give_token(tab),
                Elsewhere::Prepared(uid) => {
                    let file = self.files.prepare(&uid);
                    self.input_of(tab, Input::Prepared(uid, file));
                }
                Elsewhere::Answered(id, answer) => {
                    self.input_of(tab, Input::Answered(id, answer));
                }
                Elsewhere::Uploaded(uid, step) => self.input_of(tab, Input::Uploaded(uid, step)),
            },
        }
    }

    /// Something arrives on a connection that is over: it changes nothing.
    fn haunt(&mut self, line: Line, input: Input) {
        if !self.weather.ghosts || self.tabs[line.tab].load != line.load {
            return;
        }
        let now = self.now();
        let effects = self.tabs[line.tab].brain.handle(now, input);
        assert!(
            effects.is_empty(),
            "a connection that is over changes something: {effects:?}"
        );
    }

    fn give_token(&mut self, tab: usize) {
        let (end, is_told) = match self.token {
            PageToken::Good => (None, true),
            PageToken::Ends(end) => (Some(BIRTH + end), true),
            PageToken::Lasts(life, is_told) => (Some(self.wall() + life), is_told),
            PageToken::None => {
                self.input_of(tab, Input::Token(Err(NoToken::SignedOut)));
                return;
            }
            PageToken::Unreachable => {
                self.input_of(tab, Input::Token(Err(NoToken::Unreachable)));
                return;
            }
            PageToken::Hangs => return,
        };
        let token = Token {
            secret: Secret(format!("t{}.x.y", self.tokens.len())),
            expires_at: end.filter(|_| is_told).map(Timestamp),
        };
        self.tokens.push(Given {
            end,
            is_told,
            is_used: false,
        });
        self.input_of(tab, Input::Token(Ok(token)));
    }
}

fn rules() -> UploadRules {
    UploadRules {
        max_size: 83_886_080,
        ..UploadRules::default()
    }
}

/// The route of a frame that the session transmits.
fn route_of(frame: &str) -> Route {
    let path = frame.split(r#""route":""#).nth(1).unwrap_or_default();
    let path = path.split(['"', '?']).next().unwrap_or_default();
    let route = Route::ALL.into_iter().find(|route| route.name() == path);
    route.unwrap_or_else(|| panic!("a call of an unknown route: {frame}"))
}

/// The message that a seen or delete call names.
fn message_of(frame: &str) -> u64 {
    let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
    let id = &frame["data"]["body"]["messageId"];
    id.as_u64()
        .or_else(|| id.as_str()?.parse().ok())
        .expect("such a call names a message")
}

fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}
