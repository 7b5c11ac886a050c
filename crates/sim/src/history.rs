//! Random histories against a small reference model: whatever the network, the
//! server, the staff and the visitor do, each message that was taken ends
//! exactly once on the server and in one row, or visibly failed.

use concierge_core::{
    Action, Author, Content, Input, Key, Notice, Page, Row, RowState, Status, Uid,
};

use crate::desk::{Desk, Fault, Route};
use crate::dice::Dice;
use crate::files::{EXPIRED, PlaceFault, PutFault};
use crate::invariants;
use crate::model::Model;
use crate::nature::Nature;
use crate::world::{Handshake, PageToken, World};

/// What happens in one history besides the passing of time.
const STEPS: u64 = 60;
/// Comparing what views show with what the session has takes longer than all
/// else, so a history that nobody looks at does it every so many inputs.
const COMPARE_EVERY: u64 = 32;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// Lives one history of up to so many tabs and returns the hash of all effects.
///
/// # Panics
/// With a sentence, when something does not hold that must.
#[must_use]
pub fn live(seed: u64, tabs: usize) -> u64 {
    History::new(seed, tabs, false).live()
}

/// The same, and prints every input and effect. Here each input is checked.
///
/// # Panics
/// Like [`live`].
pub fn print(seed: u64, tabs: usize) -> u64 {
    History::new(seed, tabs, true).live()
}

/// What happens in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Say,
    SayMuch,
    Draft,
    Attach,
    Cancel,
    FileFault,
    Retry,
    Discard,
    LoadOlder,
    OpenPanel,
    ClosePanel,
    Look,
    Unsend,
    Undo,
    Reconnect,
    SignIn,
    Start,
    End,
    StaffSays,
    StaffJoins,
    StaffSees,
    StaffTakesBack,
    StaffCloses,
    Cut,
    Restart,
    Stall,
    OneWay,
    Fault,
    Reload,
    RefuseStore,
    Network,
    Visibility,
    Leave,
    Sleep,
    ClockJump,
    Handshake,
    Token,
    Switch,
    Freeze,
}

/// What may go wrong with a question for a place.
const PLACE_FAULTS: [PlaceFault; 6] = [
    PlaceFault::Answer(500, "{}"),
    PlaceFault::Answer(200, "{}"),
    PlaceFault::Answer(401, "{}"),
    PlaceFault::Answer(404, "{}"),
    PlaceFault::Answer(400, r#"{"errors":[{"code":"X","message":"No"}]}"#),
    PlaceFault::Unreachable,
];

/// What may go wrong with an upload.
const PUT_FAULTS: [PutFault; 7] = [
    PutFault::Answer(403, EXPIRED),
    PutFault::Answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    PutFault::Answer(503, ""),
    PutFault::Answer(400, ""),
    PutFault::Broken { begun: false },
    PutFault::Broken { begun: true },
    PutFault::Hangs,
];

/// How often a turn comes in a history of this nature.
fn weights(nature: &Nature) -> Vec<(u64, Turn)> {
    let if_it = |has: bool, weight: u64| if has { weight } else { 0 };
    let mut weights = vec![
        (12, Turn::Say),
        (if_it(nature.large, 4), Turn::SayMuch),
        (2, Turn::Draft),
        (if_it(nature.files, 8), Turn::Attach),
        (if_it(nature.files, 2), Turn::Cancel),
        (if_it(nature.files && nature.faults, 6), Turn::FileFault),
        (if nature.faults { 4 } else { 1 }, Turn::Retry),
        (2, Turn::Discard),
        (2, Turn::LoadOlder),
        (2, Turn::OpenPanel),
        (if_it(nature.page, 2), Turn::ClosePanel),
        (4, Turn::Look),
        (if_it(nature.unsends, 4), Turn::Unsend),
        (if_it(nature.unsends, 2), Turn::Undo),
        (2, Turn::Reconnect),
        (1, Turn::SignIn),
        (2, Turn::Start),
        (if_it(nature.endings, 1), Turn::End),
        (6, Turn::StaffSays),
        (1, Turn::StaffJoins),
        (1, Turn::StaffSees),
        (if_it(nature.deletes, 3), Turn::StaffTakesBack),
        (if_it(nature.endings, 1), Turn::StaffCloses),
        (if_it(nature.cuts, 3), Turn::Cut),
        (if_it(nature.restarts, 3), Turn::Restart),
        (if_it(nature.stalls, 3), Turn::Stall),
        (if_it(nature.one_way, 3), Turn::OneWay),
        (if_it(nature.faults, 8), Turn::Fault),
        (if_it(nature.reloads, 3), Turn::Reload),
        (if_it(nature.store_refuses, 1), Turn::RefuseStore),
        (if_it(nature.page, 2), Turn::Network),
        (if_it(nature.page, 3), Turn::Visibility),
        (if_it(nature.page, 2), Turn::Leave),
        (if_it(nature.sleeps, 2), Turn::Sleep),
        (if_it(nature.clock_jumps, 2), Turn::ClockJump),
        (if_it(nature.handshakes, 3), Turn::Handshake),
        (if_it(nature.tokens, 3), Turn::Token),
        (if_it(nature.tabs > 1, 6), Turn::Switch),
        (if_it(nature.tabs > 1 && nature.freezes, 4), Turn::Freeze),
    ];
    weights.retain(|(weight, _)| *weight > 0);
    weights
}

/// One history under way.
struct History {
    dice: Dice,
    world: World,
    model: Model,
    nature: Nature,
}

impl History {
    fn new(seed: u64, tabs: usize, prints: bool) -> Self {
        let mut dice = Dice::new(seed);
        let tabs = 1 + dice.pick(tabs.max(1));
        let mut world = World::with_tabs(seed, tabs);
        world.prints = prints;
        world.keeps_all = false;
        world.compare_every = if prints { 1 } else { COMPARE_EVERY };
        let nature = Nature::draw(&mut dice, &mut world);
        world.print(|| format!("{nature:?}, {:?}", world.weather));
        Self {
            dice,
            world,
            model: Model::default(),
            nature,
        }
    }

    fn live(&mut self) -> u64 {
        let weights = weights(&self.nature);
        let total = weights.iter().map(|(weight, _)| weight).sum();
        for tab in (0..self.nature.tabs).rev() {
            self.world.turn_to(tab);
            self.world.input(Input::Start);
            if tab > 0 {
                self.world.page(Page::Hidden);
            }
        }
        self.world.act(Action::OpenPanel);
        for step in 0..STEPS {
            let pause = [0, 3, 50, 700, 9_000, 40_000][self.dice.pick(6)];
            self.world.run(self.dice.roll(pause + 1));
            let mut roll = self.dice.roll(total);
            let turn = weights.iter().find(|(weight, _)| {
                let is_it = roll < *weight;
                roll = roll.saturating_sub(*weight);
                is_it
            });
            let turn = turn.map_or(Turn::Say, |(_, turn)| *turn);
            self.world.print(|| format!("--- {step}: {turn:?}"));
            self.take(turn, step);
            self.check();
        }
        self.calm_down();
        self.check();
        self.wait_until_whole();
        invariants::tabs_agree(&self.world);
        invariants::at_the_end(&self.world, &self.model);
        self.count_unread();
        self.world.trace()
    }

    fn check(&mut self) {
        self.model.follow(&mut self.world);
        // Without a leader nothing is certain, and soon there is one again.
        let front = self.world.front();
        if let Some(leader) = self.world.leader() {
            self.world.turn_to(leader);
            invariants::now(&self.world, &self.model);
            self.world.turn_to(front);
        }
    }

    fn take(&mut self, turn: Turn, step: u64) {
        let (dice, world) = (&mut self.dice, &mut self.world);
        match turn {
            Turn::Say => {
                let text = self.model.next_text(0);
                self.say(text);
            }
            // A follower says only later that it is too much.
            Turn::SayMuch if !world.is_leading() => {}
            Turn::SayMuch => {
                let bytes = [9_000, 25_000, 29_700, 29_900, 31_000, 90_000][dice.pick(6)];
                let text = self.model.next_text(bytes);
                self.say(text);
            }
            Turn::Draft => world.act(Action::Draft(format!("draft {step}"))),
            Turn::Attach | Turn::Cancel if !world.is_leading() => {}
            Turn::Attach => {
                let name = self.model.next_file();
                world.attach_as(Uid(name.clone()), &format!("{name}.png"));
                self.model.write(name, world.front(), None);
            }
            Turn::Cancel => self.cancel(),
            Turn::FileFault => {
                let fault = dice.pick(PLACE_FAULTS.len() + PUT_FAULTS.len());
                match PLACE_FAULTS.get(fault) {
                    Some(fault) => world.files.place_faults.push_back(fault.clone()),
                    None => {
                        let fault = &PUT_FAULTS[fault - PLACE_FAULTS.len()];
                        world.files.put_faults.push_back(fault.clone());
                    }
                }
            }
            // Without metadata a failed message and one that arrived look
            // alike, and it is the visitor who decides that it is sent again.
            Turn::Retry if world.desk.drops_metadata => {}
            Turn::Retry => {
                if let Some(key) = failed(world).first() {
                    world.act(Action::Retry(*key));
                }
            }
            Turn::Discard => self.discard(),
            Turn::LoadOlder => world.act(Action::LoadOlder),
            Turn::OpenPanel => world.act(Action::OpenPanel),
            Turn::ClosePanel => world.act(Action::ClosePanel),
            // A view tells of what it shows.
            Turn::Look if world.is_looked_at() => world.look(),
            Turn::Look => {}
            Turn::Unsend => {
                let is_sent = |row: &&Row| {
                    row.author == Author::Me && matches!(row.state, RowState::Sent | RowState::Seen)
                };
                let rows = world.mirror.rows.iter().filter(is_sent);
                let keys: Vec<Key> = rows.map(|row| row.key).collect();
                if !keys.is_empty() {
                    world.act(Action::Unsend(keys[dice.pick(keys.len())]));
                }
            }
            Turn::Undo => {
                let is_going = |row: &&Row| matches!(row.state, RowState::Unsending(_));
                let row = world.mirror.rows.iter().find(is_going);
                if let Some(key) = row.map(|row| row.key) {
                    world.act(Action::Undo(key));
                }
            }
            Turn::Reconnect => world.act(Action::Reconnect),
            Turn::SignIn => world.act(Action::SignedIn),
            Turn::Start => world.act(Action::StartConversation),
            Turn::End => world.act(Action::EndConversation),
            Turn::StaffSays => world.staff_says(&format!("staff {step}")),
            Turn::StaffJoins => world.at_desk(Desk::join),
            Turn::StaffSees => world.at_desk(Desk::staff_sees),
            Turn::StaffTakesBack => {
                if !world.desk.messages.is_empty() {
                    let index = dice.pick(world.desk.messages.len());
                    world.at_desk(|desk| desk.take_back(index));
                }
            }
            Turn::StaffCloses => world.at_desk(Desk::close_session),
            Turn::Cut => {
                let codes = [1006, 1006, 1006, 1000, 1001, 1005, 1009, 1011];
                world.cut_with(codes[dice.pick(codes.len())]);
            }
            Turn::Restart if world.server_up => world.stop_server(),
            Turn::Restart => world.server_up = true,
            Turn::Stall if dice.roll(2) == 0 => world.stall(),
            Turn::Stall => world.unstall(),
            Turn::OneWay => world.break_one_way(dice.roll(2) == 0),
            Turn::Fault => self.fail(),
            Turn::Reload => {
                self.model.forget(world);
                world.reload();
            }
            Turn::RefuseStore => world.store_refuses = true,
            Turn::Network => {
                world.page_everywhere([Page::Offline, Page::Online][dice.pick(2)]);
            }
            Turn::Switch => {
                let tab = dice.pick(self.nature.tabs);
                if dice.roll(4) > 0 {
                    world.page(Page::Hidden);
                }
                world.freeze(tab, 0);
                world.turn_to(tab);
                world.page(Page::Visible);
            }
            Turn::Freeze => {
                let tab = dice.pick(self.nature.tabs);
                if tab != world.front() {
                    world.freeze(tab, dice.roll(5 * MINUTE));
                }
            }
            Turn::Visibility => world.page([Page::Hidden, Page::Visible][dice.pick(2)]),
            Turn::Leave => {
                world.page(Page::Leaving);
                world.run(dice.roll(5 * SECOND));
                world.page(Page::Restored);
            }
            Turn::Sleep => {
                let most = [10 * SECOND, 10 * MINUTE, 10 * 60 * MINUTE][dice.pick(3)];
                world.sleep(dice.roll(most), dice.roll(2) == 0);
            }
            Turn::ClockJump => {
                let most = [10_000, 600_000, 400 * 86_400_000][dice.pick(3)];
                let jump = dice.roll(most).cast_signed();
                world.skew = [jump, -jump, 0][dice.pick(3)];
            }
            Turn::Handshake => {
                world.handshake =
                    [Handshake::Opens, Handshake::Refused, Handshake::Hangs][dice.pick(3)];
            }
            Turn::Token => {
                world.token = [
                    PageToken::Good,
                    PageToken::None,
                    PageToken::Unreachable,
                    PageToken::Hangs,
                    PageToken::Lasts(30_000, true),
                    PageToken::Lasts(90_000, true),
                    PageToken::Lasts(90_000, false),
                    PageToken::Lasts(-1, true),
                ][dice.pick(8)]
                .clone();
            }
        }
    }

    fn say(&mut self, text: String) {
        let before = self.world.mirror.rows.len();
        let tab = self.world.front();
        // One that follows keeps it until the leader has taken it.
        let hand = (!self.world.is_leading()).then_some((tab, self.world.load));
        self.world.say(&text);
        let is_taken = self.world.mirror.rows.len() > before;
        if is_taken || hand.is_some() {
            self.model.write(text, tab, hand);
            return;
        }
        let is_told = matches!(self.world.mirror.notice, Some(Notice::TooLong { .. }));
        assert!(
            is_told && text.len() > 29_000,
            "a text of {} bytes is refused, and it is not told why",
            text.len()
        );
    }

    fn discard(&mut self) {
        let Some(key) = failed(&self.world).last().copied() else {
            return;
        };
        let rows = &self.world.mirror.rows;
        let row = rows.iter().find(|row| row.key == key);
        let number = row.and_then(|row| self.model.number_of(row));
        self.world.act(Action::Discard(key));
        if let Some(number) = number {
            self.model.words[number].may_miss = true;
        }
    }

    /// The visitor does not want a file after all that is not sent yet.
    fn cancel(&mut self) {
        let is_going = |row: &&Row| {
            matches!(row.content, Content::File(_))
                && matches!(row.state, RowState::Queued | RowState::Uploading(_))
        };
        let mut rows = self.world.mirror.rows.iter().filter(is_going);
        let Some((key, number)) = rows.find_map(|row| Some((row.key, self.model.number_of(row)?)))
        else {
            return;
        };
        self.world.act(Action::Discard(key));
        self.model.words[number].may_miss = true;
        assert!(
            self.world.mirror.rows.iter().all(|row| row.key != key),
            "a file that is on its way cannot be thrown away"
        );
        let name = &self.model.words[number].text;
        assert!(
            !self.world.files.kept.contains(&Uid(name.clone())),
            "a file was thrown away, and its bytes are kept"
        );
    }

    fn fail(&mut self) {
        let dice = &mut self.dice;
        // What is called most is what fails most.
        let route = match dice.roll(4) {
            0 => Route::Send,
            1 => Route::Messages,
            _ => Route::ALL[dice.pick(Route::ALL.len())],
        };
        let faults = [
            Fault::Deaf,
            Fault::Mute,
            Fault::Slow(dice.roll(28_000)),
            Fault::Gateway,
            Fault::GatewayAfter,
            Fault::Close(1011),
            Fault::Close(1009),
            Fault::CloseAfter,
            Fault::Hollow,
            Fault::Status(500),
            Fault::Status(401),
            Fault::Status(422),
            Fault::Status(403),
            Fault::Status(404),
            Fault::Status(429),
        ];
        let mut fault = faults[dice.pick(faults.len())];
        // That a message is not there is no fault but news (contract 5.10).
        if matches!(route, Route::Seen | Route::Delete) && fault == Fault::Status(404) {
            fault = Fault::Status(409);
        }
        self.world.print(|| format!("{fault:?} {}", route.name()));
        self.world.desk.fail_route(route, fault);
    }

    /// All trouble ends, and the visitor begins a new chat if this one is over.
    fn calm_down(&mut self) {
        let world = &mut self.world;
        world.print(|| "--- all trouble ends".into());
        world.desk.heal();
        world.files.place_faults.clear();
        world.files.put_faults.clear();
        world.break_hanging();
        world.server_up = true;
        world.handshake = Handshake::Opens;
        world.token = PageToken::Good;
        world.skew = 0;
        world.desk.life = 60 * MINUTE.cast_signed();
        world.unstall();
        for tab in 0..world.tabs.len() {
            world.freeze(tab, 0);
        }
        world.run(1);
        let front = world.front();
        for tab in 0..world.tabs.len() {
            world.turn_to(tab);
            world.page(Page::Restored);
            world.page(Page::Hidden);
        }
        world.turn_to(front);
        world.page_everywhere(Page::Online);
        world.page(Page::Visible);
        world.act(Action::OpenPanel);
        for _ in 0..8 {
            world.run(MINUTE);
            world.act(Action::StartConversation);
            if world.status() == Status::Offline {
                world.act(Action::Reconnect);
            }
            if world.status() == Status::Online && invariants::nothing_waits(world) {
                break;
            }
        }
        world.run(MINUTE);
        // What the visitor wished for before may have come last.
        if world.status() == Status::Ended {
            world.act(Action::StartConversation);
            world.run(MINUTE);
        }
        self.wait_until_online();
    }

    /// A connection is replaced now and then.
    fn wait_until_online(&mut self) {
        for _ in 0..60 {
            if self.world.status() != Status::Online {
                self.world.run(SECOND);
            }
        }
    }

    /// A gap is looked at again after a while that grows, and so is what may have
    /// arrived; few histories need it.
    fn wait_until_whole(&mut self) {
        let missed = invariants::missed_taking_back(&self.world).is_some();
        let failed = invariants::arrived_and_failed(&self.world).is_some();
        if missed || failed || !invariants::is_whole(&self.world) {
            self.world.print(|| "--- there is a gap".into());
            self.world.run(40 * MINUTE);
            self.wait_until_online();
        }
    }

    /// The count of unread messages is the truth: while nobody looks, after one
    /// of them is taken back, for a visitor who is back, and after a look.
    fn count_unread(&mut self) {
        // What is on a page too large to be delivered is not counted.
        if !invariants::is_heard(&self.world) || self.world.desk.oversize > 0 {
            return;
        }
        // Without their answers nobody asks for the count or tells what was seen
        // on this connection, which the gateway ends when it is idle.
        let waits = [Route::Unread, Route::Seen];
        if (self.world.wires.iter()).any(|wire| waits.iter().any(|it| wire.awaits(*it))) {
            self.world.cut();
            self.wait(MINUTE);
        }
        self.world.print(|| "--- nobody looks".into());
        self.world.act(Action::ClosePanel);
        for number in 0..=self.dice.roll(3) {
            self.world.staff_says(&format!("news {number}"));
        }
        // The server is asked every few minutes for what is not shown.
        self.wait(6 * MINUTE);
        invariants::unread(&self.world);
        let last = self.world.desk.messages.len() - 1;
        self.world.at_desk(|desk| desk.take_back(last));
        self.wait(20 * SECOND);
        invariants::unread(&self.world);
        self.model.forget(&mut self.world);
        self.world.reload();
        self.wait(2 * MINUTE);
        if !invariants::is_heard(&self.world) || self.world.desk.oversize > 0 {
            // That there is a chat was not stored.
            return;
        }
        invariants::unread(&self.world);
        self.world.act(Action::OpenPanel);
        self.world.look();
        self.world.run(100);
        invariants::unread(&self.world);
        self.wait(MINUTE);
        invariants::unread(&self.world);
        invariants::what_was_seen_is_told(&self.world);
    }

    fn wait(&mut self, ms: u64) {
        self.world.run(ms);
        self.wait_until_online();
    }
}

fn failed(world: &World) -> Vec<Key> {
    let is_failed = |state: &RowState| matches!(state, RowState::Failed(_));
    let rows = world.mirror.rows.iter();
    rows.filter(|row| is_failed(&row.state))
        .map(|row| row.key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_histories() {
        for seed in 0..50 {
            assert_eq!(live(seed, 1), live(seed, 1));
        }
    }

    /// Each was found by a soak; what went wrong is beside it.
    #[test]
    fn histories_that_went_wrong_once_go_well() {
        // A page asked for before the end was taken for the last words; a message
        // was taken back twice; a row slipped from one page to the other; what
        // was seen before an election; an older page was waited for in the last
        // words; a message was taken back before its sending was answered; a row
        // slipped from one of the newest pages to the other; a file that was
        // thrown away came back from an old store, after later ones; so did one
        // that had arrived, without its bytes; a message was taken back in a row
        // that was not yet known to be the visitor's; one was taken back while its
        // page was on its way; a row slipped off a page and back while older ones
        // were joined; pages were read at the seam and told nothing of a message
        // that had failed; a late answer of the chat before ended this one; the
        // history that tells was being read when all was to be well.
        for seed in [
            10_167_002, 10_814_734, 10_147_818, 10_859_673, 10_021_038, 20_421_591, 20_984_016,
            30_031_765, 30_269_059, 30_024_205, 30_298_209, 30_283_233, 30_046_729, 40_600_389,
            40_888_976,
        ] {
            assert_eq!(live(seed, 1), live(seed, 1));
        }
    }

    /// The same in three tabs.
    #[test]
    fn histories_of_tabs_that_went_wrong_once_go_well() {
        // A tab that had slept through the beginning of a chat showed the end of
        // the one before while its messages waited; a leader that was busy when
        // the lead was taken from it sent once more.
        for seed in [141_416, 133_526] {
            assert_eq!(live(seed, 3), live(seed, 3));
        }
    }

    #[test]
    fn other_seeds_give_other_histories() {
        let mut traces: Vec<u64> = (0..50).map(|seed| live(seed, 1)).collect();
        traces.sort_unstable();
        traces.dedup();
        assert_eq!(traces.len(), 50);
    }
}
