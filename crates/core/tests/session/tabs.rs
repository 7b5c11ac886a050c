//! Several tabs of one browser, with the lock and the channel between them.

use concierge_core::{Action, Conversation, Event, Input, Older, Page, RowState, Slot};

use crate::desk::{Desk, GoneAs};
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
    two_tabs_of(7)
}

fn two_tabs_of(seed: u64) -> World {
    let mut world = World::with_tabs(seed, 2);
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

/// The tabs of this world, the first one in front, and all in line.
fn three_tabs() -> World {
    let mut world = World::with_tabs(7, 3);
    for tab in [0, 1, 2] {
        world.turn_to(tab);
        world.input(Input::Start);
        world.run(10);
        if tab > 0 {
            world.page(Page::Hidden);
        }
    }
    world.turn_to(0);
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(0));
    world
}

fn agree(world: &World) {
    for tab in &world.tabs {
        assert_eq!(tab.mirror, world.tabs[0].mirror);
    }
}

#[test]
fn a_tab_that_is_looked_at_asks_each_hidden_leader_at_once() {
    let mut world = three_tabs();
    world.page(Page::Hidden);
    world.turn_to(2);
    world.page(Page::Visible);
    // The one in the middle is next in line.
    world.run(5_200);
    assert_eq!(world.leader(), Some(2));
}

#[test]
fn a_tab_that_was_elected_and_ousted_while_frozen_is_in_line_again() {
    let mut world = three_tabs();
    world.freeze(1, 30 * SECOND);
    world.reload();
    world.run(10);
    world.page(Page::Hidden);
    // The lock is with the frozen one.
    world.turn_to(2);
    world.page(Page::Visible);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(2));
    world.run(20 * SECOND);
    for gone in [2, 0] {
        world.turn_to(gone);
        world.page(Page::Leaving);
        world.run(SECOND);
    }
    assert_eq!(world.leader(), Some(1));
}

#[test]
fn what_is_older_can_be_loaded_although_a_leader_was_at_it() {
    let mut world = two_tabs();
    for number in 0..45 {
        world.staff_says(&format!("Word {number}"));
    }
    for tab in [0, 1] {
        world.turn_to(tab);
        world.page(Page::Leaving);
        world.run(SECOND);
    }
    world.reload();
    world.page(Page::Hidden);
    world.turn_to(0);
    world.reload();
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(0));
    assert_eq!(world.mirror.older, Older::More);
    world.stall();
    world.act(Action::LoadOlder);
    world.run(100);
    assert_eq!(world.mirror.older, Older::Loading);
    leave_frozen(&mut world, 60 * SECOND);
    world.run(10 * SECOND);
    world.unstall();
    world.run(20 * SECOND);
    assert!(world.is_leading());
    for _ in 0..3 {
        world.act(Action::LoadOlder);
        world.run(SECOND);
    }
    assert_eq!(world.mirror.older, Older::End);
    assert_eq!(world.mirror.rows.len(), 45);
}

#[test]
fn a_leader_is_heard_although_the_clock_was_set_back() {
    let mut world = two_tabs();
    world.say("One");
    world.run(SECOND);
    world.stop_server();
    world.say("Two");
    world.say("Three");
    world.run(SECOND);
    // A page that does not know of the elections before is elected.
    world.freeze(1, 30 * SECOND);
    world.skew = -86_400_000;
    world.reload();
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(0));
    world.say("Four");
    world.server_up = true;
    world.run(60 * SECOND);
    assert_eq!(world.leader(), Some(0));
    assert_eq!(world.desk.texts(), ["One", "Two", "Three", "Four"]);
    assert_eq!(world.texts(), ["One", "Two", "Three", "Four"]);
    agree(&world);
}

#[test]
fn a_chat_that_began_while_a_tab_slept_is_not_over_in_it() {
    let mut world = two_tabs();
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    assert!(matches!(world.mirror.conversation, Conversation::Ended(_)));
    world.freeze(1, 60 * SECOND);
    // The page that begins the next one does not know of the elections before.
    world.skew = -86_400_000;
    world.reload();
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    world.act(Action::StartConversation);
    world.say("One more thing");
    world.run(5 * SECOND);
    assert!(matches!(world.mirror.conversation, Conversation::Open(_)));
    world.stop_server();
    world.page(Page::Leaving);
    world.skew = 0;
    world.run(60 * SECOND);
    world.turn_to(1);
    assert_eq!(world.leader(), Some(1));
    assert_eq!(world.mirror.conversation, Conversation::None);
    world.server_up = true;
    world.act(Action::Reconnect);
    world.run(20 * SECOND);
    assert!(matches!(world.mirror.conversation, Conversation::Open(_)));
    assert_eq!(world.desk.texts(), ["One more thing"]);
}

#[test]
fn each_act_is_told_once() {
    let mut world = two_tabs();
    for number in 0..30 {
        world.staff_says(&format!("Word {number}"));
    }
    world.run(SECOND);
    world.turn_to(1);
    world.page(Page::Visible);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    assert_eq!(world.leader(), Some(0));
    for _ in 0..3 {
        world.look();
    }
    assert!(world.on_its_way() < 50, "{}", world.on_its_way());
    world.run(10 * SECOND);
    assert_eq!(world.mirror.unread, 0);
    agree(&world);
}

#[test]
fn an_undo_in_time_counts_although_the_leader_does_not_hear_it() {
    let mut world = two_tabs();
    world.say("One");
    world.run(SECOND);
    world.act(Action::Unsend(world.key("One")));
    world.run(SECOND);
    leave_frozen(&mut world, 60 * SECOND);
    world.run(SECOND);
    world.act(Action::Undo(world.key("One")));
    world.run(90 * SECOND);
    assert!(!world.desk.messages[0].gone);
    assert_eq!(world.state("One"), RowState::Sent);
    agree(&world);
}

#[test]
fn a_page_that_comes_back_says_nothing_twice() {
    for is_other_leader in [false, true] {
        let mut world = three_tabs();
        world.page(Page::Hidden);
        world.turn_to(1);
        world.page(Page::Visible);
        world.run(20 * SECOND);
        assert_eq!(world.leader(), Some(1));
        world.turn_to(0);
        world.page(Page::Visible);
        world.say("One");
        world.page(Page::Leaving);
        world.run(3 * SECOND);
        assert_eq!(world.leader(), Some(1));
        if is_other_leader {
            world.turn_to(1);
            world.reload();
            world.run(3 * SECOND);
            assert_eq!(world.leader(), Some(2));
        }
        world.turn_to(0);
        world.page(Page::Restored);
        world.run(20 * SECOND);
        assert_eq!(world.desk.texts(), ["One"]);
        agree(&world);
    }
}

#[test]
fn what_a_page_knows_is_not_announced_again_by_a_leader_that_was_away() {
    for seed in 0..20 {
        let mut world = two_tabs_of(seed);
        world.page(Page::Leaving);
        world.run(5 * SECOND);
        world.staff_says("One");
        world.run(SECOND);
        assert_eq!(world.leader(), Some(1));
        world.page(Page::Restored);
        world.act(Action::SignedIn);
        world.run(10 * SECOND);
        assert_eq!(world.leader(), Some(0));
        let is_it = |event: &&Event| matches!(event, Event::MessageReceived(_));
        assert_eq!(world.tabs[1].events.iter().filter(is_it).count(), 1);
        agree(&world);
    }
}

#[test]
fn what_was_taken_back_between_two_leaders_says_so() {
    let mut world = two_tabs();
    world.desk.gone_as = GoneAs::Nothing;
    for text in ["One", "Two", "Three"] {
        world.staff_says(text);
        world.run(SECOND);
    }
    leave_frozen(&mut world, 60 * SECOND);
    world.stop_server();
    world.at_desk(|desk| desk.take_back(1));
    world.run(20 * SECOND);
    world.server_up = true;
    world.run(60 * SECOND);
    assert_eq!(world.leader(), Some(1));
    assert_eq!(world.texts(), ["One", "", "Three"]);
    agree(&world);
}
