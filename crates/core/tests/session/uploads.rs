//! Files: from the choice to the message (contract concierge 3.3 5b, 4.6, 5.6, 7).

use concierge_core::{
    Action, Ask, Content, ErrorCode, Event, Failure, FileContent, FileKind, NewFile, Notice, Page,
    Row, RowState, Secret, Slot, Uid, UploadBody,
};

use crate::desk::Fault;
use crate::files::{EXPIRED, PlaceFault, PutFault};
use crate::world::{PageToken, World};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const SEND: &str = "client/send-message";

fn file_of(row: &Row) -> &FileContent {
    match &row.content {
        Content::File(file) => file,
        Content::Text(text) => panic!("no file but {text}"),
        Content::Rich(_) => panic!("no file"),
    }
}

/// The only row.
fn row(world: &World) -> &Row {
    assert_eq!(world.mirror.rows.len(), 1);
    &world.mirror.rows[0]
}

fn failure(world: &World) -> &Failure {
    let RowState::Failed(failure) = &row(world).state else {
        panic!("not failed but {:?}", row(world).state);
    };
    failure
}

/// Chooses a picture after this went wrong with places and puts.
fn attached(places: &[PlaceFault], puts: &[PutFault]) -> World {
    let mut world = World::chatting();
    world.files.place_faults.extend(places.iter().cloned());
    world.files.put_faults.extend(puts.iter().cloned());
    world.attach("balcony.png");
    world
}

#[test]
fn a_picture_goes_to_the_store_and_then_into_the_chat() {
    let mut world = World::chatting();
    let uid = world.attach("balcony.png");
    assert_eq!(row(&world).state, RowState::Queued);
    assert_eq!(file_of(row(&world)).kind, FileKind::Image);
    world.run(150);
    let file = file_of(row(&world));
    assert!(file.url.starts_with("blob:"), "its preview");
    assert_eq!(file.dimensions, Some((640, 480)));
    assert_eq!(row(&world).state, RowState::Uploading(0));
    world.run(300);
    assert_eq!(row(&world).state, RowState::Uploading(40));
    world.run(SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    let asked = &world.files.asked[0];
    assert_eq!(asked["filename"], format!("{}.jpg", uid.0));
    assert_eq!(asked["mimeType"], "image/jpeg");
    assert_eq!(asked["type"], "chat-images");
    let put = &world.files.puts[0];
    let body = UploadBody::Bytes("image/jpeg".into());
    assert_eq!(put.body, body, "to the letter what was asked for");
    assert_eq!(put.method, "PUT");
    assert!(put.url.0.ends_with("?signature=00ff"), "as it was given");
    let frame = world.frames.iter().find(|it| it.contains(SEND));
    let frame: serde_json::Value = serde_json::from_str(frame.expect("a frame")).expect("JSON");
    let body = &frame["data"]["body"];
    assert_eq!(body["contentType"], "IMAGE");
    assert_eq!(body["messageContent"], world.files.stored[0]);
    assert_eq!(
        body["metadata"],
        serde_json::json!({
            "messageUid": uid.0, "filename": format!("{}.jpg", uid.0),
            "mimeType": "image/jpeg", "fileSize": 81_234, "width": 640, "height": 480,
        })
    );
    assert!(
        world.files.kept.is_empty(),
        "its bytes are not needed any more"
    );
    assert!(!world.store.contains_key(&Slot::Outbox));
}

#[test]
fn several_files_go_one_after_the_other_in_their_order() {
    let mut world = World::chatting();
    for name in ["a.png", "b.png", "c.png"] {
        world.attach(name);
    }
    world.run(300);
    let moving = |row: &&Row| matches!(row.state, RowState::Uploading(_));
    assert_eq!(world.mirror.rows.iter().filter(moving).count(), 1);
    world.run(10 * SECOND);
    assert_eq!(world.desk.texts(), world.files.stored);
    assert_eq!(world.files.stored.len(), 3);
}

#[test]
fn a_text_does_not_wait_for_an_upload() {
    let mut world = attached(&[], &[PutFault::Hangs]);
    world.say("It is the left window");
    world.run(5 * SECOND);
    assert_eq!(world.state("It is the left window"), RowState::Sent);
}

#[test]
fn a_file_that_may_not_be_sent_is_refused_before_anything_is_sent() {
    let mut world = World::chatting();
    let large = NewFile {
        uid: Uid("f".into()),
        name: "film.mp4".into(),
        mime: "video/mp4".into(),
        size: 83_886_081,
    };
    world.files.kept.insert(large.uid.clone());
    world.act(Action::Attach(large));
    assert_eq!(
        world.mirror.notice,
        Some(Notice::FileTooLarge {
            name: "film.mp4".into(),
            limit: 83_886_080
        })
    );
    assert!(world.mirror.rows.is_empty());
    world.run(MINUTE);
    assert!(world.files.asked.is_empty() && world.files.kept.is_empty());
}

#[test]
fn an_url_that_is_out_of_date_is_asked_for_anew_once() {
    let expired = PutFault::Answer(403, EXPIRED);
    let mut world = attached(&[], std::slice::from_ref(&expired));
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.files.asked.len(), 2);

    let mut world = attached(&[], &[expired.clone(), expired]);
    world.run(10 * SECOND);
    assert_eq!(*failure(&world), Failure::Upload);
    assert_eq!(world.files.asked.len(), 2);
}

#[test]
fn what_the_store_refuses_is_not_tried_again() {
    for (status, body) in [
        (403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
        (403, "<Error><Code>AccessDenied</Code></Error>"),
        (400, "<Error><Code>EntityTooLarge</Code></Error>"),
    ] {
        let mut world = attached(&[], &[PutFault::Answer(status, body)]);
        world.run(MINUTE);
        assert_eq!(*failure(&world), Failure::Upload, "{body}");
        assert_eq!(world.files.puts.len(), 1, "{body}");
    }
}

#[test]
fn a_busy_store_is_asked_three_more_times() {
    let busy = PutFault::Answer(503, "<Error><Code>SlowDown</Code></Error>");
    let mut world = attached(&[], &vec![busy.clone(); 3]);
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Sent);
    let mut world = attached(&[], &vec![busy; 4]);
    world.run(MINUTE);
    assert_eq!(*failure(&world), Failure::Upload);
    assert_eq!(world.files.puts.len(), 4);
}

#[test]
fn an_upload_that_breaks_is_tried_once_more() {
    let broken = PutFault::Broken { begun: true };
    let mut world = attached(&[], std::slice::from_ref(&broken));
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    let mut world = attached(&[], &[broken.clone(), broken]);
    world.run(MINUTE);
    assert_eq!(*failure(&world), Failure::UploadBlocked);
}

#[test]
fn a_store_that_forbids_this_page_is_told_to_the_page() {
    let blocked = PutFault::Broken { begun: false };
    let mut world = attached(&[], &[blocked.clone(), blocked]);
    world.run(MINUTE);
    assert_eq!(*failure(&world), Failure::UploadBlocked);
    let told = Event::Error {
        code: ErrorCode::UploadBlocked,
        recoverable: true,
    };
    assert_eq!(world.events.iter().filter(|it| **it == told).count(), 1);
    let key = row(&world).key;
    world.act(Action::Retry(key));
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
}

#[test]
fn where_the_page_has_a_proxy_a_forbidden_upload_goes_there() {
    let mut world = World::with_proxy(false);
    world
        .files
        .put_faults
        .push_back(PutFault::Broken { begun: false });
    world.attach("balcony.png");
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    let puts = &world.files.puts;
    assert_eq!(puts[1].url.0, "https://site.example/upload");
    assert_eq!(puts[1].method, "POST");
    let place = Secret(puts[0].url.0.clone());
    let form = UploadBody::Form(vec![("uploadURL", place)], "image");
    assert_eq!(puts[1].body, form, "both in a form");
    assert_eq!(puts.len(), 2);
    assert_eq!(world.files.asked.len(), 1, "the place is good still");

    let mut world = World::with_proxy(true);
    world.attach("balcony.png");
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.files.puts[0].url.0, "https://site.example/upload");
}

#[test]
fn the_server_s_refusals_of_a_place() {
    for (status, body, expected) in [
        (
            400,
            r#"{"errors":[{"code":"VALIDATION_ERROR","message":"No films, please"}]}"#,
            Failure::FileRefused(Some("No films, please".into())),
        ),
        (
            400,
            r#"[{"code":"VALIDATION_ERROR","message":"No films, please"}]"#,
            Failure::FileRefused(Some("No films, please".into())),
        ),
        (413, "too much", Failure::FileRefused(None)),
        (404, "", Failure::Upload),
        (500, "{}", Failure::Upload),
        (200, r#"{"status":1,"data":null}"#, Failure::Upload),
        (
            401,
            r#"{"error":{"message":"expired"}}"#,
            Failure::SignedOut,
        ),
    ] {
        let fault = PlaceFault::Answer(status, body);
        let mut world = attached(&[fault.clone(), fault.clone()], &[]);
        world.run(MINUTE);
        assert_eq!(*failure(&world), expected, "{status} {body}");
        let times = if matches!(expected, Failure::FileRefused(_)) {
            1
        } else {
            2
        };
        assert_eq!(world.files.asked.len(), times, "{status} {body}");
        // Once is nothing that the visitor hears of.
        if times == 2 {
            let mut world = attached(&[fault], &[]);
            world.run(MINUTE);
            assert_eq!(row(&world).state, RowState::Sent, "{status} {body}");
        }
    }
}

#[test]
fn a_refused_token_is_replaced_once() {
    let mut world = attached(&[PlaceFault::Answer(401, "")], &[]);
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh]);
    assert_eq!(world.tries.len(), 1, "the connection is not touched");
}

#[test]
fn a_token_that_is_about_to_end_is_replaced_before_an_upload() {
    let mut world = World::new();
    world.token = PageToken::Ends(10 * 60_000);
    world.input(concierge_core::Input::Start);
    world.act(Action::OpenPanel);
    world.run(9 * MINUTE + 30 * SECOND);
    world.token = PageToken::Good;
    world.attach("balcony.png");
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.asked, [Ask::Any, Ask::Fresh]);
}

#[test]
fn without_a_token_an_upload_waits_for_the_visitor() {
    let mut world = World::chatting();
    world.token = PageToken::None;
    world
        .files
        .place_faults
        .push_back(PlaceFault::Answer(401, ""));
    world.attach("balcony.png");
    world.run(MINUTE);
    assert_eq!(*failure(&world), Failure::SignedOut);
    world.token = PageToken::Good;
    let key = row(&world).key;
    world.act(Action::Retry(key));
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
}

#[test]
fn a_cancelled_upload_is_stopped_and_gone() {
    let mut world = attached(&[], &[PutFault::Hangs]);
    world.run(SECOND);
    assert_eq!(row(&world).state, RowState::Uploading(40));
    let key = row(&world).key;
    world.act(Action::Discard(key));
    assert!(world.mirror.rows.is_empty());
    assert_eq!(world.files.aborted.len(), 1);
    assert!(world.files.kept.is_empty());
    world.attach("another.png");
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent, "the way is free");
}

#[test]
fn a_file_survives_a_reload_in_mid_upload() {
    let mut world = attached(&[], &[PutFault::Hangs]);
    world.run(SECOND);
    world.reload();
    assert_eq!(file_of(row(&world)).name, "file-7-1.jpg");
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.desk.texts().len(), 1);
}

#[test]
fn a_file_that_was_uploaded_is_not_uploaded_again_for_a_lost_send() {
    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Close(1006));
    world.attach("balcony.png");
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.files.puts.len(), 1);

    let mut world = World::chatting();
    world.desk.fail(SEND, Fault::Status(422));
    world.attach("balcony.png");
    world.run(MINUTE);
    assert!(matches!(failure(&world), Failure::Refused(_)));
    let key = row(&world).key;
    world.act(Action::Retry(key));
    world.run(SECOND);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.files.puts.len(), 1);
}

#[test]
fn a_file_whose_bytes_are_gone_must_be_chosen_again() {
    let mut world = attached(&[], &[PutFault::Hangs]);
    world.run(SECOND);
    world.files.kept.clear();
    world.reload();
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    assert_eq!(*failure(&world), Failure::FileGone);
    let key = row(&world).key;
    world.act(Action::Discard(key));
    assert!(world.mirror.rows.is_empty());
}

#[test]
fn files_wait_while_the_server_or_the_network_is_away() {
    let mut world = World::chatting();
    world.stop_server();
    world.attach("balcony.png");
    world.run(5 * MINUTE);
    assert_eq!(row(&world).state, RowState::Queued);
    world.server_up = true;
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Sent);

    let mut world = attached(&[], &[PutFault::Broken { begun: true }]);
    world.run(400);
    assert!(matches!(row(&world).state, RowState::Uploading(_)));
    world.page(Page::Offline);
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Queued, "not failed");
    world.page(Page::Online);
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Sent);
}

#[test]
fn an_upload_goes_on_while_the_connection_is_replaced() {
    let mut world = attached(&[], &[]);
    world.run(200);
    world.cut();
    world.run(MINUTE);
    assert_eq!(row(&world).state, RowState::Sent);
    assert_eq!(world.files.puts.len(), 1);
}

#[test]
fn the_end_of_a_chat_waits_for_its_files() {
    let mut world = attached(&[], &[]);
    world.run(SECOND / 2);
    world.act(Action::EndConversation);
    world.run(MINUTE);
    assert_eq!(world.desk.texts().len(), 1);
    assert_eq!(world.status(), concierge_core::Status::Ended);
}

#[test]
fn another_visitor_s_files_are_forgotten() {
    let mut world = attached(&[], &[PutFault::Hangs]);
    world.run(SECOND);
    world.desk.visitor = "2002";
    world.reload();
    world.act(Action::OpenPanel);
    world.run(10 * SECOND);
    assert!(world.mirror.rows.is_empty());
    assert!(world.files.kept.is_empty());
    assert!(world.desk.texts().is_empty());
}

#[test]
fn a_url_that_has_grown_old_while_the_device_slept_is_not_used() {
    let mut world = attached(&[], &[PutFault::Answer(503, ""), PutFault::Answer(503, "")]);
    world.run(1_500);
    world.time += 20 * MINUTE;
    world.run(MINUTE);
    assert_eq!(world.files.asked.len(), 2);
    assert_eq!(row(&world).state, RowState::Sent);
}

#[test]
fn a_file_without_its_metadata_is_not_sent_twice_when_its_answer_is_lost() {
    let mut world = World::chatting();
    world.say("Look");
    world.run(SECOND);
    world.desk.drops_metadata = true;
    world.desk.fail(SEND, Fault::CloseAfter);
    world.attach("balcony.png");
    world.run(20 * SECOND);
    assert_eq!(world.desk.texts(), ["Look", &world.files.stored[0]]);
    assert_eq!(world.mirror.rows.len(), 2);
    assert_eq!(world.mirror.rows[1].state, RowState::Sent);
    assert!(world.files.kept.is_empty());
}

#[test]
fn a_page_that_never_gives_its_token_for_a_file_is_not_waited_for_for_ever() {
    let mut world = World::new();
    world.token = PageToken::Ends(70_000);
    world.act(Action::OpenPanel);
    world.run(20 * SECOND);
    world.token = PageToken::Hangs;
    world.attach("balcony.png");
    world.attach("sea.png");
    world.run(3 * MINUTE);
    for row in &world.mirror.rows {
        assert_eq!(row.state, RowState::Failed(Failure::SignedOut));
    }
    world.token = PageToken::Good;
    world.act(Action::Retry(world.mirror.rows[0].key));
    world.run(10 * SECOND);
    assert_eq!(world.mirror.rows[0].state, RowState::Sent);
}
