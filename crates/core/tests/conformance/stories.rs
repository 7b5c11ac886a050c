use concierge_core::{Action, Author, Conversation, Event, Older, Page, RowState, Status};
use concierge_sim::requests::{self, Fault};

use crate::systems::{World, with_each, with_each_of_requests};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn open(world: &mut dyn World) {
    world.open();
    if world.mirror().conversation == Conversation::None {
        // Begun by the first message.
        world.say("Good morning");
        world.run(5 * SECOND);
    }
    assert!(matches!(world.mirror().conversation, Conversation::Open(_)));
}

/// What the server has of the visitor, but for what began the conversation.
fn said(world: &mut dyn World) -> Vec<String> {
    let said = world.said().into_iter();
    said.filter(|text| text != "Good morning").collect()
}

#[test]
fn nothing_is_asked_for_before_the_visitor_opens_the_panel() {
    with_each(|world| {
        world.run(MINUTE);
        assert_eq!(world.asked(), 0);
        assert_eq!(world.mirror().connection.status, Status::Idle);
    });
}

#[test]
fn a_visitor_sends_and_receives() {
    with_each(|world| {
        open(world);
        world.say("Is the gate open?");
        world.run(2 * SECOND);
        assert_eq!(said(world), ["Is the gate open?"]);
        assert_eq!(world.own_states().last(), Some(&RowState::Sent));
        world.staff_says("Until ten");
        world.run(35 * SECOND);
        assert_eq!(world.shown().last().map(String::as_str), Some("Until ten"));
        let received = |event: &&Event| matches!(event, Event::MessageReceived(_));
        assert_eq!(world.events().iter().filter(received).count(), 1);
        assert_eq!(world.mirror().connection.status, Status::Online);
    });
}

#[test]
fn a_history_of_many_pages_is_read_upwards_without_gap_or_double() {
    with_each(|world| {
        open(world);
        for number in 0..130 {
            world.staff_says(&format!("news {number}"));
        }
        world.reload();
        world.act(Action::OpenPanel);
        world.run(10 * SECOND);
        world.enter();
        for _ in 0..20 {
            if world.mirror().older == Older::More {
                world.act(Action::LoadOlder);
                world.run(2 * SECOND);
            }
        }
        let shown = world.shown();
        let news: Vec<&String> = shown.iter().filter(|it| it.starts_with("news")).collect();
        let expected: Vec<String> = (0..130).map(|number| format!("news {number}")).collect();
        assert_eq!(news, expected.iter().collect::<Vec<_>>());
        assert_eq!(world.mirror().older, Older::End);
    });
}

#[test]
fn what_is_written_offline_waits_and_goes_out_in_order() {
    with_each(|world| {
        open(world);
        world.disconnect(true);
        for text in ["one", "two", "three"] {
            world.say(text);
            world.run(SECOND);
        }
        assert!(
            world
                .own_states()
                .ends_with(&[RowState::Queued, RowState::Queued])
        );
        assert_eq!(world.mirror().connection.status, Status::Offline);
        world.reconnect();
        world.run(20 * SECOND);
        assert_eq!(said(world), ["one", "two", "three"]);
    });
}

#[test]
fn what_is_written_before_a_reload_goes_out_after_it_once() {
    with_each(|world| {
        open(world);
        world.disconnect(false);
        world.say("Before the reload");
        world.run(300);
        world.reload();
        world.reconnect();
        world.act(Action::OpenPanel);
        world.run(MINUTE);
        assert_eq!(said(world), ["Before the reload"]);
        assert_eq!(
            world
                .shown()
                .iter()
                .filter(|it| *it == "Before the reload")
                .count(),
            1
        );
    });
}

#[test]
fn a_message_whose_answer_is_lost_is_looked_up_and_not_sent_twice() {
    for fault in [Fault::AnswerLost, Fault::Hangs, Fault::DoneStatus(500)] {
        with_each(|world| {
            open(world);
            world.fail_next_send(fault);
            world.say("Only once");
            world.run(3 * MINUTE);
            assert_eq!(said(world), ["Only once"], "{fault:?}");
            assert_eq!(
                world.own_states().last(),
                Some(&RowState::Sent),
                "{fault:?}"
            );
            assert_eq!(
                world.shown().iter().filter(|it| *it == "Only once").count(),
                1
            );
        });
    }
}

#[test]
fn a_message_that_never_arrived_is_sent_again() {
    with_each(|world| {
        open(world);
        world.fail_next_send(Fault::Lost);
        world.say("Again");
        world.run(MINUTE);
        assert_eq!(said(world), ["Again"]);
    });
}

#[test]
fn a_server_that_is_too_busy_has_not_taken_the_message() {
    with_each(|world| {
        open(world);
        world.fail_next_send(Fault::Status(429));
        world.say("Patience");
        world.run(MINUTE);
        assert_eq!(said(world), ["Patience"]);
        assert_eq!(world.own_states().last(), Some(&RowState::Sent));
    });
}

#[test]
fn a_refused_token_is_replaced_and_nothing_is_lost() {
    with_each(|world| {
        if !world.knows_tokens() {
            // It knows no tokens.
            return;
        }
        open(world);
        world.refuse_next_token();
        world.say("Who am I?");
        world.run(MINUTE);
        assert_eq!(said(world), ["Who am I?"]);
        assert_eq!(world.mirror().connection.status, Status::Online);
    });
}

#[test]
fn a_page_without_a_token_says_so_and_goes_on_when_there_is_one() {
    with_each(|world| {
        if !world.knows_tokens() {
            return;
        }
        world.set_signed_in(false);
        world.act(Action::OpenPanel);
        world.run(5 * SECOND);
        assert_eq!(world.mirror().connection.status, Status::Offline);
        world.set_signed_in(true);
        world.act(Action::SignedIn);
        world.open();
        assert_eq!(world.mirror().connection.status, Status::Online);
    });
}

#[test]
fn after_a_restart_of_the_server_the_gap_is_filled() {
    with_each(|world| {
        open(world);
        world.disconnect(false);
        world.run(2 * SECOND);
        for number in 0..25 {
            world.staff_says(&format!("gap {number}"));
        }
        world.run(20 * SECOND);
        world.reconnect();
        world.run(MINUTE);
        let shown = world.shown();
        let gap = shown.iter().filter(|text| text.starts_with("gap")).count();
        assert_eq!(gap, 25);
        assert_eq!(world.mirror().connection.status, Status::Online);
    });
}

#[test]
fn a_file_is_sent_and_is_one_row() {
    with_each(|world| {
        if !world.takes_files() {
            return;
        }
        open(world);
        world.attach("roof.png");
        world.run(5 * SECOND);
        assert_eq!(said(world), ["roof.png"]);
        assert_eq!(world.own_states().last(), Some(&RowState::Sent));
        assert!(world.kept_files() == 0, "its bytes are not needed any more");
        world.run(2 * MINUTE);
        let own = world
            .mirror()
            .rows
            .iter()
            .filter(|row| row.author == Author::Me);
        let files = own.filter(|row| concierge_sim::requests::is_file(&row.content));
        assert_eq!(files.count(), 1);
    });
}

#[test]
fn a_file_whose_answer_is_lost_is_there_once() {
    with_each(|world| {
        if !world.takes_files() {
            return;
        }
        open(world);
        world.lose_next_upload_answer();
        world.attach("roof.png");
        world.run(2 * MINUTE);
        assert_eq!(said(world), ["roof.png"]);
        assert_eq!(world.own_states().last(), Some(&RowState::Sent));
    });
}

#[test]
fn a_returning_visitor_finds_the_conversation_as_it_was() {
    with_each(|world| {
        open(world);
        world.staff_says("See you");
        world.run(40 * SECOND);
        let before = world.shown();
        world.reload();
        world.act(Action::OpenPanel);
        world.run(10 * SECOND);
        assert_eq!(world.shown(), before);
        assert!(matches!(world.mirror().conversation, Conversation::Open(_)));
    });
}

#[test]
fn a_hidden_page_asks_for_nothing_and_catches_up_when_it_is_looked_at() {
    with_each(|world| {
        open(world);
        world.page(Page::Hidden);
        world.run(10 * MINUTE);
        let asked = world.asked();
        world.staff_says("While you were away");
        world.run(30 * MINUTE);
        assert_eq!(world.asked(), asked, "a page that rests is quiet");
        world.page(Page::Visible);
        world.run(MINUTE);
        assert!(world.shown().contains(&"While you were away".to_owned()));
    });
}

#[test]
fn without_a_push_channel_news_come_all_the_same() {
    with_each_of_requests(|mut world| {
        world.sockets_work = false;
        open(&mut world);
        world.staff_says("Slowly but surely");
        world.run(40 * SECOND);
        assert!(world.shown().contains(&"Slowly but surely".to_owned()));
        assert_eq!(world.mirror.connection.status, Status::Online);
    });
}

#[test]
fn a_quiet_conversation_is_asked_for_less_and_less() {
    with_each_of_requests(|mut world| {
        world.sockets_work = false;
        open(&mut world);
        let asked = |world: &mut requests::World, ms| {
            let before = world.requests.len();
            world.run(ms);
            world.requests.len() - before
        };
        let often = asked(&mut world, MINUTE);
        world.run(20 * MINUTE);
        let rarely = asked(&mut world, MINUTE);
        assert!(often >= 10, "{often}");
        // Twice, with a list of two pages for some.
        assert!(rarely <= 6, "{rarely}");
    });
}

#[test]
fn news_come_however_long_nothing_came_and_no_channel_can_be_had() {
    with_each_of_requests(|mut world| {
        world.sockets_work = false;
        open(&mut world);
        for number in 0..6 {
            world.run(15 * MINUTE);
            let news = format!("news {number}");
            world.staff_says(&news);
            world.run(40 * SECOND);
            assert!(world.shown().contains(&news), "{news}");
        }
    });
}

#[test]
fn who_is_answered_without_a_channel_is_asked_for_often_again() {
    with_each_of_requests(|mut world| {
        world.sockets_work = false;
        world.run(20 * MINUTE);
        open(&mut world);
        let before = world.requests.len();
        world.run(MINUTE);
        assert!(world.requests.len() - before >= 10, "just opened");
        world.run(20 * MINUTE);
        world.staff_says("Here I am");
        world.run(40 * SECOND);
        let before = world.requests.len();
        world.run(MINUTE);
        assert!(world.requests.len() - before >= 10, "just answered");
    });
}

#[test]
fn a_file_whose_conversation_is_left_while_it_is_on_its_way_goes_on_when_that_is_shown() {
    for pause in [0, 1, 50, 150, 250] {
        with_each_of_requests(|mut world| {
            if !world.system.takes_files() {
                return;
            }
            open(&mut world);
            let Conversation::Open(room) = world.mirror.conversation.clone() else {
                return;
            };
            world.attach("roof.png");
            world.run(pause);
            world.act(Action::ShowRooms);
            world.act(Action::StartConversation);
            world.run(3 * SECOND);
            world.act(Action::OpenRoom(room));
            world.run(MINUTE);
            assert_eq!(said(&mut world), ["roof.png"], "{pause}");
            assert_eq!(world.own_states().last(), Some(&RowState::Sent), "{pause}");
        });
    }
}

#[test]
fn a_visitor_who_comes_back_to_the_page_keeps_the_connection_and_sees_what_is_new() {
    with_each(|world| {
        world.stop_pushing();
        open(world);
        world.run(20 * MINUTE);
        world.page(Page::Hidden);
        world.run(MINUTE);
        world.staff_says("Look here");
        world.page(Page::Visible);
        world.run(2 * SECOND);
        assert!(world.shown().contains(&"Look here".to_owned()));
        world.act(Action::ClosePanel);
        world.act(Action::OpenPanel);
        for _ in 0..300 {
            world.run(100);
            assert_eq!(world.mirror().connection.status, Status::Online);
        }
    });
}

#[test]
fn a_first_message_is_not_said_in_another_conversation() {
    with_each_of_requests(|mut world| {
        if world.system.begins_with_a_list() {
            return;
        }
        open(&mut world);
        let Conversation::Open(room) = world.mirror.conversation.clone() else {
            return;
        };
        world.act(Action::StartConversation);
        world.run(SECOND);
        world.disconnect(true);
        world.say("Something new");
        world.act(Action::OpenRoom(room));
        world.reconnect();
        world.run(20 * SECOND);
        assert!(said(&mut world).is_empty());
        assert_eq!(world.shown(), ["Good morning"]);
        world.act(Action::StartConversation);
        world.run(20 * SECOND);
        assert_eq!(said(&mut world), ["Something new"]);
    });
}

#[test]
fn what_is_half_written_is_there_after_a_reload_and_gone_once_it_is_sent() {
    with_each(|world| {
        open(world);
        world.act(Action::Draft("Is the ga".into()));
        world.run(2 * SECOND);
        world.reload();
        assert_eq!(world.draft(), Some("Is the ga"));
        world.open();
        world.act(Action::Draft("Is the gate open?".into()));
        world.say("Is the gate open?");
        world.run(5 * SECOND);
        assert_eq!(said(world), ["Is the gate open?"]);
        world.reload();
        assert_eq!(world.draft().unwrap_or_default(), "");
    });
}

#[test]
fn a_message_that_is_refused_stands_in_nobody_s_way_and_goes_out_when_it_is_tried_again() {
    with_each(|world| {
        open(world);
        world.fail_next_send(Fault::Status(413));
        world.say("Refused");
        world.say("Next");
        world.run(10 * SECOND);
        assert_eq!(said(world), ["Next"]);
        let states = world.own_states();
        let failed = states
            .iter()
            .filter(|it| matches!(it, RowState::Failed(_)))
            .count();
        assert_eq!(failed, 1, "{states:?}");
        let key = world.key_of("Refused");
        world.act(Action::Retry(key));
        world.run(10 * SECOND);
        assert_eq!(said(world), ["Next", "Refused"]);
        assert!(
            world
                .own_states()
                .iter()
                .all(|it| matches!(it, RowState::Sent | RowState::Seen))
        );
    });
}

#[test]
fn a_closed_panel_keeps_what_was_written_and_what_came_meanwhile() {
    with_each(|world| {
        open(world);
        world.say("Back in a minute");
        world.act(Action::ClosePanel);
        world.run(2 * SECOND);
        world.staff_says("No hurry");
        world.run(3 * MINUTE);
        world.act(Action::OpenPanel);
        world.run(5 * SECOND);
        assert_eq!(said(world), ["Back in a minute"]);
        assert_eq!(world.own_states().last(), Some(&RowState::Sent));
        let shown = world.shown();
        assert_eq!(shown.iter().filter(|it| *it == "No hurry").count(), 1);
    });
}

#[test]
fn messages_written_in_one_go_arrive_in_their_order_once_each() {
    with_each(|world| {
        open(world);
        let texts: Vec<String> = (0..12).map(|number| format!("line {number}")).collect();
        for text in &texts {
            world.say(text);
        }
        world.run(30 * SECOND);
        assert_eq!(said(world), texts);
        let shown = world.shown();
        let own: Vec<&String> = shown.iter().filter(|it| it.starts_with("line")).collect();
        assert_eq!(own, texts.iter().collect::<Vec<_>>());
    });
}

#[test]
fn equal_seeds_give_equal_histories_and_all_goes_well() {
    for seed in 0..10 {
        let lived = concierge_sim::history::live(seed, 1);
        assert_eq!(lived, concierge_sim::history::live(seed, 1));
    }
    for system in requests::System::ALL {
        for seed in 0..60 {
            requests::history::live(system, seed, false);
        }
    }
}
