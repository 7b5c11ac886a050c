//! The end of a chat, and the next one.

use concierge_core::{Action, Conversation, ConversationId, Event, Notice, RowState, Slot, Status};

use crate::desk::{Desk, Fault};
use crate::world::World;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn ended(id: &str) -> Conversation {
    Conversation::Ended(ConversationId(id.into()))
}

#[test]
fn a_chat_ended_by_the_staff_is_over_for_the_visitor_and_stays_readable() {
    let mut world = World::chatting();
    world.staff_says("Goodbye");
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    assert_eq!(world.mirror.conversation, ended("session-1"));
    assert_eq!(world.status(), Status::Ended);
    assert_eq!(world.texts(), ["Goodbye"]);
    assert_eq!(world.store.get(&Slot::Conversation), None);
    assert!(
        world
            .events
            .contains(&Event::ConversationEnd(ConversationId("session-1".into())))
    );
    let pings = world.desk.pings;
    world.run(10 * MINUTE);
    assert_eq!(world.desk.pings, pings);
    assert!(!world.is_connected());
}

#[test]
fn a_new_chat_begins_when_the_visitor_says_so() {
    let mut world = World::chatting();
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    world.act(Action::StartConversation);
    world.run(2 * SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(world.desk.session_count(), 2);
    world.say("Me again");
    world.run(SECOND);
    assert_eq!(world.desk.messages[0].session, "session-2");
}

#[test]
fn the_panel_can_be_closed_and_opened_on_an_ended_chat_without_beginning_another() {
    let mut world = World::chatting();
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    world.act(Action::ClosePanel);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Ended);
    assert_eq!(world.desk.session_count(), 1);
}

#[test]
fn the_visitor_ends_the_chat() {
    let mut world = World::chatting();
    world.act(Action::EndConversation);
    world.run(SECOND);
    assert_eq!(world.mirror.conversation, ended("session-1"));
    assert_eq!(world.desk.open_session(), None);
}

#[test]
fn a_chat_that_could_not_be_ended_goes_on_and_the_visitor_is_told() {
    let mut world = World::chatting();
    world
        .desk
        .fail("client/end-chat-with-concierge", Fault::Status(409));
    world.act(Action::EndConversation);
    world.run(SECOND);
    assert_eq!(world.status(), Status::Online);
    assert_eq!(
        world.mirror.notice,
        Some(Notice::Refused(Some("Not now, please".into())))
    );
    world.act(Action::DismissNotice);
    assert_eq!(world.mirror.notice, None);
}

#[test]
fn a_lost_answer_to_the_end_is_asked_for_after_the_reconnect() {
    for fault in [Fault::CloseAfter, Fault::Close(1006), Fault::Mute] {
        let mut world = World::chatting();
        world.desk.fail("client/end-chat-with-concierge", fault);
        world.act(Action::EndConversation);
        world.run(45 * SECOND);
        assert_eq!(world.mirror.conversation, ended("session-1"), "{fault:?}");
        assert_eq!(world.desk.open_session(), None, "{fault:?}");
    }
}

#[test]
fn an_end_wished_for_while_offline_is_carried_out_after_the_reconnect() {
    let mut world = World::chatting();
    world.stop_server();
    world.act(Action::EndConversation);
    world.run(5 * SECOND);
    world.server_up = true;
    world.run(31 * SECOND);
    assert_eq!(world.mirror.conversation, ended("session-1"));
}

#[test]
fn a_chat_ended_while_the_connection_was_lost_shows_its_last_words() {
    let mut world = World::chatting();
    world.stop_server();
    world.staff_says("I have to go, goodbye");
    world.desk.close_session();
    world.server_up = true;
    world.run(5 * SECOND);
    assert_eq!(world.mirror.conversation, ended("session-1"));
    assert_eq!(world.texts(), ["I have to go, goodbye"]);
}

#[test]
fn a_message_on_its_way_when_the_chat_ends_is_not_lost() {
    let mut world = World::chatting();
    world.desk.close_session();
    world.say("Too late?");
    world.run(5 * SECOND);
    assert_eq!(world.status(), Status::Ended);
    assert!(matches!(world.state("Too late?"), RowState::Failed(_)));
    world.act(Action::StartConversation);
    world.act(Action::Retry(world.key("Too late?")));
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["Too late?"]);
}

#[test]
fn a_message_written_while_the_end_is_on_its_way_is_not_sending_for_ever() {
    let mut world = World::chatting();
    world.desk.fail("client/send-message", Fault::Deaf);
    world.act(Action::EndConversation);
    world.say("One moment");
    world.run(10 * SECOND);
    assert_eq!(world.status(), Status::Ended);
    assert_eq!(world.state("One moment"), RowState::Queued);
    world.act(Action::StartConversation);
    world.run(5 * SECOND);
    assert_eq!(world.desk.texts(), ["One moment"]);
}

#[test]
fn a_message_sent_into_an_ended_chat_begins_a_new_one() {
    let mut world = World::chatting();
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    world.say("One more thing");
    world.run(3 * SECOND);
    assert_eq!(world.desk.texts(), ["One more thing"]);
    assert_eq!(world.desk.messages[0].session, "session-2");
}

#[test]
fn a_chat_that_ends_while_its_history_is_read_is_over_when_it_is_read() {
    let mut world = World::chatting();
    world.cut();
    world.staff_says("Last words");
    while world.desk.count("client/get-chat-messages") < 2 {
        world.run(10);
    }
    world.at_desk(Desk::close_session);
    world.run(5 * SECOND);
    assert_eq!(world.mirror.conversation, ended("session-1"));
    assert_eq!(world.texts(), ["Last words"]);
}
