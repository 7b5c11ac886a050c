//! From the composer to the server, exactly once.

use concierge_core::{Action, Event, Failure, Input, Notice, Page, Reason, RowState, Slot, Status};

use crate::desk::Fault;
use crate::world::{PageToken, World};

const SEND: &str = "client/send-message";
const HISTORY: &str = "client/get-chat-messages";
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

#[test]
fn a_message_shows_at_once_and_is_sent_when_the_server_has_it() {
    let mut world = World::chatting();
    world.act(Action::Draft("Is the pool open?".into()));
    world.say("Is the pool open?");
    assert_eq!(world.state("Is the pool open?"), RowState::Sending);
    assert_eq!(world.draft.as_deref(), Some(""));
    assert_eq!(world.store.get(&Slot::Draft), None);
    let key = world.key("Is the pool open?");
    world.run(SECOND);
    assert_eq!(world.state("Is the pool open?"), RowState::Sent);
    assert_eq!(world.key("Is the pool open?"), key, "the row keeps its key");
    let id = world
        .row("Is the pool open?")
        .id
        .clone()
        .expect("the server's id");
    assert!(world.events.contains(&Event::MessageSent(key, id)));
    assert_eq!(world.store.get(&Slot::Outbox), None);
}

#[test]
fn a_message_is_stored_before_it_is_on_the_wire() {
    let mut world = World::chatting();
    world.say("Keep this");
    assert_eq!(
        world
            .frames
            .last()
            .filter(|frame| frame.contains("Keep this"))
            .iter()
            .count(),
        1
    );
    assert!(world.store[&Slot::Outbox].contains("Keep this"));
}

#[test]
fn messages_written_in_one_go_arrive_in_order_one_at_a_time() {
    let mut world = World::chatting();
    for number in 0..20 {
        world.say(&format!("message {number}"));
    }
    assert_eq!(world.state("message 0"), RowState::Sending);
    assert_eq!(world.state("message 1"), RowState::Queued);
    world.run(10 * SECOND);
    let expected: Vec<String> = (0..20).map(|number| format!("message {number}")).collect();
    assert_eq!(world.desk.texts(), expected);
    assert_eq!(world.texts(), expected);
}

#[test]
fn a_message_written_offline_is_sent_after_reconnect() {
    let mut world = World::chatting();
    world.page(Page::Offline);
    world.say("Written in a tunnel");
    world.run(20 * MINUTE);
    assert_eq!(world.state("Written in a tunnel"), RowState::Queued);
    world.page(Page::Online);
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Written in a tunnel"]);
    assert_eq!(world.state("Written in a tunnel"), RowState::Sent);
}

#[test]
fn a_message_written_before_the_chat_has_begun_is_its_first() {
    let mut world = World::new();
    world.act(Action::OpenPanel);
    world.say("Quick one");
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Quick one"]);
}

#[test]
fn a_message_from_the_page_is_intent_enough_to_connect() {
    let mut world = World::new();
    world.say("Sent by code");
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Sent by code"]);
}

#[test]
fn a_lost_answer_to_a_message_that_arrived_does_not_double_it() {
    for fault in [Fault::CloseAfter, Fault::GatewayAfter, Fault::Mute] {
        let mut world = World::chatting();
        world.staff_says("Good morning");
        world.run(SECOND);
        world.desk.fail(SEND, fault);
        world.say("Once only");
        world.run(45 * SECOND);
        assert_eq!(
            world.desk.texts(),
            ["Good morning", "Once only"],
            "{fault:?}"
        );
        assert_eq!(world.state("Once only"), RowState::Sent, "{fault:?}");
        assert_eq!(world.desk.count(SEND), 1, "{fault:?}");
        assert_eq!(world.store.get(&Slot::Outbox), None);
    }
}

#[test]
fn a_lost_message_is_looked_up_and_sent_once_more() {
    for fault in [
        Fault::Close(1006),
        Fault::Gateway,
        Fault::Deaf,
        Fault::Status(500),
    ] {
        let mut world = World::chatting();
        world.staff_says("Good morning");
        world.run(SECOND);
        let lookups = world.desk.count(HISTORY);
        world.desk.fail(SEND, fault);
        world.say("Twice tried");
        world.run(45 * SECOND);
        assert_eq!(
            world.desk.texts(),
            ["Good morning", "Twice tried"],
            "{fault:?}"
        );
        assert_eq!(world.desk.count(SEND), 2, "{fault:?}");
        assert!(
            world.desk.count(HISTORY) > lookups,
            "{fault:?} was not looked up"
        );
        assert_eq!(world.state("Twice tried"), RowState::Sent);
    }
}

#[test]
fn a_message_lost_twice_is_left_to_the_visitor_and_the_next_one_passes() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Gateway);
    world.desk.fail(SEND, Fault::Gateway);
    world.say("Unlucky");
    world.say("Lucky");
    world.run(5 * SECOND);
    assert_eq!(
        world.state("Unlucky"),
        RowState::Failed(Failure::Unconfirmed)
    );
    assert_eq!(world.desk.texts(), ["Lucky"]);
    let key = world.key("Unlucky");
    assert!(world.events.contains(&Event::MessageFailed(key)));
    world.act(Action::Retry(key));
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["Lucky", "Unlucky"]);
    assert_eq!(world.state("Unlucky"), RowState::Sent);
}

#[test]
fn a_retried_message_that_had_arrived_after_all_is_not_sent_again() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::GatewayAfter);
    // The history cannot be read either, so its fate stays unknown.
    for _ in 0..4 {
        world.desk.fail(HISTORY, Fault::Status(500));
    }
    world.say("Perhaps");
    world.run(10 * SECOND);
    assert_eq!(
        world.state("Perhaps"),
        RowState::Failed(Failure::Unconfirmed)
    );
    world.desk.heal();
    world.act(Action::Retry(world.key("Perhaps")));
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["Perhaps"]);
    assert_eq!(world.state("Perhaps"), RowState::Sent);
}

#[test]
fn a_refused_message_is_wedged_with_the_server_s_words_and_the_others_pass() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(422));
    world.say("Refused");
    world.say("Accepted");
    world.run(5 * SECOND);
    let words = Some("Not now, please".into());
    assert_eq!(
        world.state("Refused"),
        RowState::Failed(Failure::Refused(words))
    );
    assert_eq!(world.desk.texts(), ["Accepted"]);
    world.act(Action::Retry(world.key("Refused")));
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Accepted", "Refused"]);
}

#[test]
fn a_failed_message_can_be_thrown_away_and_one_on_its_way_cannot() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(422));
    world.say("Refused");
    world.run(SECOND);
    world.act(Action::Discard(world.key("Refused")));
    assert!(world.texts().is_empty());
    assert_eq!(world.store.get(&Slot::Outbox), None);
    world.say("On its way");
    world.act(Action::Discard(world.key("On its way")));
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["On its way"]);
}

#[test]
fn a_queued_message_can_be_thrown_away() {
    let mut world = World::chatting();
    world.stop_server();
    world.say("Never mind");
    world.act(Action::Discard(world.key("Never mind")));
    world.server_up = true;
    world.run(10 * SECOND);
    assert!(world.desk.texts().is_empty() && world.texts().is_empty());
}

#[test]
fn a_token_refused_with_a_message_is_replaced_and_the_message_sent() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(401));
    world.say("With a fresh token");
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["With a fresh token"]);
    assert_eq!(world.tries.len(), 2);
}

#[test]
fn a_message_into_a_session_that_is_gone_is_the_first_of_a_new_one_or_waits() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(404));
    world.desk.close_session();
    world.say("Into the void");
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Ended);
    assert_eq!(world.state("Into the void"), RowState::Queued);
    world.act(Action::StartConversation);
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["Into the void"]);
}

#[test]
fn a_server_that_says_missing_for_ever_is_not_asked_for_ever() {
    let mut world = World::chatting();
    for _ in 0..50 {
        world.desk.fail(SEND, Fault::Status(404));
    }
    world.say("Round and round");
    world.run(MINUTE);
    assert_eq!(world.desk.count(SEND), 2);
    assert_eq!(
        world.state("Round and round"),
        RowState::Failed(Failure::Refused(None))
    );
}

#[test]
fn a_text_over_the_frame_limit_is_not_taken_and_the_draft_is_kept() {
    let mut world = World::chatting();
    let long = "é".repeat(16_000);
    world.act(Action::Draft(long.clone()));
    let frames = world.frames.len();
    world.say(&long);
    let Some(Notice::TooLong { bytes, limit }) = world.mirror.notice else {
        panic!("no notice: {:?}", world.mirror.notice)
    };
    assert!(bytes > limit && limit == 30_000);
    assert!(world.texts().is_empty());
    assert_eq!(world.frames.len(), frames);
    assert!(world.store[&Slot::Draft].contains("éé"));
    world.act(Action::Draft("shorter".into()));
    assert_eq!(world.mirror.notice, None);
}

#[test]
fn the_largest_text_that_is_taken_fits_into_a_frame() {
    let mut world = World::chatting();
    world.say(&"\"".repeat(14_000));
    world.run(SECOND);
    assert_eq!(world.desk.messages.len(), 1);
    assert!(world.frames.iter().all(|frame| frame.len() <= 30_000));
}

#[test]
fn a_message_that_the_gateway_finds_too_large_fails_and_the_chat_goes_on() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Close(1009));
    world.say("Large");
    world.say("Small");
    world.run(5 * SECOND);
    assert_eq!(world.state("Large"), RowState::Failed(Failure::TooLong));
    assert_eq!(world.desk.texts(), ["Small"]);
}

#[test]
fn blanks_are_not_a_message() {
    let mut world = World::chatting();
    world.say("  \n\t ");
    assert!(world.texts().is_empty());
}

#[test]
fn an_echo_before_the_answer_confirms_and_does_not_double() {
    for drops_metadata in [false, true] {
        let mut world = World::chatting();
        world.desk.echoes = true;
        world.desk.drops_metadata = drops_metadata;
        world.desk.fail(SEND, Fault::Mute);
        world.say("Echo");
        world.run(SECOND);
        assert_eq!(world.state("Echo"), RowState::Sent);
        world.run(MINUTE);
        assert_eq!(world.texts(), ["Echo"]);
        assert_eq!(world.desk.texts(), ["Echo"]);
    }
}

#[test]
fn an_echo_after_the_answer_does_not_double() {
    for drops_metadata in [false, true] {
        let mut world = World::chatting();
        world.desk.echoes = true;
        world.desk.drops_metadata = drops_metadata;
        world.say("Echo");
        world.run(SECOND);
        assert_eq!(world.texts(), ["Echo"]);
    }
}

#[test]
fn without_metadata_a_lost_message_is_found_by_its_text() {
    let mut world = World::chatting();
    world.desk.drops_metadata = true;
    world.say("ok");
    world.run(SECOND);
    world.desk.fail(SEND, Fault::CloseAfter);
    world.say("ok");
    world.run(10 * SECOND);
    assert_eq!(world.desk.texts(), ["ok", "ok"]);
    assert_eq!(world.texts(), ["ok", "ok"]);
    assert_eq!(world.store.get(&Slot::Outbox), None);
}

#[test]
fn a_lost_message_is_found_below_many_that_came_after_it() {
    let mut world = World::chatting();
    world.staff_says("Good morning");
    world.run(SECOND);
    world.desk.fail(SEND, Fault::CloseAfter);
    world.say("Needle");
    world.run(60);
    for number in 0..90 {
        world.staff_says(&format!("hay {number}"));
    }
    world.run(20 * SECOND);
    assert_eq!(
        world
            .desk
            .texts()
            .iter()
            .filter(|text| **text == "Needle")
            .count(),
        1
    );
    assert_eq!(world.state("Needle"), RowState::Sent);
    assert_eq!(world.texts().len(), 92);
}

#[test]
fn a_message_called_too_long_that_had_arrived_is_not_sent_again() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Mute);
    world.say("Not long");
    world.run(100);
    // The gateway ends the connection for another reason than this message.
    for _ in 0..2 {
        world.desk.fail(HISTORY, Fault::Status(500));
    }
    world.cut_with(1009);
    world.run(10 * SECOND);
    assert_eq!(world.state("Not long"), RowState::Failed(Failure::TooLong));
    world.desk.heal();
    world.act(Action::Retry(world.key("Not long")));
    world.run(10 * SECOND);
    assert_eq!(world.desk.texts(), ["Not long"]);
    assert_eq!(world.state("Not long"), RowState::Sent);
}

#[test]
fn a_message_shown_as_failed_that_had_arrived_is_found_below_others() {
    let mut world = World::chatting();
    world.desk.page_cap = 5;
    world.staff_says("Good morning");
    world.run(SECOND);
    world.desk.fail(SEND, Fault::GatewayAfter);
    // The history cannot be read, so its fate stays unknown.
    for _ in 0..4 {
        world.desk.fail(HISTORY, Fault::Status(500));
    }
    world.say("Perhaps");
    world.run(10 * SECOND);
    assert_eq!(
        world.state("Perhaps"),
        RowState::Failed(Failure::Unconfirmed)
    );
    for number in 0..8 {
        world.staff_says(&format!("hay {number}"));
    }
    world.run(SECOND);
    world.desk.heal();
    world.reload();
    world.run(SECOND);
    assert_eq!(world.state("Perhaps"), RowState::Sent);
    assert_eq!(world.texts(), world.desk.texts());
}

#[test]
fn a_tab_killed_in_mid_send_loses_and_doubles_nothing() {
    for arrives in [true, false] {
        let mut world = World::chatting();
        world.staff_says("Good morning");
        world.run(SECOND);
        world.say("First");
        world.say("Second");
        if arrives {
            world.run(50);
        }
        world.reload();
        assert_eq!(
            world.texts(),
            ["First", "Second"],
            "the queue shows at once"
        );
        world.run(10 * SECOND);
        assert_eq!(world.desk.texts(), ["Good morning", "First", "Second"]);
        assert_eq!(world.texts(), ["Good morning", "First", "Second"]);
        assert!(world.mirror.rows.iter().all(|row| row.id.is_some()));
    }
}

#[test]
fn a_failed_message_is_still_there_after_a_reload() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(422));
    world.say("Refused");
    world.run(SECOND);
    world.reload();
    world.run(SECOND);
    assert_eq!(
        world.state("Refused"),
        RowState::Failed(Failure::Refused(None))
    );
    world.act(Action::Retry(world.key("Refused")));
    world.run(SECOND);
    assert_eq!(world.desk.texts(), ["Refused"]);
}

#[test]
fn after_a_reload_and_a_return_each_row_says_what_it_said() {
    let mut world = World::with_tabs(7, 1);
    world.server_up = false;
    world.input(Input::Start);
    world.run(10);
    for text in ["Discarded", "One", "Two"] {
        world.say(text);
    }
    let key = world.key("Discarded");
    world.act(Action::Discard(key));
    world.reload();
    world.run(10);
    assert_eq!(world.texts(), ["One", "Two"]);
    world.page(Page::Leaving);
    world.page(Page::Restored);
    world.run(10);
    assert_eq!(world.texts(), ["One", "Two"]);
    world.server_up = true;
    world.act(Action::OpenPanel);
    world.run(MINUTE);
    assert_eq!(world.desk.texts(), ["One", "Two"]);
}

#[test]
fn a_store_full_of_rubbish_is_as_good_as_an_empty_one() {
    for rubbish in [
        "",
        "{",
        "[1,2]",
        "\u{0}",
        r#"{"v":99}"#,
        r#"{"v":1,"messages":[{},7]}"#,
    ] {
        let mut world = World::new();
        for slot in Slot::ALL {
            world.store.insert(slot, rubbish.into());
        }
        world.reload();
        world.act(Action::OpenPanel);
        world.run(SECOND);
        assert_eq!(world.status(), Status::Online, "{rubbish}");
        assert!(world.texts().is_empty());
    }
}

#[test]
fn a_draft_is_kept_over_a_reload() {
    let mut world = World::chatting();
    world.act(Action::Draft("Half a tho".into()));
    world.reload();
    assert_eq!(world.draft.as_deref(), Some("Half a tho"));
    world.act(Action::Draft(String::new()));
    assert_eq!(world.store.get(&Slot::Draft), None);
}

#[test]
fn a_server_killed_and_restarted_in_mid_chat_loses_nothing() {
    let mut world = World::chatting();
    world.say("Before");
    world.run(SECOND);
    world.say("During");
    world.stop_server();
    world.say("While it is down");
    world.run(MINUTE);
    assert_eq!(world.state("While it is down"), RowState::Queued);
    assert_ne!(world.mirror.connection.reason, Reason::None);
    world.server_up = true;
    world.run(40 * SECOND);
    assert_eq!(world.desk.texts(), ["Before", "During", "While it is down"]);
    assert_eq!(world.texts(), ["Before", "During", "While it is down"]);
}

#[test]
fn a_signed_out_visitor_s_message_waits_for_the_sign_in() {
    let mut world = World::new();
    world.token = PageToken::None;
    world.act(Action::OpenPanel);
    world.say("Let me in");
    world.run(MINUTE);
    assert_eq!(world.state("Let me in"), RowState::Queued);
    world.token = PageToken::Good;
    world.act(Action::Reconnect);
    world.run(2 * SECOND);
    assert_eq!(world.desk.texts(), ["Let me in"]);
}

#[test]
fn equal_seeds_and_inputs_give_equal_effects() {
    let story = |seed| {
        let mut world = World::with_seed(seed);
        world.input(Input::Start);
        world.act(Action::OpenPanel);
        world.run(SECOND);
        world.say("One");
        world.cut();
        world.say("Two");
        world.run(MINUTE);
        world.trace()
    };
    assert_eq!(story(3), story(3));
    assert_ne!(story(3), story(4));
}
