//! Getting a connection, keeping it, getting it back.

use concierge_core::{Action, Ask, Conversation, ErrorCode, Event, Page, Reason, Status};

use crate::desk::Fault;
use crate::world::{Gate, PageToken, World};
use concierge_core::Input;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

#[test]
fn nothing_happens_before_the_panel_is_opened() {
    let mut world = World::new();
    world.input(Input::Start);
    world.run(10 * MINUTE);
    assert_eq!(world.status(), Status::Idle);
    assert!(world.tries.is_empty() && world.asked.is_empty() && world.store.is_empty());
    assert_eq!(world.deadline(), None);
}

#[test]
fn opening_the_panel_connects_begins_a_chat_and_reads_the_history() {
    let world = World::chatting();
    assert_eq!(world.asked, [Ask::Any]);
    assert_eq!(
        world.desk.calls,
        [
            "client/init-chat-with-concierge",
            "client/get-chat-messages"
        ]
    );
    assert_eq!(
        world.mirror.conversation,
        Conversation::Open(id("session-1"))
    );
    assert_eq!(world.events, [Event::ConversationStart(id("session-1"))]);
}

#[test]
fn a_page_that_was_loaded_again_takes_up_the_chat_and_asks_for_nothing_new() {
    let mut world = World::chatting();
    world.say("Is the pool open?");
    world.run(SECOND);
    world.reload();
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.session_count(), 1);
    assert_eq!(world.texts(), ["Is the pool open?"]);
    assert_eq!(world.desk.count("client/get-chat-session"), 1);
}

#[test]
fn a_chat_that_was_closed_since_the_last_visit_makes_way_for_a_new_one() {
    let mut world = World::chatting();
    world.desk.close_session();
    world.reload();
    world.act(Action::OpenPanel);
    world.run(SECOND);
    assert_eq!(
        world.mirror.conversation,
        Conversation::Open(id("session-2"))
    );
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_stored_chat_that_the_server_does_not_know_makes_way_for_a_new_one() {
    let mut world = World::chatting();
    world.desk = crate::desk::Desk::default();
    world.reload();
    world.run(SECOND);
    assert_eq!(
        world.mirror.conversation,
        Conversation::Open(id("session-1"))
    );
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn what_another_visitor_left_in_the_store_is_not_sent() {
    let mut world = World::chatting();
    world.stop_server();
    world.say("For my eyes only");
    world.desk.visitor = "1002";
    world.server_up = true;
    world.reload();
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert!(world.desk.texts().is_empty());
    assert!(world.texts().is_empty());
}

#[test]
fn a_lost_connection_comes_back_by_itself() {
    let mut world = World::chatting();
    world.cut();
    assert_eq!(world.status(), Status::Waiting);
    assert_eq!(world.mirror.connection.reason, Reason::Lost);
    let retry_at = world
        .mirror
        .connection
        .retry_at
        .expect("a time for the next try");
    assert!(retry_at.0 > world.time);
    world.run(3 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.mirror.connection.retry_at, None);
}

#[test]
fn tries_grow_further_apart_while_the_server_is_away_and_never_end() {
    let mut world = World::chatting();
    world.stop_server();
    world.tries.clear();
    world.run(10 * MINUTE);
    assert!(
        (20..200).contains(&world.tries.len()),
        "{} tries",
        world.tries.len()
    );
    let last_minute = world
        .tries
        .iter()
        .filter(|at| **at > world.time - MINUTE)
        .count();
    assert!(last_minute <= 12, "{last_minute} tries in the last minute");
    world.server_up = true;
    world.run(31 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_server_that_opens_and_drops_is_not_hammered() {
    let mut world = World::chatting();
    for _ in 0..200 {
        world
            .desk
            .fail("client/get-chat-session", Fault::Close(1011));
    }
    world.cut();
    world.tries.clear();
    world.run(5 * MINUTE);
    assert!(world.tries.len() < 60, "{} tries", world.tries.len());
    world.desk.heal();
    world.run(31 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_server_never_reached_is_tried_five_times_and_then_left_to_the_visitor() {
    let mut world = World::new();
    world.server_up = false;
    world.act(Action::OpenPanel);
    world.run(5 * MINUTE);
    assert_eq!(world.tries.len(), 5);
    assert_eq!(world.status(), Status::Offline);
    assert_eq!(world.mirror.connection.reason, Reason::Unreachable);
    let error = |recoverable| Event::Error {
        code: ErrorCode::Unreachable,
        recoverable,
    };
    assert_eq!(world.events, [error(true), error(false)]);
    // After two failures the token may be the reason, and after two more again.
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh, Ask::Fresh]);

    world.server_up = true;
    world.act(Action::Reconnect);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_message_written_after_the_tries_ended_makes_the_next_try() {
    let mut world = World::new();
    world.server_up = false;
    world.act(Action::OpenPanel);
    world.run(5 * MINUTE);
    world.server_up = true;
    world.say("Anybody there?");
    world.run(2 * SECOND);
    assert_eq!(world.desk.texts(), ["Anybody there?"]);
}

#[test]
fn a_handshake_that_hangs_is_given_up() {
    let mut world = World::new();
    world.stall();
    world.act(Action::OpenPanel);
    world.run(19 * SECOND);
    assert_eq!(world.status(), Status::Connecting);
    world.run(3 * SECOND);
    assert_eq!(world.tries.len(), 2);
    world.unstall();
    world.run(25 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_page_without_a_token_is_asked_to_sign_in() {
    let mut world = World::new();
    world.token = PageToken::None;
    world.act(Action::OpenPanel);
    world.run(MINUTE);
    assert_eq!(world.status(), Status::Offline);
    assert_eq!(world.mirror.connection.reason, Reason::SignedOut);
    assert_eq!(
        world.events,
        [Event::Error {
            code: ErrorCode::SignedOut,
            recoverable: false
        }]
    );
    assert!(world.tries.is_empty());
    world.token = PageToken::Good;
    world.act(Action::Reconnect);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_page_whose_own_server_is_away_is_not_taken_for_signed_out() {
    let mut world = World::chatting();
    world.stop_server();
    world.token = PageToken::Unreachable;
    world.say("While all is down");
    world.run(10 * MINUTE);
    assert_eq!(world.mirror.connection.reason, Reason::Unreachable);
    world.server_up = true;
    world.token = PageToken::Good;
    world.run(31 * SECOND);
    assert_eq!(world.desk.texts(), ["While all is down"]);
}

#[test]
fn a_page_that_never_gives_its_token_is_asked_again() {
    let mut world = World::new();
    world.token = PageToken::Hangs;
    world.act(Action::OpenPanel);
    world.run(35 * SECOND);
    assert_eq!(world.asked.len(), 2);
    world.token = PageToken::Good;
    world.run(35 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_token_about_to_end_is_replaced_before_it_is_used() {
    let mut world = World::new();
    world.token = PageToken::Ends(31_000);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    // The second answer is taken: the page has nothing better.
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh]);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_token_that_is_over_is_said_so_and_nothing_is_connected() {
    let mut world = World::new();
    world.gate = Gate::Alive;
    world.token = PageToken::Ends(-1);
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    // Once, for our clock may be wrong.
    assert_eq!(world.tries.len(), 1);
    assert!(!world.is_connected());
    assert_eq!(world.mirror.connection.reason, Reason::TokenRefused);
    assert!(world.events.contains(&Event::TokenExpired));
    world.act(Action::Reconnect);
    world.run(10 * SECOND);
    assert_eq!(world.tries.len(), 2);
    assert_eq!(world.mirror.connection.reason, Reason::TokenRefused);
}

#[test]
fn a_clock_that_is_far_ahead_keeps_nobody_from_chatting() {
    let mut world = World::new();
    world.gate = Gate::Alive;
    world.skew = 400 * 86_400_000;
    world.token = PageToken::Lasts(3_600_000, true);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh]);
    world.cut();
    world.attach("balcony.png");
    world.say("And a file");
    world.run(10 * SECOND);
    assert_eq!(world.desk.messages.len(), 2);
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh], "it is good still");
}

#[test]
fn a_token_refused_on_a_working_connection_is_replaced() {
    let mut world = World::chatting();
    world
        .desk
        .fail("client/ping-on-chat-session", Fault::Status(401));
    world.run(35 * SECOND);
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh]);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_token_refused_every_time_is_left_to_the_visitor() {
    let mut world = World::chatting();
    for _ in 0..50 {
        world
            .desk
            .fail("client/get-chat-session", Fault::Status(403));
    }
    world.cut();
    world.run(5 * MINUTE);
    assert_eq!(world.mirror.connection.reason, Reason::TokenRefused);
    assert!(world.tries.len() < 10);
}

#[test]
fn pings_go_out_every_thirty_seconds_while_the_chat_is_looked_at() {
    let mut world = World::chatting();
    world.run(5 * MINUTE);
    assert_eq!(world.desk.pings, 10);
    world.act(Action::ClosePanel);
    world.run(3 * MINUTE);
    assert_eq!(world.desk.pings, 10);
    world.act(Action::OpenPanel);
    world.page(Page::Hidden);
    world.run(3 * MINUTE);
    let pings = world.desk.pings;
    world.page(Page::Visible);
    world.run(MINUTE + SECOND);
    assert_eq!(world.desk.pings - pings, 3, "one at once, then two");
}

#[test]
fn a_connection_that_only_takes_is_found_and_replaced() {
    let mut world = World::chatting();
    world.stall();
    world.run(80 * SECOND);
    assert!(world.tries.len() >= 2, "the silence was not noticed");
    world.unstall();
    world.run(30 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_page_that_comes_into_view_finds_a_dead_connection_within_ten_seconds() {
    let mut world = World::chatting();
    world.page(Page::Hidden);
    world.run(MINUTE);
    world.stall();
    world.page(Page::Visible);
    world.run(11 * SECOND);
    assert!(!world.is_connected());
}

#[test]
fn an_offline_device_does_not_try_and_is_back_at_once() {
    let mut world = World::chatting();
    world.page(Page::Offline);
    assert_eq!(world.mirror.connection.reason, Reason::DeviceOffline);
    assert_eq!(world.status(), Status::Offline);
    world.tries.clear();
    world.run(10 * MINUTE);
    assert!(world.tries.is_empty());
    world.page(Page::Online);
    world.run(400);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_chat_opened_while_the_device_is_offline_says_so() {
    let mut world = World::new();
    world.page(Page::Offline);
    world.act(Action::OpenPanel);
    assert_eq!(world.mirror.connection.reason, Reason::DeviceOffline);
    world.page(Page::Online);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_page_that_goes_into_the_back_forward_cache_has_no_connection() {
    let mut world = World::chatting();
    world.page(Page::Leaving);
    assert!(!world.is_connected());
    world.run(MINUTE);
    assert!(!world.is_connected());
    world.page(Page::Restored);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_page_hidden_for_five_minutes_rests_and_wakes_when_it_is_seen() {
    let mut world = World::chatting();
    world.page(Page::Hidden);
    world.run(5 * MINUTE + SECOND);
    assert!(!world.is_connected());
    assert_eq!(world.mirror.connection.reason, Reason::Resting);
    assert_eq!(world.deadline(), None, "a hidden page is quiet");
    world.page(Page::Visible);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
}

#[test]
fn a_connection_is_replaced_before_its_row_on_the_server_expires() {
    let mut world = World::chatting();
    world.run(50 * MINUTE);
    assert_eq!(world.tries.len(), 1);
    world.run(6 * MINUTE);
    assert_eq!(world.tries.len(), 2);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.session_count(), 1);
}

#[test]
fn toggling_between_pages_does_not_hammer_a_server_that_is_away() {
    let mut world = World::chatting();
    world.stop_server();
    world.tries.clear();
    for _ in 0..100 {
        world.page(Page::Hidden);
        world.page(Page::Visible);
        world.run(100);
    }
    assert!(
        world.tries.len() <= 11,
        "{} tries in 10 s",
        world.tries.len()
    );
}

#[test]
fn a_connection_that_was_replaced_can_say_nothing_any_more() {
    let mut world = World::chatting();
    let old = world.conn();
    world.cut();
    world.run(3 * SECOND);
    let before = world.mirror.clone();
    let event = r#"{"channel":"chat-message-session-1","payload":{"chatMessage":{"id":9,
        "senderEntityType":"BACKEND_USER","messageContent":"From the past","sentAt":1}}}"#;
    world.input(Input::Received(old, event.into()));
    world.input(Input::Opened(old));
    world.input(Input::Closed(old, concierge_core::Close { code: 1000 }));
    assert_eq!(world.mirror, before);
}

#[test]
fn a_start_that_the_server_refuses_is_told_and_tried_again() {
    let mut world = World::new();
    world
        .desk
        .fail("client/init-chat-with-concierge", Fault::Status(503));
    world.act(Action::OpenPanel);
    world.run(200);
    assert_eq!(
        world.mirror.notice,
        Some(concierge_core::Notice::Refused(Some(
            "Not now, please".into()
        )))
    );
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.mirror.notice, None);
}

#[test]
fn a_call_without_an_answer_costs_the_connection_but_not_the_chat() {
    let mut world = World::new();
    world.desk.fail("client/get-chat-messages", Fault::Deaf);
    world.act(Action::OpenPanel);
    world.run(25 * SECOND);
    assert_eq!(world.status(), Status::Connecting);
    world.run(10 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.tries.len(), 2);
    assert_eq!(world.desk.session_count(), 1);
}

#[test]
fn a_history_that_is_refused_does_not_keep_the_visitor_from_chatting() {
    let mut world = World::new();
    for _ in 0..10 {
        world
            .desk
            .fail("client/get-chat-messages", Fault::Status(500));
    }
    world.act(Action::OpenPanel);
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Online);
    world.say("Hello");
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Hello"]);
}

#[test]
fn a_wake_up_too_early_or_too_late_does_no_harm() {
    let mut world = World::chatting();
    for _ in 0..50 {
        world.input(Input::Wake);
    }
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.pings, 0);
    // A laptop sleeps for a day.
    world.time += 24 * 60 * MINUTE;
    world.run(30 * SECOND);
    assert_eq!(world.status(), Status::Online);
}

fn id(id: &str) -> concierge_core::ConversationId {
    concierge_core::ConversationId(id.into())
}
