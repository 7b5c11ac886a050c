//! One chat in all tabs of a browser: one tab leads and has the [`Session`],
//! the others follow and show what it tells them.
//!
//! Who leads is decided by a lock of the browser's: whoever holds it is
//! [`Input::Elected`]. A follower hands its visitor's actions to the leader and
//! keeps each until the leader has taken it, so that none is lost when the
//! leader goes; a message is named by the follower, so that none is doubled.
//! When a follower is elected its session starts from the browser's store and
//! from the rows that it has been showing, under the same keys: nothing on the
//! screen moves.
//!
//! A tab that is looked at should lead, for browsers slow hidden ones down: it
//! asks a hidden leader to step down, and takes the lock from one that does not
//! answer (`wish`).
//!
//! Where a browser has no such lock the shell elects each tab at once.

mod rich;
mod wire;

use crate::backend::Backend;
use crate::change::{Change, Mirror};
use crate::io::{Action, Effect, Event, Input, Page};
use crate::model::{Author, Content, MessageId, Row, RowState, Traits};
use crate::random::Random;
use crate::session::{Drawn, Inheritance, Session, Setup, Stored};
use crate::time::{Instant, Now, SECOND};
use crate::timeline::Known;
use crate::upload::UploadRules;

use self::wire::{All, Patch, Told, Word};

/// A tab that has been looked at for so long asks to lead.
const WISH_AFTER: u64 = 5 * SECOND;
/// A leader that does not answer that for so long is gone.
const PATIENCE: u64 = 2 * SECOND;
/// A text that is sent again while a leader has not taken it for so long is
/// meant once.
const IMPATIENCE: u64 = 300;
/// A tab that is looked at says so this often.
const HERE_EVERY: u64 = 30 * SECOND;
/// A tab that was not heard of for so long is gone.
const GONE_AFTER: u64 = 90 * SECOND;

/// One tab.
pub struct Tab {
    /// Its name among the others.
    name: String,
    traits: Traits,
    rules: UploadRules,
    random: Random,
    role: Role,
    visible: bool,
    online: bool,
    open: bool,
    /// The page was left and may come back from the back/forward cache.
    left: bool,
    /// The token that the page last gave may be another visitor's.
    has_old_token: bool,
    /// The number of the last action that was handed to a leader.
    last_act: u32,
    /// The latest election that this tab knows of. Later ones have greater
    /// numbers: what was said under an earlier one is out of date.
    epoch: i64,
    /// The last numbers that the sessions of this page have drawn.
    drawn: Drawn,
    /// Messages that the page was told of and that a leader did not know, or
    /// did not know to be taken back.
    ahead: Vec<(MessageId, bool)>,
}

enum Role {
    Leading(Box<Leading>),
    Following(Box<Following>),
}

struct Leading {
    session: Session,
    peers: Vec<Peer>,
    /// What the session was told of all tabs.
    all_visible: bool,
    all_open: bool,
    /// Another tab should lead as soon as nothing is under way.
    yields: bool,
}

/// Another tab, as the leader knows it.
struct Peer {
    name: String,
    visible: bool,
    open: bool,
    last_act: u32,
    heard: Instant,
    /// It was left, and may come back.
    is_gone: bool,
}

struct Following {
    /// `None` only while it is being handed on.
    backend: Option<Box<dyn Backend>>,
    mirror: Mirror,
    /// What the rows do not show, as the leader said.
    known: Known,
    /// The composer was filled by this tab's visitor or by a leader.
    has_draft: bool,
    /// What the leader has not taken yet, and since when.
    acts: Vec<(u32, Action, Instant)>,
    /// It has asked to lead since it is looked at.
    has_wished: bool,
    /// When to ask to lead.
    wish_at: Option<Instant>,
    /// When to stop waiting for the answer.
    seize_at: Option<Instant>,
    here_at: Option<Instant>,
}

impl Following {
    fn new(backend: Option<Box<dyn Backend>>) -> Self {
        Self {
            backend,
            mirror: Mirror::default(),
            known: Known::default(),
            has_draft: false,
            acts: Vec::new(),
            has_wished: false,
            wish_at: None,
            seize_at: None,
            here_at: None,
        }
    }
}

impl Tab {
    /// A tab that follows until it is elected. What is stored is read then.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut random = Random::new(setup.seed);
        Self {
            name: random.uid().0,
            traits: setup.backend.traits(),
            rules: setup.rules,
            random,
            role: Role::Following(Box::new(Following::new(Some(setup.backend)))),
            visible: true,
            online: true,
            open: false,
            left: false,
            has_old_token: false,
            last_act: 0,
            epoch: 0,
            drawn: Drawn::default(),
            ahead: Vec::new(),
        }
    }

    /// Takes an input and returns all its consequences, to be run in order.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        match input {
            Input::Start => self.on_start(now, &mut out),
            Input::Elected(stored) => self.on_elected(now, stored, &mut out),
            Input::Ousted if self.is_leading() => self.step_down(now, false, &mut out),
            // It was elected and has not heard of it.
            Input::Ousted if !self.left => out.push(Effect::Stand),
            Input::Ousted => {}
            // A page that was left hears everything anew when it comes back.
            Input::Told(_) if self.left => {}
            Input::Told(text) => match wire::read(&text, now.at) {
                Some(Told::Word(word)) => self.on_word(now, word, &mut out),
                Some(Told::All(all)) => self.on_all(now, all, &mut out),
                Some(Told::Patch(patch)) => self.on_patch(now, patch, &mut out),
                None => {}
            },
            Input::Page(page) => self.on_page(now, page, &mut out),
            Input::User(Action::Forget) => self.tell(&Word::Forgotten, &mut out),
            Input::User(Action::OpenPanel) => self.set_open(now, true, &mut out),
            Input::User(Action::ClosePanel) => self.set_open(now, false, &mut out),
            Input::User(action) => self.on_action(now, action, &mut out),
            Input::Wake if self.left => {}
            Input::Wake => self.on_wake(now, &mut out),
            Input::Opened(_)
            | Input::Received(..)
            | Input::Closed(..)
            | Input::Token(_)
            | Input::Answered(..)
            | Input::Prepared(..)
            | Input::Uploaded(..) => self.lead(now, input, None, &mut out),
        }
        self.yield_if_quiet(now, &mut out);
        if !self.ahead.is_empty() {
            let is_told = |effect: &Effect| {
                let (id, is_gone) = if let Effect::Announce(Event::MessageReceived(row)) = effect {
                    (row.id.as_ref(), false)
                } else if let Effect::Announce(Event::MessageUnsent(id)) = effect {
                    (Some(id), true)
                } else {
                    return false;
                };
                self.ahead
                    .iter()
                    .any(|(it, gone)| Some(it) == id && *gone == is_gone)
            };
            out.retain(|effect| !is_told(effect));
        }
        out
    }

    /// When to send `Input::Wake`, if at all. Earlier or later does no harm.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.role {
            Role::Leading(leading) => leading.session.deadline(),
            Role::Following(_) if self.left => None,
            Role::Following(following) => {
                let act = following.acts.first();
                let all = [
                    following.wish_at,
                    following.seize_at,
                    following.here_at,
                    act.map(|(_, _, since)| since.after(PATIENCE)),
                ];
                all.into_iter().flatten().min()
            }
        }
    }

    /// What the back end can do.
    #[must_use]
    pub const fn traits(&self) -> Traits {
        self.traits
    }

    /// Everything that the views of this tab have been told, as it is now.
    #[must_use]
    pub fn mirror(&self) -> Mirror {
        match &self.role {
            Role::Leading(leading) => leading.session.mirror(),
            Role::Following(following) => following.mirror.clone(),
        }
    }

    /// Whether this tab has the session.
    #[must_use]
    pub const fn is_leading(&self) -> bool {
        matches!(self.role, Role::Leading(_))
    }

    /// How many frames said nothing we know (for the log).
    #[must_use]
    pub const fn unknown_frames(&self) -> u32 {
        match &self.role {
            Role::Leading(leading) => leading.session.unknown_frames(),
            Role::Following(_) => 0,
        }
    }

    fn on_start(&mut self, now: Now, out: &mut Vec<Effect>) {
        out.push(Effect::Stand);
        self.tell(&self.here(true), out);
        self.plan_wish(now.at);
        if let Role::Following(following) = &mut self.role
            && self.visible
        {
            // A leader answers at once, or it is gone.
            following.seize_at = Some(now.at.after(PATIENCE));
        }
    }

    // ---- leading ----

    fn on_elected(&mut self, now: Now, stored: Stored, out: &mut Vec<Effect>) {
        let Role::Following(following) = &mut self.role else {
            return;
        };
        if self.left {
            out.push(Effect::Resign);
            return;
        }
        let mut was = std::mem::replace(&mut **following, Following::new(None));
        let Some(mut backend) = was.backend.take() else {
            return;
        };
        if let Some(device) = &stored.device {
            backend.set_device(device);
        }
        self.epoch = now.wall.0.max(self.epoch + 1);
        let setup = Setup {
            backend,
            seed: self.random.next(),
            stored,
            rules: self.rules.clone(),
        };
        let mut session = Session::inherit(
            setup,
            Inheritance {
                mirror: was.mirror.clone(),
                known: was.known,
                drawn: self.drawn,
            },
        );
        if std::mem::take(&mut self.has_old_token) {
            session.distrust_token();
        }
        self.role = Role::Leading(Box::new(Leading {
            session,
            peers: Vec::new(),
            all_visible: true,
            all_open: false,
            yields: false,
        }));
        // The view knows the rows; what is different now it is told at once.
        let mut begun = Vec::new();
        if !self.online {
            self.lead(now, Input::Page(Page::Offline), None, &mut begun);
        }
        self.lead(now, Input::Start, None, &mut begun);
        let is_old = |effect: &Effect| {
            matches!(effect, Effect::Changed(change)
                if was.has_draft || !matches!(change, Change::Draft(_)))
        };
        out.extend(begun.into_iter().filter(|effect| !is_old(effect)));
        out.extend(
            was.mirror
                .difference(&self.mirror())
                .into_iter()
                .map(Effect::Changed),
        );
        self.look_around(now, out);
        for (_, action, _) in was.acts {
            let action = if let Action::Post(uid, text, _) = action {
                // The leader before may have sent it.
                Action::Post(uid, text, true)
            } else {
                action
            };
            self.lead(now, Input::User(action), None, out);
        }
        self.tell_all(now.at, out);
    }

    /// Gives an input to the session, if it is here, and tells the others what
    /// came of it. `taken` is the act of another tab that this was.
    fn lead(
        &mut self,
        now: Now,
        input: Input,
        taken: Option<(String, u32)>,
        out: &mut Vec<Effect>,
    ) {
        let Role::Leading(leading) = &mut self.role else {
            return;
        };
        let typed = if let Input::User(Action::Draft(text)) = &input {
            Some(text.clone())
        } else {
            None
        };
        let effects = leading.session.handle(now, input);
        let mut patch = Patch::default();
        for effect in &effects {
            if let Effect::Changed(change) = effect {
                patch.changes.push(change.clone());
            } else if let Effect::Announce(event) = effect {
                patch.events.push(event.clone());
            }
        }
        let is_looking = leading.all_visible && leading.all_open;
        let arrived = |event: &Event| matches!(event, Event::MessageReceived(_));
        let rings = !is_looking && patch.events.iter().any(arrived);
        out.extend(effects);
        if rings {
            out.push(Effect::Chime);
        }
        if let Some(text) = typed {
            if taken.is_some() {
                out.push(Effect::Changed(Change::Draft(text.clone())));
            }
            patch.typed = Some(text);
        }
        patch.taken = taken;
        self.tell_patch(now.at, patch, out);
    }

    /// Tells the others what has changed.
    fn tell_patch(&self, now: Instant, mut patch: Patch, out: &mut Vec<Effect>) {
        if let Role::Leading(leading) = &self.role
            && leading.peers.iter().any(|peer| !peer.is_gone)
            && !patch.is_empty()
        {
            patch.epoch = self.epoch;
            patch.known = leading.session.known();
            patch.fill(leading.session.shown());
            out.push(Effect::Tell(wire::write_patch(&patch, now)));
        }
    }

    /// Tells the others everything.
    fn tell_all(&self, now: Instant, out: &mut Vec<Effect>) {
        if let Role::Leading(leading) = &self.role {
            let mirror = leading.session.mirror();
            let known = leading.session.known();
            let draft = leading.session.draft();
            let all = wire::write_all(self.epoch, &mirror, &known, draft, now);
            out.push(Effect::Tell(all));
        }
    }

    /// Tells the session whether any tab is looked at, and whether the panel is
    /// open in one.
    fn look_around(&mut self, now: Now, out: &mut Vec<Effect>) {
        let Role::Leading(leading) = &mut self.role else {
            return;
        };
        leading
            .peers
            .retain(|peer| now.at.since(peer.heard) < GONE_AFTER || !peer.visible);
        let peers = &leading.peers;
        let visible = self.visible || peers.iter().any(|peer| peer.visible);
        let open = (self.open && (self.visible || !visible))
            || peers
                .iter()
                .any(|peer| peer.open && (peer.visible || !visible));
        let was_visible = std::mem::replace(&mut leading.all_visible, visible);
        let was_open = std::mem::replace(&mut leading.all_open, open);
        if was_visible != visible {
            let page = if visible { Page::Visible } else { Page::Hidden };
            self.lead(now, Input::Page(page), None, out);
        }
        if was_open != open {
            let action = if open {
                Action::OpenPanel
            } else {
                Action::ClosePanel
            };
            self.lead(now, Input::User(action), None, out);
        }
    }

    /// Another tab leads from now on; `leaves` when the page is being left.
    fn step_down(&mut self, now: Now, leaves: bool, out: &mut Vec<Effect>) {
        let nobody = Role::Following(Box::new(Following::new(None)));
        let mut session = match std::mem::replace(&mut self.role, nobody) {
            Role::Leading(leading) => leading.session,
            following @ Role::Following(_) => {
                self.role = following;
                return;
            }
        };
        if leaves {
            // What cannot wait goes out before the page goes.
            out.extend(session.handle(now, Input::Page(Page::Leaving)));
        }
        self.drawn = session.drawn();
        let known = session.known();
        let mut following = Following::new(None);
        following.mirror = session.mirror();
        following.known = known;
        following.has_draft = true;
        following.backend = Some(session.retire(out));
        self.role = Role::Following(Box::new(following));
        out.push(Effect::Resign);
        if !leaves {
            out.push(Effect::Stand);
        }
        self.plan_wish(now.at);
    }

    fn yield_if_quiet(&mut self, now: Now, out: &mut Vec<Effect>) {
        if let Role::Leading(leading) = &self.role
            && leading.yields
            && leading.session.is_quiet()
        {
            self.step_down(now, false, out);
        }
    }

    // ---- both ----

    fn on_page(&mut self, now: Now, page: Page, out: &mut Vec<Effect>) {
        match page {
            Page::Online | Page::Offline => {
                self.online = page == Page::Online;
                self.lead(now, Input::Page(page), None, out);
            }
            Page::Visible | Page::Hidden => {
                self.visible = page == Page::Visible;
                if let Role::Leading(leading) = &mut self.role {
                    leading.yields &= !self.visible;
                }
                self.say_here(now, out);
            }
            Page::Leaving => {
                self.left = true;
                self.tell(&Word::Bye(self.name.clone()), out);
                if self.is_leading() {
                    self.step_down(now, true, out);
                } else {
                    out.push(Effect::Resign);
                }
            }
            Page::Restored => {
                if std::mem::take(&mut self.left) {
                    self.doubt_acts(now);
                    self.on_start(now, out);
                }
            }
        }
    }

    /// What was said when the page was left may have been taken since.
    fn doubt_acts(&mut self, now: Now) {
        if let Role::Following(following) = &mut self.role {
            for (_, action, since) in &mut following.acts {
                *since = now.at;
                if let Action::Post(_, _, doubtful) = action {
                    *doubtful = true;
                }
            }
        }
    }

    fn set_open(&mut self, now: Now, open: bool, out: &mut Vec<Effect>) {
        self.open = open;
        self.say_here(now, out);
    }

    /// Something about this tab has changed.
    fn say_here(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.left {
            // It has said goodbye.
        } else if self.is_leading() {
            if !self.visible {
                self.tell(&Word::Free, out);
            }
            self.look_around(now, out);
        } else {
            self.tell(&self.here(false), out);
            self.plan_wish(now.at);
        }
    }

    fn here(&self, hello: bool) -> Word {
        Word::Here {
            tab: self.name.clone(),
            epoch: self.epoch,
            visible: self.visible,
            open: self.open,
            hello,
        }
    }

    fn tell(&self, word: &Word, out: &mut Vec<Effect>) {
        out.push(Effect::Tell(word.write()));
    }

    fn on_action(&mut self, now: Now, action: Action, out: &mut Vec<Effect>) {
        let uid = self.random.uid();
        let Role::Following(following) = &mut self.role else {
            self.lead(now, Input::User(action), None, out);
            return;
        };
        if action == Action::SignedIn {
            // The leader's page may have the token of before.
            out.push(Effect::Seize);
            return;
        }
        let action = if let Action::Send(text) = action {
            Action::Post(uid, text, false)
        } else {
            action
        };
        let is_again = |(_, before, since): &(u32, Action, Instant)| {
            now.at.since(*since) >= IMPATIENCE
                && matches!((before, &action), (Action::Post(_, before, _), Action::Post(_, text, _))
                    if before == text)
        };
        if following.acts.iter().any(is_again) {
            return;
        }
        let is_writing = |action: &Action| matches!(action, Action::Draft(_));
        if matches!(action, Action::Saw(_)) && following.acts.iter().any(|act| act.1 == action) {
            return;
        }
        following.has_draft = true;
        // What is written further replaces what was written before.
        let draft = following
            .acts
            .pop_if(|(_, before, _)| is_writing(before) && is_writing(&action));
        let since = draft.map_or(now.at, |(_, _, since)| since);
        self.last_act += 1;
        following.acts.push((self.last_act, action, since));
        self.tell_acts(self.last_act, out);
    }

    fn on_word(&mut self, now: Now, word: Word, out: &mut Vec<Effect>) {
        match word {
            Word::Here {
                tab,
                epoch,
                visible,
                open,
                hello,
            } => {
                self.is_stale(now, epoch, out);
                let Role::Leading(leading) = &mut self.role else {
                    return;
                };
                // A tab that was not known has heard nothing since whatever it
                // has heard.
                let is_new = leading.peers.iter().all(|peer| peer.name != tab);
                let peer = leading.peer(&tab, now.at);
                peer.visible = visible;
                peer.open = open;
                if hello || is_new {
                    self.tell_all(now.at, out);
                }
                self.look_around(now, out);
            }
            Word::Bye(tab) => {
                if let Role::Leading(leading) = &mut self.role {
                    // It may come back, and say again what it has said.
                    let peer = leading.peer(&tab, now.at);
                    (peer.visible, peer.open, peer.is_gone) = (false, false, true);
                    self.look_around(now, out);
                }
            }
            Word::Act(epoch, tab, [before, number], action) => {
                if self.is_stale(now, epoch, out) {
                    return;
                }
                let Role::Leading(leading) = &mut self.role else {
                    return;
                };
                let peer = leading.peer(&tab, now.at);
                if before > peer.last_act {
                    // The one before was said to another leader.
                    self.tell_all(now.at, out);
                } else if number > peer.last_act {
                    peer.last_act = number;
                    self.lead(now, Input::User(action), Some((tab, number)), out);
                } else {
                    // That it was taken was not heard.
                    let patch = Patch {
                        taken: Some((tab, number)),
                        ..Patch::default()
                    };
                    self.tell_patch(now.at, patch, out);
                }
            }
            Word::Wish(tab) => {
                let Role::Leading(leading) = &mut self.role else {
                    return;
                };
                leading.yields = !self.visible;
                // It is answered at once; stepping down may take a while.
                self.tell(&Word::Stay(tab), out);
            }
            Word::Stay(tab) => {
                if let Role::Following(following) = &mut self.role
                    && tab == self.name
                {
                    following.seize_at = None;
                }
            }
            Word::Free => self.plan_wish(now.at),
            Word::Forgotten => self.forget(now, out),
        }
    }

    fn on_wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        let is_due = |at: &Instant| *at <= now.at;
        match &mut self.role {
            Role::Leading(_) => {
                self.look_around(now, out);
                self.lead(now, Input::Wake, None, out);
            }
            Role::Following(following) => {
                // A leader takes an act at once, or it is gone.
                let is_deaf = |(_, _, since): &mut (u32, Action, Instant)| {
                    let is_over = is_due(&since.after(PATIENCE));
                    if is_over {
                        *since = now.at;
                    }
                    is_over
                };
                let is_late = following.acts.first_mut().is_some_and(is_deaf);
                if is_late || following.seize_at.take_if(|at| is_due(at)).is_some() {
                    out.push(Effect::Seize);
                }
                if following.wish_at.take_if(|at| is_due(at)).is_some() {
                    following.has_wished = true;
                    following.seize_at = Some(now.at.after(PATIENCE));
                    self.tell(&Word::Wish(self.name.clone()), out);
                }
                self.say_here_again(now, out);
            }
        }
    }

    // ---- following ----

    fn say_here_again(&mut self, now: Now, out: &mut Vec<Effect>) {
        if let Role::Following(following) = &mut self.role
            && following.here_at.take_if(|at| *at <= now.at).is_some()
        {
            following.here_at = Some(now.at.after(HERE_EVERY));
            self.tell(&self.here(false), out);
        }
    }

    /// A tab that is looked at asks to lead, in a while.
    fn plan_wish(&mut self, now: Instant) {
        let may = self.visible && !self.left;
        if let Role::Following(following) = &mut self.role {
            following.wish_at = may.then(|| now.after(WISH_AFTER));
            following.here_at = may.then(|| now.after(HERE_EVERY));
            following.has_wished &= may;
            if !may {
                following.seize_at = None;
            }
        }
    }

    /// The leader tells everything: it is a new one, or we are.
    fn on_all(&mut self, now: Now, all: All, out: &mut Vec<Effect>) {
        let is_stale = self.is_stale(now, all.epoch, out);
        let here = self.here(false);
        if is_stale {
            // Whoever said it learns of the later election.
            self.tell(&here, out);
            return;
        }
        let Role::Following(following) = &mut self.role else {
            return;
        };
        following.seize_at = None;
        following.drop_taken(&all.mirror);
        self.ahead.extend(following.ahead_of(&all.mirror));
        for change in following.mirror.difference(&all.mirror) {
            following.mirror.apply(&change);
            out.push(Effect::Changed(change));
        }
        following.known = all.known;
        if !following.has_draft && !all.draft.is_empty() {
            following.has_draft = true;
            out.push(Effect::Changed(Change::Draft(all.draft)));
        }
        self.tell(&here, out);
        // The lock goes to the next in line, who may be hidden.
        self.plan_wish(now.at);
        if let Role::Following(following) = &mut self.role
            && following.has_wished
        {
            following.wish_at = Some(now.at);
        }
        self.tell_acts(0, out);
    }

    /// The visitor has left in another tab: nothing of them is shown here, and
    /// nothing that they wrote is sent.
    fn forget(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.step_down(now, false, out);
        // No chat begins before somebody wants one.
        self.open = false;
        self.has_old_token = true;
        // What they wrote and stored last is not to be found by anybody.
        let is_kept = |effect: &Effect| !matches!(effect, Effect::Store(_, Some(_)));
        out.retain(is_kept);
        if let Role::Following(following) = &mut self.role {
            let nothing = Mirror::default();
            let changes = following.mirror.difference(&nothing);
            out.extend(changes.into_iter().map(Effect::Changed));
            out.push(Effect::Changed(Change::Draft(String::new())));
            following.mirror = nothing;
            following.known = Known::default();
            following.has_draft = false;
            following.acts.clear();
        }
    }

    /// Hands on what no leader has taken, from this number on. Each names the
    /// one before: a leader that has just been elected has not heard of that.
    fn tell_acts(&self, from: u32, out: &mut Vec<Effect>) {
        if let Role::Following(following) = &self.role {
            let mut before = 0;
            for (number, action, _) in &following.acts {
                if *number >= from {
                    let name = self.name.clone();
                    let numbers = [before, *number];
                    self.tell(&Word::Act(self.epoch, name, numbers, action.clone()), out);
                }
                before = *number;
            }
        }
    }

    /// Whether what was said under this election is out of date. When it is
    /// this tab that is behind, it catches up first: two do not lead.
    fn is_stale(&mut self, now: Now, epoch: i64, out: &mut Vec<Effect>) -> bool {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.step_down(now, false, out);
        }
        epoch < self.epoch
    }

    fn on_patch(&mut self, now: Now, patch: Patch, out: &mut Vec<Effect>) {
        if self.is_stale(now, patch.epoch, out) {
            return;
        }
        let Role::Following(following) = &mut self.role else {
            return;
        };
        let is_mine = patch
            .taken
            .as_ref()
            .is_some_and(|(tab, _)| *tab == self.name);
        if let Some((_, number)) = patch.taken.filter(|_| is_mine) {
            following.acts.retain(|(act, ..)| *act > number);
        }
        following.known = patch.known;
        let is_writing = following
            .acts
            .iter()
            .any(|(_, action, _)| matches!(action, Action::Draft(_)));
        for change in patch.changes {
            if matches!(change, Change::Draft(_)) && is_writing {
                continue;
            }
            if following.mirror.is_told_by(&change) {
                continue;
            }
            following.mirror.apply(&change);
            out.push(Effect::Changed(change));
        }
        if let Some(text) = patch.typed.filter(|_| !is_mine && !is_writing) {
            following.has_draft = true;
            out.push(Effect::Changed(Change::Draft(text)));
        }
        out.extend(patch.events.into_iter().map(Effect::Announce));
    }
}

impl Following {
    /// The messages that this leader does not know, until it has read the
    /// history.
    fn ahead_of(&self, all: &Mirror) -> Vec<(MessageId, bool)> {
        let ahead = |row: &Row| {
            let is_gone = row.state == RowState::Unsent;
            let known = all.rows.iter().find(|other| other.id == row.id);
            let is_ahead = known.is_none_or(|other| is_gone && other.state != RowState::Unsent);
            Some((row.id.clone()?, is_gone)).filter(|_| is_ahead)
        };
        self.mirror.rows.iter().filter_map(ahead).collect()
    }

    /// Takes back what was written before the page was left and is among the
    /// rows that have come since.
    fn drop_taken(&mut self, news: &Mirror) {
        for row in &news.rows {
            let is_known = |old: &Row| {
                (old.id.is_some() && old.id == row.id)
                    || (old.key == row.key && old.content == row.content)
            };
            if row.author != Author::Me || self.mirror.rows.iter().any(is_known) {
                continue;
            }
            let is_it = |(_, action, _): &(u32, Action, Instant)| matches!((action, &row.content), (Action::Post(_, text, true), Content::Text(row)) if text == row);
            if let Some(place) = self.acts.iter().position(is_it) {
                self.acts.remove(place);
            }
        }
    }
}

impl Leading {
    /// The other tab of this name, heard of just now.
    fn peer(&mut self, name: &str, now: Instant) -> &mut Peer {
        let known = self.peers.iter().position(|peer| peer.name == name);
        let place = known.unwrap_or(self.peers.len());
        if known.is_none() {
            self.peers.push(Peer {
                name: name.to_owned(),
                visible: false,
                open: false,
                last_act: 0,
                heard: now,
                is_gone: false,
            });
        }
        let peer = &mut self.peers[place];
        peer.heard = now;
        peer.is_gone = false;
        peer
    }
}
