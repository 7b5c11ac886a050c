//! Several tabs of one browser, with the lock and the channel between them.

use concierge_core::{Action, Input, Page, Slot};

use crate::world::World;

const SECOND: u64 = 1_000;

#[test]
fn the_tab_that_is_looked_at_leads_although_a_hidden_one_is_next_in_line() {
    let mut world = World::with_tabs(7, 3);
    for tab in 0..3 {
        world.turn_to(tab);
        world.input(Input::Start);
        world.run(10);
        world.page(Page::Hidden);
    }
    assert_eq!(world.leader(), Some(0));
    world.page(Page::Visible);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(2));
}

#[test]
fn what_is_written_while_a_leader_is_elected_is_not_lost() {
    for seed in 0..20 {
        let mut world = World::with_tabs(seed, 2);
        world.turn_to(1);
        world.input(Input::Start);
        world.page(Page::Hidden);
        world.turn_to(0);
        world.input(Input::Start);
        world.act(Action::OpenPanel);
        for text in ["One", "Two", "Three", "Four"] {
            world.say(text);
            world.run(1);
        }
        world.run(10 * SECOND);
        assert_eq!(world.desk.texts(), ["One", "Two", "Three", "Four"]);
    }
}

#[test]
fn a_page_that_leads_again_draws_new_numbers_for_its_connections() {
    let mut world = World::with_tabs(7, 1);
    world.input(Input::Start);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    let first = world.conn();
    world.page(Page::Leaving);
    world.page(Page::Restored);
    world.run(SECOND);
    assert_ne!(world.conn(), first);
}

/// Two tabs in a chat; the first one leads and the visitor is in it.
fn two_tabs() -> World {
    let mut world = World::with_tabs(7, 2);
    for tab in [1, 0] {
        world.turn_to(tab);
        world.input(Input::Start);
        if tab == 1 {
            world.page(Page::Hidden);
            world.run(10);
        }
    }
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(0));
    world
}

/// The browser freezes the tab in front, and the visitor goes to the other one.
fn leave_frozen(world: &mut World, ms: u64) {
    let (old, new) = (world.front(), 1 - world.front());
    world.page(Page::Hidden);
    world.freeze(old, ms);
    world.turn_to(new);
    world.page(Page::Visible);
}

#[test]
fn a_leader_that_was_ousted_stores_nothing_any_more() {
    let mut world = two_tabs();
    world.stall();
    world.say("One");
    world.run(SECOND);
    leave_frozen(&mut world, 60 * SECOND);
    world.say("Two");
    world.run(10 * SECOND);
    world.unstall();
    world.run(40 * SECOND);
    assert_eq!(world.desk.texts(), ["One", "Two"]);
    assert!(!world.store.contains_key(&Slot::Outbox));
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(1));
    assert!(!world.store.contains_key(&Slot::Outbox));
}

#[test]
fn a_visitor_who_leaves_in_one_tab_is_forgotten_in_the_others() {
    let mut world = two_tabs();
    world.say("My room is 12");
    world.run(SECOND);
    world.stop_server();
    world.say("Not sent yet");
    world.run(SECOND);
    world.turn_to(1);
    assert_eq!(world.texts(), ["My room is 12", "Not sent yet"]);
    world.act(Action::Forget);
    world.store.clear();
    world.page(Page::Leaving);
    world.turn_to(0);
    world.run(SECOND);
    assert!(world.texts().is_empty(), "{:?}", world.texts());
    assert!(world.store.is_empty(), "{:?}", world.store);
    world.desk.visitor = "2002";
    world.server_up = true;
    world.act(Action::Reconnect);
    world.say("Somebody else");
    world.run(10 * SECOND);
    assert_eq!(world.desk.texts(), ["My room is 12", "Somebody else"]);
}
