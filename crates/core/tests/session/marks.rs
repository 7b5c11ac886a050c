//! What the visitor does to messages that are on the server: seeing them and
//! taking them back; and the number of those that are not seen.

use concierge_core::{Action, Event, Notice, Page, RowState, Slot};

use crate::desk::Fault;
use crate::world::World;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const SEEN: &str = "client/update-message-seen-at";
const DELETE: &str = "client/delete-message";

/// A chat with three messages of the staff.
fn with_three() -> World {
    let mut world = World::chatting();
    for text in ["One", "Two", "Three"] {
        world.staff_says(text);
    }
    world.run(SECOND);
    world
}

fn ids(world: &World) -> Vec<u64> {
    world.desk.messages.iter().map(|it| it.id).collect()
}

// ---- seen ----

#[test]
fn what_is_seen_is_told_once_each_and_the_oldest_first() {
    let mut world = with_three();
    for text in ["Three", "One", "Two", "One"] {
        let key = world.key(text);
        world.act(Action::Saw(key));
    }
    assert_eq!(world.mirror.unread, 0);
    world.run(SECOND);
    world.look();
    world.run(MINUTE);
    // The first to be seen was on its way when the others were.
    let [one, two, three] = ids(&world)[..] else {
        panic!("three messages");
    };
    assert_eq!(world.desk.seen_calls, [three, one, two]);
    assert_eq!(world.state("One"), RowState::Seen);
    assert_eq!(world.state("Three"), RowState::Seen);
}

#[test]
fn a_receipt_whose_answer_was_lost_is_told_again_after_the_reconnect() {
    let mut world = with_three();
    world.desk.fail(SEEN, Fault::Close(1006));
    world.look();
    world.run(10 * SECOND);
    assert_eq!(
        world.desk.seen_calls,
        ids(&world),
        "the first call had no effect"
    );
    assert_eq!(world.desk.count(SEEN), 4);
}

#[test]
fn a_receipt_that_had_its_effect_is_not_told_again() {
    let mut world = with_three();
    world.desk.fail(SEEN, Fault::CloseAfter);
    world.look();
    world.run(10 * SECOND);
    assert_eq!(world.desk.seen_calls, ids(&world));
}

#[test]
fn a_server_that_refuses_receipts_is_not_asked_in_a_loop() {
    let mut world = with_three();
    for _ in 0..20 {
        world.desk.fail(SEEN, Fault::Status(500));
    }
    world.look();
    world.run(10 * MINUTE);
    assert_eq!(world.desk.count(SEEN), 6, "twice each");
    assert_eq!(world.mirror.unread, 0, "the visitor has seen them");
    // The page is looked at again.
    world.desk.heal();
    world.look();
    world.run(SECOND);
    assert_eq!(world.desk.seen_calls, ids(&world));
}

#[test]
fn a_server_that_is_silent_about_receipts_costs_no_connection() {
    let mut world = with_three();
    world.desk.fail(SEEN, Fault::Deaf);
    world.look();
    world.run(10 * MINUTE);
    assert_eq!(world.tries.len(), 1);
}

#[test]
fn receipts_wait_for_the_connection() {
    let mut world = with_three();
    world.stop_server();
    world.look();
    assert_eq!(world.mirror.unread, 0);
    world.run(MINUTE);
    world.server_up = true;
    world.run(MINUTE);
    assert_eq!(world.desk.seen_calls, ids(&world));
}

#[test]
fn own_messages_and_seen_ones_are_not_told() {
    let mut world = World::chatting();
    world.say("Mine");
    world.run(SECOND);
    let key = world.key("Mine");
    world.act(Action::Saw(key));
    world.run(SECOND);
    assert_eq!(world.desk.count(SEEN), 0);
}

// ---- unread ----

#[test]
fn unread_messages_above_the_first_row_count_and_are_found_there() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    for number in 0..30 {
        world.staff_says(&format!("message {number}"));
    }
    world.run(SECOND);
    world.reload();
    world.run(5 * SECOND);
    assert_eq!(world.mirror.unread, 30, "twenty rows and ten above them");
    world.act(Action::OpenPanel);
    world.look();
    assert_eq!(world.mirror.unread, 10);
    world.act(Action::LoadOlder);
    world.run(SECOND);
    assert_eq!(world.mirror.unread, 10);
    world.look();
    assert_eq!(world.mirror.unread, 0);
    world.run(10 * SECOND);
    assert_eq!(world.desk.seen_calls.len(), 30);
}

#[test]
fn a_message_that_is_taken_back_unseen_is_not_counted() {
    let mut world = with_three();
    world.act(Action::ClosePanel);
    world.at_desk(|desk| desk.staff_deletes("Two"));
    world.run(SECOND);
    assert_eq!(world.mirror.unread, 2);
}

// ---- unsend ----

fn with_mine() -> World {
    let mut world = World::chatting();
    world.say("Wrong room");
    world.run(SECOND);
    world
}

/// The first row, which says nothing once it is taken back.
fn first(world: &World) -> &RowState {
    &world.mirror.rows[0].state
}

#[test]
fn a_message_can_be_taken_back_and_for_some_seconds_not() {
    let mut world = with_mine();
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    assert_eq!(*first(&world), RowState::Unsending(true));
    world.run(3 * SECOND);
    world.act(Action::Undo(key));
    assert_eq!(world.state("Wrong room"), RowState::Sent);
    world.run(MINUTE);
    assert_eq!(world.desk.count(DELETE), 0);

    world.act(Action::Unsend(key));
    world.run(6 * SECOND);
    assert_eq!(world.desk.delete_calls, ids(&world));
    assert_eq!(*first(&world), RowState::Unsent);
    let id = world.mirror.rows[0].id.clone().expect("an id");
    let told = world
        .events
        .iter()
        .filter(|it| **it == Event::MessageUnsent(id.clone()));
    assert_eq!(told.count(), 1);
    world.act(Action::Undo(key));
    assert_eq!(*first(&world), RowState::Unsent);
}

#[test]
fn a_refused_unsend_shows_the_message_again_and_says_so() {
    let mut world = with_mine();
    world.desk.fail(DELETE, Fault::Status(403));
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    world.run(10 * SECOND);
    assert_eq!(world.state("Wrong room"), RowState::Sent);
    assert!(matches!(
        world.mirror.notice,
        Some(Notice::Refused(Some(_)))
    ));
    assert_eq!(world.tries.len(), 1, "the token is not to blame");
}

#[test]
fn an_unsend_whose_answer_was_lost_is_looked_up_and_told_again_once() {
    for (fault, calls) in [
        (Fault::CloseAfter, 1),
        (Fault::Close(1006), 2),
        (Fault::Gateway, 2),
        (Fault::GatewayAfter, 2),
        (Fault::Deaf, 2),
        (Fault::Mute, 1),
    ] {
        let mut world = World::chatting();
        // Something on both sides of it, so that its absence shows.
        for text in ["Good morning", "Wrong room", "Never mind"] {
            world.say(text);
            world.run(SECOND);
        }
        let key = world.key("Wrong room");
        let before = world.row("Wrong room").id.clone();
        world.desk.fail(DELETE, fault);
        world.act(Action::Unsend(key));
        world.run(2 * MINUTE);
        let row = world.mirror.rows.iter().find(|row| row.id == before);
        assert_eq!(row.expect("the row").state, RowState::Unsent, "{fault:?}");
        assert_eq!(world.desk.count(DELETE), calls, "{fault:?}");
    }
}

#[test]
fn an_unsend_survives_a_reload_and_is_final_then() {
    let mut world = with_mine();
    world.staff_says("Yes?");
    world.run(SECOND);
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    world.run(SECOND);
    world.reload();
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    assert_eq!(world.desk.delete_calls.len(), 1);
    assert_eq!(*first(&world), RowState::Unsent);
    assert!(!world.store.contains_key(&Slot::Outbox));
}

#[test]
fn an_unsend_of_a_message_that_is_not_loaded_any_more_is_over_when_it_is_done() {
    let mut world = with_mine();
    for number in 0..30 {
        world.staff_says(&format!("message {number}"));
    }
    world.run(SECOND);
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    world.reload();
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    assert_eq!(world.desk.delete_calls.len(), 1);
    assert!(!world.store.contains_key(&Slot::Outbox));
    world.cut();
    world.run(MINUTE);
    assert_eq!(world.mirror.notice, None);
}

#[test]
fn leaving_the_page_makes_an_unsend_final_at_once() {
    let mut world = with_mine();
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    world.page(Page::Leaving);
    let last = world.frames.last().expect("a frame");
    assert!(last.contains(DELETE), "{last}");
}

#[test]
fn only_own_messages_that_are_on_the_server_can_be_taken_back() {
    let mut world = with_three();
    world.stop_server();
    world.say("Not there yet");
    for text in ["One", "Not there yet"] {
        let key = world.key(text);
        world.act(Action::Unsend(key));
        assert!(
            !matches!(world.state(text), RowState::Unsending(_)),
            "{text}"
        );
    }
}

#[test]
fn a_receipt_for_a_message_that_is_being_taken_back_does_not_show_it() {
    let mut world = with_mine();
    let key = world.key("Wrong room");
    world.act(Action::Unsend(key));
    world.at_desk(crate::desk::Desk::staff_sees);
    world.run(SECOND);
    assert_eq!(*first(&world), RowState::Unsending(true));
}

// ---- taken back while we were away ----

#[test]
fn what_was_taken_back_while_the_connection_was_lost_is_marked() {
    let mut world = with_three();
    world.stop_server();
    world.at_desk(|desk| desk.staff_deletes("Two"));
    world.server_up = true;
    world.run(MINUTE);
    let states: Vec<_> = world
        .mirror
        .rows
        .iter()
        .map(|row| row.state.clone())
        .collect();
    assert_eq!(
        states,
        [RowState::Received, RowState::Unsent, RowState::Received]
    );
    assert_eq!(world.mirror.unread, 2);
}

#[test]
fn a_row_of_another_conversation_is_not_missed_on_a_page_of_this_one() {
    let mut world = with_three();
    world.desk.messages[1].session = "session-0".into();
    world.reload();
    world.act(Action::OpenPanel);
    world.run(SECOND);
    // From now on the server tells of one conversation only.
    world.desk.messages.remove(1);
    world.cut();
    world.run(MINUTE);
    assert_eq!(world.state("Two"), RowState::Received);
}
