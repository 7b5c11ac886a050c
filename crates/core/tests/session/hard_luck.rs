//! Faults that last or come together: nothing is stuck, nobody is hammered,
//! and nobody's words get into another's name.

use concierge_core::{Action, Ask, Failure, Page, Reason, RowState, Slot, Status};

use crate::desk::{ClosedAs, Desk, Fault};
use crate::world::World;

const SEND: &str = "client/send-message";
const HISTORY: &str = "client/get-chat-messages";
const SESSION: &str = "client/get-chat-session";
const INIT: &str = "client/init-chat-with-concierge";
const UNREAD: &str = "client/get-unread-msg-count";
const PING: &str = "client/ping-on-chat-session";
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

#[test]
fn a_history_that_never_answers_does_not_keep_the_visitor_from_chatting() {
    let mut world = World::new();
    for _ in 0..1_000 {
        world.desk.fail(HISTORY, Fault::Deaf);
    }
    world.act(Action::OpenPanel);
    world.say("Hello");
    world.run(10 * MINUTE);
    assert_eq!(world.desk.texts(), ["Hello"]);
}

#[test]
fn a_stored_session_the_server_is_silent_about_makes_way_for_a_new_one() {
    let mut world = World::chatting();
    for _ in 0..1_000 {
        world.desk.fail(SESSION, Fault::Deaf);
    }
    world.reload();
    world.act(Action::OpenPanel);
    world.run(20 * MINUTE);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn one_hiccup_after_an_outage_does_not_end_the_chat() {
    for fault in [Fault::Status(500), Fault::Gateway, Fault::Hollow] {
        let mut world = World::chatting();
        world.stop_server();
        world.run(30 * SECOND);
        world.server_up = true;
        world.desk.fail(SESSION, fault);
        world.run(2 * MINUTE);
        assert_eq!(world.status(), Status::Online, "{fault:?}");
    }
}

#[test]
fn an_opaque_token_that_ended_during_a_long_outage_is_replaced() {
    let mut world = World::chatting();
    world.stop_server();
    world.run(3 * 60 * MINUTE);
    let fresh = world.asked.iter().filter(|ask| **ask == Ask::Fresh).count();
    assert!(
        fresh > 1,
        "{} tries, {fresh} fresh tokens",
        world.tries.len()
    );
}

#[test]
fn an_unread_count_that_is_refused_does_not_hammer_the_server() {
    for fault in [Fault::Status(403), Fault::Close(1000)] {
        let mut world = World::chatting();
        for _ in 0..10_000 {
            world.desk.fail(UNREAD, fault);
        }
        world.reload();
        let before = world.tries.len();
        world.run(5 * MINUTE);
        assert!(
            world.tries.len() - before <= 40,
            "{fault:?}: {} connections in 5 minutes",
            world.tries.len() - before
        );
    }
}

#[test]
fn a_largest_unread_count_does_not_overflow() {
    let mut world = World::chatting();
    world.act(Action::ClosePanel);
    for _ in 0..40 {
        world.run(10 * SECOND);
        world.inject(r#"{"channel":"client/get-unread-msg-count","status":200,"body":{"unreadMsgCount":4294967295}}"#);
    }
    // in flight only:
    world.latency = 1_000;
    while world.desk.count(UNREAD) < 2 && world.time < 20 * MINUTE {
        world.run(500);
    }
    world.inject(r#"{"channel":"client/get-unread-msg-count","status":200,"body":{"unreadMsgCount":4294967295}}"#);
    world.staff_says("One more");
    world.run(5 * SECOND);
}

#[test]
fn what_was_read_is_not_unread_again() {
    let mut world = World::chatting();
    world.staff_says("Read at once");
    world.run(SECOND);
    world.look();
    world.act(Action::ClosePanel);
    world.run(6 * MINUTE);
    assert_eq!(world.mirror.unread, 0);
}

#[test]
fn a_message_of_an_ended_chat_is_not_sent_in_another_visitor_s_name() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(404));
    world.desk.close_session();
    world.say("My card number is 1234");
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Ended);
    world.desk.visitor = "2002";
    world.reload();
    world.act(Action::OpenPanel);
    world.run(MINUTE);
    assert!(world.desk.texts().is_empty(), "{:?}", world.desk.texts());
}

#[test]
fn the_draft_of_another_visitor_is_not_shown() {
    let mut world = World::chatting();
    world.act(Action::Draft("private".into()));
    world.desk.visitor = "2002";
    world.reload();
    world.act(Action::OpenPanel);
    world.run(MINUTE);
    assert!(world.draft.as_deref().unwrap_or("").is_empty());
}

#[test]
fn the_log_of_another_visitor_is_not_shown() {
    let mut world = World::chatting();
    world.staff_says("For your eyes only");
    world.run(SECOND);
    world.desk.visitor = "2002";
    world.desk.messages.clear();
    world.cut();
    world.run(MINUTE);
    assert!(world.texts().is_empty(), "{:?}", world.texts());
}

#[test]
fn a_reload_after_the_end_begins_no_chat_by_itself() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(404));
    world.desk.close_session();
    world.say("Into the void");
    world.run(5 * SECOND);
    let sessions = world.desk.session_count();
    world.reload();
    world.run(MINUTE);
    assert_eq!(world.desk.session_count(), sessions);
}

#[test]
fn a_message_on_the_wire_when_the_staff_ends_the_chat_is_not_sending_for_ever() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Mute);
    world.say("Goodbye");
    world.run(60);
    world.at_desk(Desk::close_session);
    world.run(60 * MINUTE);
    assert_eq!(world.status(), Status::Ended);
    assert_ne!(world.state("Goodbye"), RowState::Sending);
}

#[test]
fn a_close_event_that_overtakes_an_answer_does_not_leave_its_message_behind() {
    let mut world = World::chatting();
    world.latency = 500;
    world.say("Goodbye");
    world.run(510);
    // The answer is on its way; the event overtakes it.
    world.inject(r#"{"channel":"chat-session-update-session-1","payload":{"chatSession":{"chatSessionId":"session-1","isSessionClosed":true}}}"#);
    world.run(60 * MINUTE);
    assert_eq!(world.desk.texts(), ["Goodbye"]);
    assert_eq!(world.state("Goodbye"), RowState::Sent);
}

#[test]
fn a_retry_in_an_ended_chat_goes_somewhere() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(422));
    world.say("Refused");
    world.run(5 * SECOND);
    world.at_desk(Desk::close_session);
    world.run(5 * SECOND);
    world.act(Action::Retry(world.key("Refused")));
    world.run(10 * MINUTE);
    assert_eq!(world.desk.texts(), ["Refused"]);
}

#[test]
fn a_message_sent_by_the_page_does_not_eat_the_visitor_s_draft() {
    let mut world = World::chatting();
    world.act(Action::Draft("Half a tho".into()));
    world.say("Sent by code");
    assert_eq!(
        world.store.get(&Slot::Draft).map(String::as_str),
        Some("Half a tho")
    );
}

#[test]
fn an_event_on_our_channel_is_ours_whatever_session_its_row_names() {
    let mut world = World::chatting();
    world.inject(
        r#"{"channel":"chat-message-session-1","payload":{"chatMessage":{"id":9,"sentAt":5,
        "chatSessionId":"other","senderEntityType":"BACKEND_USER","messageContent":"Hi"}}}"#,
    );
    assert_eq!(world.texts(), ["Hi"]);
}

#[test]
fn another_session_s_end_is_not_ours() {
    let mut world = World::chatting();
    world.inject(r#"{"channel":"chat-session-update-other","payload":{"chatSession":{"id":7,"isSessionClosed":true}}}"#);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_late_word_from_the_last_session_is_shown() {
    let mut world = World::chatting();
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    world.act(Action::StartConversation);
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Online);
    world.inject(
        r#"{"channel":"chat-message-session-1","payload":{"chatMessage":{"id":9,"sentAt":5,
        "chatSessionId":"session-1","senderEntityType":"BACKEND_USER","messageContent":"PS"}}}"#,
    );
    assert_eq!(world.texts(), ["PS"]);
}

#[test]
fn a_page_loaded_during_an_outage_sends_what_waits_when_the_server_is_back() {
    let mut world = World::chatting();
    world.stop_server();
    world.say("Waiting");
    world.reload();
    world.run(5 * MINUTE);
    world.server_up = true;
    world.run(5 * MINUTE);
    assert_eq!(world.desk.texts(), ["Waiting"]);
}

#[test]
fn silent_unread_route_does_not_cost_a_connection_each_half_minute() {
    let mut world = World::chatting();
    for _ in 0..10_000 {
        world.desk.fail(UNREAD, Fault::Deaf);
    }
    world.reload();
    let before = world.tries.len();
    world.run(60 * MINUTE);
    assert!(
        world.tries.len() - before <= 20,
        "{} connections in an hour",
        world.tries.len() - before
    );
}

#[test]
fn old_text_is_not_taken_for_the_lost_message() {
    let mut world = World::chatting();
    world.desk.drops_metadata = true;
    world.say("Hello");
    world.run(SECOND);
    world.reload();
    for _ in 0..2 {
        world.desk.fail(HISTORY, Fault::Status(500));
    }
    world.act(Action::OpenPanel);
    world.run(4 * SECOND);
    world.desk.fail(SEND, Fault::Gateway);
    world.say("Hello");
    world.run(2 * MINUTE);
    // Nothing tells the two apart, so the visitor must.
    let last = world.mirror.rows.last().expect("the second one");
    assert_eq!(last.state, RowState::Failed(Failure::Unconfirmed));
    world.act(Action::Retry(last.key));
    world.run(MINUTE);
    assert_eq!(world.desk.texts(), ["Hello", "Hello"]);
}

#[test]
fn a_ping_that_is_always_refused_is_left_to_the_visitor() {
    let mut world = World::chatting();
    for _ in 0..10_000 {
        world.desk.fail(PING, Fault::Status(403));
    }
    let before = world.tries.len();
    world.run(60 * MINUTE);
    assert!(
        world.tries.len() - before <= 20,
        "{} connections in an hour",
        world.tries.len() - before
    );
}

#[test]
fn a_ping_of_the_last_session_that_is_answered_late_does_not_end_this_one() {
    let mut world = World::chatting();
    world.desk.closed_as = ClosedAs::NewId;
    world.desk.refusal = 404;
    world.desk.fail(PING, Fault::Slow(8 * SECOND));
    // Nobody is told.
    let _ = world.desk.close_session();
    while world.desk.count(PING) == 0 {
        world.run(SECOND);
    }
    world.say("Hello");
    world.run(20 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.texts(), ["Hello"]);
}

#[test]
fn hidden_rest_then_online_rests_again() {
    let mut world = World::chatting();
    world.page(Page::Hidden);
    world.run(6 * MINUTE);
    assert!(!world.is_connected());
    world.page(Page::Offline);
    world.page(Page::Online);
    world.run(30 * MINUTE);
    assert!(
        !world.is_connected(),
        "a hidden page that rested stays connected"
    );
}

#[test]
fn unsent_is_announced_once() {
    let mut world = World::chatting();
    world.staff_says("oops");
    world.run(SECOND);
    world.at_desk(|d| d.staff_deletes("oops"));
    world.run(SECOND);
    let id = world.desk.messages[0].id;
    world.inject(&format!(
        r#"{{"channel":"chat-message-delete","payload":{{"messageId":{id}}}}}"#
    ));
    let n = world
        .events
        .iter()
        .filter(|e| matches!(e, concierge_core::Event::MessageUnsent(_)))
        .count();
    assert_eq!(n, 1);
}

#[test]
fn tokens_refused_with_every_message_stop_the_link_and_not_the_messages() {
    let mut world = World::chatting();
    for _ in 0..6 {
        world.desk.fail(SEND, Fault::Status(401));
    }
    world.say("One");
    world.say("Two");
    world.run(5 * MINUTE);
    assert_eq!(world.mirror.connection.reason, Reason::TokenRefused);
    assert_eq!(world.state("One"), RowState::Queued);
    world.desk.heal();
    world.act(Action::SignedIn);
    world.run(MINUTE);
    assert_eq!(world.desk.texts(), ["One", "Two"]);
}

#[test]
fn a_new_token_is_used_at_once_after_a_sign_in() {
    let mut world = World::chatting();
    let asked = world.asked.len();
    world.act(Action::SignedIn);
    world.run(5 * SECOND);
    assert_eq!(world.asked.len(), asked + 1);
    assert_eq!(world.tries.len(), 2);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.session_count(), 1);
}

#[test]
fn a_history_too_large_to_be_delivered_does_not_stop_the_chat() {
    let mut world = World::chatting();
    for n in 0..6 {
        world.say(&format!("{n}{}", "x".repeat(29_000)));
        world.run(SECOND);
    }
    assert_eq!(world.desk.messages.len(), 6);
    for _ in 0..1_000 {
        world.desk.fail(HISTORY, Fault::Deaf);
    }
    world.cut();
    world.say("Still there?");
    world.run(10 * MINUTE);
    assert_eq!(world.desk.messages.len(), 7);
}

#[test]
fn a_refused_resume_after_an_outage_does_not_end_the_chat() {
    let mut world = World::chatting();
    world.stop_server();
    world.run(30 * SECOND);
    world.server_up = true;
    world.desk.fail(INIT, Fault::Status(503));
    world.run(2 * MINUTE);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn an_end_wished_for_comes_after_what_was_written_before_it() {
    let mut world = World::chatting();
    world.say("a");
    world.say("b");
    world.say("c");
    world.act(Action::EndConversation);
    world.run(30 * SECOND);
    assert_eq!(world.desk.texts(), ["a", "b", "c"]);
}

#[test]
fn all_older_pages_come_one_after_another() {
    let mut world = World::chatting();
    for n in 0..100 {
        world.staff_says(&format!("m{n}"));
        world.run(20);
    }
    world.run(SECOND);
    world.store.clear();
    world.reload();
    world.act(Action::OpenPanel);
    world.run(2 * SECOND);
    for _ in 0..10 {
        world.act(Action::LoadOlder);
        world.run(SECOND);
    }
    assert_eq!(world.texts().len(), 100);
}

#[test]
fn older_pages_after_a_lookup_leave_nothing_out() {
    let mut world = World::chatting();
    for n in 0..70 {
        world.staff_says(&format!("m{n}"));
        world.run(20);
    }
    world.run(SECOND);
    world.store.clear();
    world.reload();
    world.act(Action::OpenPanel);
    world.run(2 * SECOND);
    world.desk.fail(SEND, Fault::Gateway);
    world.say("x");
    world.run(10 * SECOND);
    for _ in 0..10 {
        world.act(Action::LoadOlder);
        world.run(SECOND);
    }
    assert_eq!(world.texts().len(), 71);
}

#[test]
fn queued_message_of_hidden_tab_is_sent() {
    let mut world = World::chatting();
    world.stop_server();
    world.say("Waiting");
    world.page(Page::Hidden);
    world.run(6 * MINUTE);
    world.server_up = true;
    world.run(30 * MINUTE);
    assert_eq!(world.desk.texts(), ["Waiting"]);
}
