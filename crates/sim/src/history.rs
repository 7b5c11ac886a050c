//! Random histories against a small reference model: whatever the network, the
//! server, the staff and the visitor do, each message that was taken ends
//! exactly once on the server and in one row, or visibly failed.

use std::collections::BTreeMap;

use concierge_core::{Action, Input, Key, Page, RowState, Slot, Status};

use crate::desk::{Desk, Fault};
use crate::dice::Dice;
use crate::world::{World, text_of};

/// What happens in one history besides the passing of time.
const STEPS: u64 = 60;

/// The model: what the visitor wrote and did not throw away, in order, and
/// what the staff wrote.
#[derive(Default)]
struct Model {
    written: Vec<String>,
    discarded: Vec<String>,
    staff: Vec<String>,
}

/// Lives one history and returns the hash of all effects.
///
/// # Panics
/// With a sentence, when something does not hold that must.
#[must_use]
pub fn live(seed: u64) -> u64 {
    let mut dice = Dice::new(seed);
    let mut world = World::with_seed(seed);
    let mut model = Model::default();
    world.latency = 5 + dice.roll(400);
    world.desk.echoes = dice.roll(2) == 0;
    world.desk.drops_metadata = dice.roll(4) == 0;
    world.input(Input::Start);
    world.act(Action::OpenPanel);
    for step in 0..STEPS {
        let pause = [0, 3, 50, 700, 9_000, 40_000][dice.pick(6)];
        world.run(dice.roll(pause + 1));
        turn(step, &mut dice, &mut world, &mut model);
        check_now(&world);
    }
    calm_down(&mut world);
    check_end(seed, &world, &model);
    world.trace
}

fn turn(step: u64, dice: &mut Dice, world: &mut World, model: &mut Model) {
    match dice.roll(28) {
        0..=5 => {
            let text = format!("visitor {step}");
            world.say(&text);
            model.written.push(text);
        }
        6..=8 => {
            let text = format!("staff {step}");
            let before = world.desk.messages.len();
            world.staff_says(&text);
            if world.desk.messages.len() > before {
                model.staff.push(text);
            }
        }
        9 => world.cut(),
        10 => {
            if world.server_up {
                world.stop_server();
            } else {
                world.server_up = true;
            }
        }
        11 => {
            if dice.roll(2) == 0 {
                world.stall();
            } else {
                world.unstall();
            }
        }
        12 => world.reload(),
        13..=15 => {
            let route = [
                "client/send-message",
                "client/get-chat-messages",
                "client/init-chat-with-concierge",
                "client/get-chat-session",
                "client/ping-on-chat-session",
                "client/get-unread-msg-count",
                "client/end-chat-with-concierge",
            ][dice.pick(7)];
            let fault = [
                Fault::Deaf,
                Fault::Mute,
                Fault::Gateway,
                Fault::GatewayAfter,
                Fault::Close(1011),
                Fault::CloseAfter,
                Fault::Hollow,
                Fault::Status(500),
                Fault::Status(401),
                Fault::Status(422),
                Fault::Status(403),
                Fault::Status(404),
            ][dice.pick(12)];
            world.desk.fail(route, fault);
        }
        16 => world.page(if dice.roll(2) == 0 {
            Page::Offline
        } else {
            Page::Online
        }),
        17 => world.page(if dice.roll(2) == 0 {
            Page::Hidden
        } else {
            Page::Visible
        }),
        18 => {
            if dice.roll(3) == 0 {
                world.at_desk(Desk::close_session);
            } else {
                world.at_desk(Desk::join);
            }
        }
        19 => world.act(Action::StartConversation),
        // Without metadata a failed message and one that arrived look alike, and
        // it is the visitor who decides that it is sent again.
        20 if world.desk.drops_metadata => {}
        20 => {
            if let Some(key) = failed(world).first() {
                world.act(Action::Retry(*key));
            }
        }
        21 => {
            if let Some(key) = failed(world).last() {
                let text = text_of(
                    world
                        .mirror
                        .rows
                        .iter()
                        .find(|it| it.key == *key)
                        .expect("it"),
                );
                world.act(Action::Discard(*key));
                model.discarded.push(text);
            }
        }
        22 => world.act(Action::LoadOlder),
        23 => world.act(Action::ClosePanel),
        24 => world.act(Action::OpenPanel),
        25 => world.act(Action::Reconnect),
        26 if dice.roll(3) == 0 => world.act(Action::EndConversation),
        26 => world.at_desk(Desk::staff_sees),
        _ => {
            world.page(Page::Leaving);
            world.run(dice.roll(5_000));
            world.page(Page::Restored);
        }
    }
}

fn failed(world: &World) -> Vec<Key> {
    let is_failed = |state: &RowState| matches!(state, RowState::Failed(_));
    world
        .mirror
        .rows
        .iter()
        .filter(|row| is_failed(&row.state))
        .map(|row| row.key)
        .collect()
}

/// What holds at every moment.
fn check_now(world: &World) {
    let mut keys: Vec<Key> = world.mirror.rows.iter().map(|row| row.key).collect();
    let mut ids: Vec<_> = world
        .mirror
        .rows
        .iter()
        .filter_map(|row| row.id.clone())
        .collect();
    let (rows, with_id) = (keys.len(), ids.len());
    keys.sort_unstable();
    keys.dedup();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(keys.len(), rows, "two rows with one key");
    assert_eq!(ids.len(), with_id, "two rows for one message");
    // A row that waits is in the store.
    let outbox = world.store.get(&Slot::Outbox).cloned().unwrap_or_default();
    for row in world.mirror.rows.iter().filter(|row| row.id.is_none()) {
        assert!(
            outbox.contains(&text_of(row)),
            "{} is not stored",
            text_of(row)
        );
    }
    // Whatever waits, something will come of it without the visitor.
    let waits = |state: &RowState| matches!(state, RowState::Queued | RowState::Sending);
    let is_left_to_a_person = matches!(
        world.status(),
        Status::Offline | Status::Ended | Status::Idle
    );
    if !is_left_to_a_person && world.mirror.rows.iter().any(|row| waits(&row.state)) {
        assert!(
            world.deadline().is_some() || world.is_busy(),
            "nothing will happen any more"
        );
    }
    let lately = world
        .tries
        .iter()
        .filter(|at| **at + 10_000 > world.time)
        .count();
    assert!(lately <= 25, "{lately} tries in ten seconds");
}

/// All faults end, and the visitor begins a new chat if this one is over.
fn calm_down(world: &mut World) {
    world.desk.heal();
    world.server_up = true;
    world.unstall();
    world.page(Page::Restored);
    world.page(Page::Online);
    world.page(Page::Visible);
    world.act(Action::OpenPanel);
    for _ in 0..4 {
        world.run(120_000);
        world.act(Action::StartConversation);
        if world.status() == Status::Offline {
            world.act(Action::Reconnect);
        }
    }
    world.run(60_000);
}

fn check_end(seed: u64, world: &World, model: &Model) {
    assert_eq!(world.status(), Status::Online, "seed {seed}");
    let mut on_server: BTreeMap<&str, usize> = BTreeMap::new();
    for text in world.desk.texts() {
        *on_server.entry(text).or_default() += 1;
    }
    let failed_texts: Vec<String> = world
        .mirror
        .rows
        .iter()
        .filter(|row| matches!(row.state, RowState::Failed(_)))
        .map(text_of)
        .collect();
    for text in &model.written {
        let times = on_server.get(text.as_str()).copied().unwrap_or(0);
        assert!(
            times <= 1,
            "seed {seed}: {text} is {times} times on the server"
        );
        let failed = failed_texts.contains(text);
        let discarded = model.discarded.contains(text);
        assert!(
            times == 1 || failed || discarded,
            "seed {seed}: {text} is lost"
        );
        let rows = world
            .mirror
            .rows
            .iter()
            .filter(|row| text_of(row) == *text)
            .count();
        // Without metadata nothing tells that a failed message arrived after all.
        let most = if world.desk.drops_metadata && failed {
            2
        } else {
            1
        };
        assert!(rows <= most, "seed {seed}: {text} has {rows} rows");
    }
    // The log shows the newest part of what the server has, without gaps.
    let shown: Vec<String> = world
        .mirror
        .rows
        .iter()
        .filter(|row| row.id.is_some())
        .map(text_of)
        .collect();
    let stored = world.desk.texts();
    assert!(shown.len() <= stored.len(), "seed {seed}");
    assert_eq!(
        shown,
        stored[stored.len() - shown.len()..],
        "seed {seed}: there is a gap"
    );
    // A page may have been a small one.
    assert!(
        shown.len() >= stored.len().min(5),
        "seed {seed}: too little is shown"
    );
    for text in &model.staff {
        assert_eq!(
            on_server.get(text.as_str()),
            Some(&1),
            "seed {seed}: {text}"
        );
    }
    // What did not fail is in the order of writing.
    let order: Vec<usize> = stored
        .iter()
        .filter_map(|text| model.written.iter().position(|written| written == text))
        .collect();
    let retried = !model.discarded.is_empty() || order.windows(2).any(|pair| pair[0] > pair[1]);
    if !retried {
        assert!(order.is_sorted(), "seed {seed}");
    }
    let kept = world.store.contains_key(&Slot::Outbox);
    assert_eq!(
        kept,
        !failed_texts.is_empty(),
        "seed {seed}: the outbox is not what is failed"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_histories() {
        for seed in 0..20 {
            assert_eq!(live(seed), live(seed));
        }
    }
}
