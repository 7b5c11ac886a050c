//! What the other side writes, and what came while nobody was connected.

use concierge_core::{Action, Author, Event, Older, Page, RowState};

use crate::desk::Fault;
use crate::world::{World, text_of};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn received(world: &World) -> Vec<String> {
    let of = |event: &Event| {
        if let Event::MessageReceived(row) = event {
            Some(text_of(row))
        } else {
            None
        }
    };
    world.events.iter().filter_map(of).collect()
}

/// A visitor who is back on the page after the staff has written so often.
fn back_after(messages: usize) -> World {
    let mut world = World::chatting();
    for number in 0..messages {
        world.staff_says(&format!("message {number}"));
    }
    world.run(SECOND);
    world.reload();
    world.act(Action::OpenPanel);
    world.run(SECOND);
    world
}

#[test]
fn a_message_of_the_staff_arrives_and_is_announced_once() {
    let mut world = World::chatting();
    world.staff_says("Good morning");
    world.run(SECOND);
    assert_eq!(world.row("Good morning").author, Author::Them);
    assert_eq!(world.state("Good morning"), RowState::Received);
    assert_eq!(received(&world), ["Good morning"]);
    assert_eq!(world.mirror.unread, 1, "nobody has seen it");
    world.look();
    assert_eq!(world.mirror.unread, 0);
}

#[test]
fn what_was_written_while_the_connection_was_lost_is_fetched_without_gaps() {
    let mut world = World::chatting();
    world.staff_says("Before");
    world.run(SECOND);
    world.stop_server();
    // More than three pages.
    for number in 0..70 {
        world.staff_says(&format!("missed {number}"));
    }
    world.server_up = true;
    world.run(10 * SECOND);
    let mut expected = vec!["Before".to_owned()];
    expected.extend((0..70).map(|number| format!("missed {number}")));
    assert_eq!(world.texts(), expected);
    assert_eq!(received(&world).len(), 71, "each is announced once");
}

#[test]
fn a_gap_whose_filling_was_interrupted_is_filled_the_next_time() {
    let mut world = World::chatting();
    world.staff_says("Before");
    world.run(SECOND);
    world.stop_server();
    for number in 0..70 {
        world.staff_says(&format!("missed {number}"));
    }
    world.server_up = true;
    // Two pages come, then the connection is lost again.
    while world.texts().len() < 30 {
        world.run(20);
        assert!(world.time < 60 * SECOND, "the pages do not come");
    }
    assert!(world.texts().len() < 70);
    world.cut();
    world.run(10 * SECOND);
    assert_eq!(world.texts().len(), 71);
}

#[test]
fn a_message_that_was_overtaken_and_lost_with_its_connection_is_found() {
    let mut world = World::chatting();
    world.desk.page_cap = 5;
    world.staff_says("Before");
    world.run(SECOND);
    // Its event is slow, and does not make it.
    let connections = std::mem::take(&mut world.desk.connections);
    world.staff_says("Overtaken");
    world.desk.connections = connections;
    world.say("Faster");
    world.run(SECOND);
    assert_eq!(world.texts(), ["Before", "Faster"]);
    world.stop_server();
    for number in 0..4 {
        world.staff_says(&format!("missed {number}"));
    }
    world.server_up = true;
    world.run(10 * SECOND);
    assert_eq!(world.texts(), world.desk.texts());
}

/// A visitor who missed twelve messages, `missed 0` to `missed 11`, and has just
/// got the newest five of them.
fn with_one_of_three_pages() -> World {
    let mut world = World::chatting();
    world.desk.page_cap = 5;
    world.staff_says("Before");
    world.run(SECOND);
    world.stop_server();
    for number in 0..12 {
        world.staff_says(&format!("missed {number}"));
    }
    world.server_up = true;
    while world.texts().len() < 5 {
        world.run(1);
        assert!(world.time < 60 * SECOND, "the pages do not come");
    }
    world
}

#[test]
fn a_message_taken_back_while_pages_are_read_hides_no_other() {
    let mut world = with_one_of_three_pages();
    // The second page is asked for, and begins one row further down.
    world.at_desk(|desk| desk.staff_deletes("missed 11"));
    world.run(10 * SECOND);
    assert_eq!(
        world.texts().pop().as_deref(),
        Some(""),
        "it was taken back"
    );
    let missed = world.desk.texts().len();
    assert_eq!(
        world.texts()[..missed - 1],
        world.desk.texts()[..missed - 1]
    );
}

#[test]
fn a_message_said_to_be_taken_back_after_the_pages_were_read_hides_no_other() {
    let mut world = with_one_of_three_pages();
    // The second page begins one row further down, and nobody says why yet.
    let gone = world.desk.messages.len() - 1;
    world.desk.messages[gone].gone = true;
    world.run(10 * SECOND);
    world.at_desk(|desk| desk.take_back(gone));
    world.run(10 * SECOND);
    for number in 0..11 {
        world.row(&format!("missed {number}"));
    }
}

#[test]
fn a_message_taken_back_before_its_sending_is_answered_says_so() {
    let mut world = World::chatting();
    world.desk.echoes = false;
    world
        .desk
        .fail("client/send-message", Fault::Slow(8 * SECOND));
    world.say("Wrong room");
    world.run(SECOND);
    world.at_desk(|desk| desk.staff_deletes("Wrong room"));
    world.run(10 * SECOND);
    let row = world.mirror.rows.last().expect("its row");
    assert_eq!(row.state, RowState::Unsent);
    assert_eq!(text_of(row), "");
}

#[test]
fn a_message_taken_back_while_its_page_is_on_its_way_is_not_shown() {
    let mut world = World::chatting();
    for text in ["Good morning", "Wrong room", "Your parcel is here"] {
        world.staff_says(text);
    }
    world.run(SECOND);
    world.reload();
    let late = Fault::Slow(8 * SECOND);
    world.desk.fail("client/get-chat-messages", late);
    world.run(2 * SECOND);
    world.at_desk(|desk| desk.staff_deletes("Wrong room"));
    world.at_desk(|desk| desk.staff_deletes("Good morning"));
    world.run(20 * SECOND);
    assert_eq!(world.texts(), ["", "", "Your parcel is here"]);
    assert_eq!(world.mirror.unread, 1);
}

#[test]
fn a_row_that_slips_while_older_pages_are_joined_and_news_come_is_found() {
    let mut world = back_after(45);
    // The page that is asked for begins one row further down, and what is
    // written then brings it back to where it was.
    world.at_desk(|desk| {
        desk.messages.last_mut().expect("a message").gone = true;
        Vec::new()
    });
    world.act(Action::LoadOlder);
    world.run(SECOND);
    world.at_desk(|desk| desk.take_back(44));
    world.staff_says("News");
    world.run(SECOND);
    for number in 4..44 {
        world.row(&format!("message {number}"));
    }
}

#[test]
fn a_message_that_is_said_to_be_taken_back_again_and_again_is_looked_for_once() {
    let mut world = back_after(45);
    world.act(Action::LoadOlder);
    world.run(SECOND);
    let pages = world.desk.count("client/get-chat-messages");
    for _ in 0..20 {
        world.at_desk(|desk| desk.staff_deletes("message 44"));
        world.at_desk(|desk| desk.staff_deletes("message 0"));
        world.run(SECOND);
    }
    let pages = world.desk.count("client/get-chat-messages") - pages;
    assert!(pages <= 4, "{pages} pages are read for two messages");
}

#[test]
fn what_was_taken_back_before_its_answer_showed_whose_it_is_stays_so() {
    let mut world = back_after(40);
    world.desk.drops_metadata = true;
    world.act(Action::LoadOlder);
    world.run(SECOND);
    world
        .desk
        .fail("client/send-message", Fault::Slow(8 * SECOND));
    world.say("Wrong room");
    world.run(SECOND);
    // The history is read again, and shows it without a name.
    world.at_desk(|desk| desk.staff_deletes("message 39"));
    world.run(SECOND);
    assert_eq!(world.mirror.rows.len(), 42, "the page did not come");
    world.at_desk(|desk| desk.staff_deletes("Wrong room"));
    world.run(10 * SECOND);
    assert_eq!(world.mirror.rows.len(), 41);
    let row = world.mirror.rows.last().expect("its row");
    assert_eq!(row.state, RowState::Unsent);
    assert_eq!(text_of(row), "");
    let is_it = |event: &&Event| matches!(event, Event::MessageUnsent(_));
    assert_eq!(world.events.iter().filter(is_it).count(), 2);
}

#[test]
fn history_read_for_the_first_time_is_not_announced() {
    let mut world = World::chatting();
    world.staff_says("Yesterday");
    world.run(SECOND);
    world.reload();
    world.events.clear();
    world.act(Action::OpenPanel);
    world.run(SECOND);
    assert_eq!(world.texts(), ["Yesterday"]);
    assert!(received(&world).is_empty());
}

#[test]
fn older_messages_come_page_by_page_without_gaps_or_doubles() {
    let mut world = back_after(65);
    assert_eq!(world.texts().len(), 20);
    assert_eq!(world.mirror.older, Older::More);
    world.act(Action::LoadOlder);
    assert_eq!(world.mirror.older, Older::Loading);
    world.run(SECOND);
    assert_eq!(world.texts().len(), 40);
    // New messages shift the pages.
    for number in 65..72 {
        world.staff_says(&format!("message {number}"));
    }
    world.run(SECOND);
    for _ in 0..4 {
        world.act(Action::LoadOlder);
        world.run(SECOND);
    }
    let expected: Vec<String> = (0..72).map(|number| format!("message {number}")).collect();
    assert_eq!(world.texts(), expected);
    assert_eq!(world.mirror.older, Older::End);
}

#[test]
fn messages_taken_back_do_not_make_a_gap_in_older_pages() {
    let mut world = back_after(60);
    for number in 45..55 {
        world.at_desk(|desk| desk.staff_deletes(&format!("message {number}")));
    }
    world.run(SECOND);
    for _ in 0..5 {
        world.act(Action::LoadOlder);
        world.run(SECOND);
    }
    for number in (0..45).chain(55..60) {
        world.row(&format!("message {number}"));
    }
    assert_eq!(world.mirror.older, Older::End);
}

#[test]
fn a_lost_connection_while_older_messages_load_lets_the_visitor_try_again() {
    let mut world = back_after(45);
    world.act(Action::LoadOlder);
    world.cut();
    assert_eq!(world.mirror.older, Older::More);
    world.run(5 * SECOND);
    world.act(Action::LoadOlder);
    world.run(SECOND);
    assert_eq!(world.texts().len(), 40);
}

#[test]
fn a_message_taken_back_by_the_staff_says_so_and_keeps_nothing() {
    let mut world = World::chatting();
    world.staff_says("Wrong room");
    world.run(SECOND);
    let key = world.key("Wrong room");
    world.at_desk(|desk| desk.staff_deletes("Wrong room"));
    world.run(SECOND);
    let row = &world.mirror.rows[0];
    assert_eq!((row.key, &row.state), (key, &RowState::Unsent));
    assert_eq!(text_of(row), "");
    // A late copy does not bring it back.
    world.cut();
    world.run(5 * SECOND);
    assert_eq!(text_of(&world.mirror.rows[0]), "");
}

#[test]
fn seen_marks_of_the_staff_show_on_own_messages_and_stay() {
    let mut world = World::chatting();
    world.say("Do you see this?");
    world.run(SECOND);
    assert_eq!(world.state("Do you see this?"), RowState::Sent);
    world.at_desk(crate::desk::Desk::staff_sees);
    world.run(SECOND);
    assert_eq!(world.state("Do you see this?"), RowState::Seen);
}

#[test]
fn a_seen_mark_of_a_message_that_is_not_loaded_makes_no_hole() {
    let mut world = World::chatting();
    world.say("Long ago");
    world.run(SECOND);
    for number in 0..30 {
        world.staff_says(&format!("message {number}"));
    }
    world.run(SECOND);
    world.reload();
    world.act(Action::OpenPanel);
    world.run(SECOND);
    world.at_desk(crate::desk::Desk::staff_sees);
    world.run(SECOND);
    assert_eq!(world.texts().len(), 20);
    world.act(Action::LoadOlder);
    world.run(SECOND);
    assert_eq!(world.texts().len(), 31);
    assert_eq!(world.state("Long ago"), RowState::Seen);
}

#[test]
fn somebody_joining_is_told_once() {
    let mut world = World::chatting();
    assert!(!world.mirror.joined);
    world.at_desk(crate::desk::Desk::join);
    world.run(2 * MINUTE);
    assert!(world.mirror.joined);
    let joins = world
        .events
        .iter()
        .filter(|event| **event == Event::AgentJoin);
    assert_eq!(joins.count(), 1);
}

#[test]
fn messages_count_as_unread_while_nobody_looks() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    world.staff_says("One");
    world.staff_says("Two");
    world.run(SECOND);
    assert_eq!(world.mirror.unread, 2);
    world.act(Action::OpenPanel);
    world.look();
    assert_eq!(world.mirror.unread, 0);
    world.page(Page::Hidden);
    world.staff_says("Three");
    world.run(SECOND);
    assert_eq!(world.mirror.unread, 1);
    world.page(Page::Visible);
    world.look();
    assert_eq!(world.mirror.unread, 0);
}

#[test]
fn a_returning_visitor_sees_the_unread_count_before_opening_the_panel() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    world.stop_server();
    world.staff_says("While you were away");
    world.server_up = true;
    world.reload();
    world.run(SECOND);
    assert_eq!(world.mirror.unread, 1);
}

#[test]
fn messages_that_arrive_out_of_order_are_shown_in_order() {
    let mut world = World::chatting();
    for (id, at) in [(903, 30), (901, 10), (902, 20), (902, 20)] {
        world.inject(&format!(
            r#"{{"channel":"chat-message-session-1","payload":{{"chatMessage":{{"id":{id},
            "senderEntityType":"BACKEND_USER","messageContent":"m{id}","sentAt":{at}}}}}}}"#
        ));
    }
    assert_eq!(world.texts(), ["m901", "m902", "m903"]);
}

#[test]
fn news_that_overtake_each_other_are_all_announced_and_counted() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    for (id, at) in [(903, 30), (901, 10), (902, 20), (901, 10)] {
        world.inject(&format!(
            r#"{{"channel":"chat-message-session-1","payload":{{"chatMessage":{{"id":{id},
            "senderEntityType":"BACKEND_USER","messageContent":"m{id}","sentAt":{at}}}}}}}"#
        ));
    }
    assert_eq!(received(&world), ["m903", "m901", "m902"]);
    assert_eq!(world.mirror.unread, 3);
}

#[test]
fn equal_times_are_ordered_by_number_not_by_digits() {
    let mut world = World::chatting();
    for id in [1000, 999, 1001] {
        world.inject(&format!(
            r#"{{"channel":"chat-message-session-1","payload":{{"chatMessage":{{"id":{id},
            "senderEntityType":"BACKEND_USER","messageContent":"m{id}","sentAt":5}}}}}}"#
        ));
    }
    assert_eq!(world.texts(), ["m999", "m1000", "m1001"]);
}

#[test]
fn a_message_of_another_session_only_raises_the_count() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    world.inject(
        r#"{"channel":"chat-message-other","payload":{"chatMessage":{"id":9,"sentAt":5,
        "chatSessionId":"other","senderEntityType":"BACKEND_USER","messageContent":"Hi"}}}"#,
    );
    assert!(world.texts().is_empty());
    assert_eq!(world.mirror.unread, 1);
}
