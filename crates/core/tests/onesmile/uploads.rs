//! Files (contract 5.6).

use concierge_core::backend::onesmile::OneSmile;
use concierge_core::backend::{Backend, Destination, Upload, UploadVerdict};
use concierge_core::io::UploadBody;
use concierge_core::{Content, FileContent, FileKind, UploadRequest};
use serde_json::{Value, json};

use crate::*;

fn file(kind: FileKind) -> FileContent {
    FileContent {
        kind,
        url: String::new(),
        name: "roof.png".into(),
        mime: Some("image/png".into()),
        size: Some(9),
        dimensions: None,
    }
}

fn with(upload: UploadMode) -> OneSmile {
    OneSmile::new(Settings {
        upload,
        ..settings()
    })
}

fn upload(adapter: &mut OneSmile, kind: FileKind) -> Upload {
    let to = Destination {
        conversation: &room("700"),
        uid: &Uid("u-1".into()),
        token: &token(),
    };
    adapter.upload(&to, &file(kind))
}

fn verdict(adapter: &mut OneSmile, status: u16, body: &str) -> UploadVerdict {
    let body = body.into();
    adapter.upload_verdict(&Response { status, body })
}

#[test]
fn nothing_is_sent_where_files_are_off() {
    let mut adapter = adapter();
    assert!(!adapter.traits().upload);
    assert_eq!(upload(&mut adapter, FileKind::Image), Upload::Never);
}

fn base64(adapter: &mut OneSmile, kind: FileKind) -> (UploadRequest, Value) {
    let Upload::Send(request) = upload(adapter, kind) else {
        panic!("not sent");
    };
    let UploadBody::Text(before, after) = &request.body else {
        panic!("not a text");
    };
    let body = serde_json::from_str(&[&before.0, "QUJD", &after.0].concat()).unwrap();
    (request, body)
}

#[test]
fn a_file_in_base64_is_the_message() {
    let mut adapter = with(UploadMode::Base64);
    assert!(adapter.traits().upload);
    for (kind, image, document) in [
        (FileKind::Image, "QUJD", ""),
        (FileKind::Other, "", "QUJD"),
        (FileKind::Video, "", "QUJD"),
    ] {
        let (request, body) = base64(&mut adapter, kind);
        assert_eq!(request.method, "POST");
        assert_eq!(
            request.url.0,
            "https://smile.example.org/api-v2/generalmessagesent"
        );
        assert_eq!(request.headers[0].1.0, "application/json");
        assert_eq!(request.headers[1].1.0, "member-token");
        assert_eq!(
            body,
            json!({
                "recipient_id": DESK, "room_id": "700",
                "message": "", "image": image, "document": document
            })
        );
    }
    let mut answer = row(7, ME, 7, "");
    answer["document"] = json!("https://f.example.org/stored.png");
    let answer = json!({"success": true, "response": answer}).to_string();
    let UploadVerdict::Sent(message) = verdict(&mut adapter, 200, &answer) else {
        panic!("not sent");
    };
    let Some(Content::File(sent)) = message.content else {
        panic!("no file");
    };
    assert_eq!(sent.url, "https://f.example.org/stored.png");
    assert_eq!((sent.name.as_str(), sent.size), ("roof.png", Some(9)));
}

#[test]
fn a_file_in_base64_may_be_refused_or_lost() {
    for (status, body, meant) in [
        (413, "", UploadVerdict::Refused(None)),
        (
            400,
            r#"{"success":false,"msg":"too large"}"#,
            UploadVerdict::Refused(Some("too large".into())),
        ),
        (401, "", UploadVerdict::Token),
        (
            200,
            r#"{"success":false,"msg":"Invalid Parameters"}"#,
            UploadVerdict::Token,
        ),
        (429, "", UploadVerdict::Busy),
        (500, "", UploadVerdict::Unclear),
        (200, "<html>", UploadVerdict::Unclear),
        (200, r#"{"success":true}"#, UploadVerdict::Unclear),
    ] {
        let mut adapter = with(UploadMode::Base64);
        base64(&mut adapter, FileKind::Image);
        assert_eq!(
            verdict(&mut adapter, status, body),
            meant,
            "{status} {body}"
        );
    }
}

#[test]
fn a_file_for_a_url_goes_to_the_place_that_the_site_names() {
    let mut adapter = with(UploadMode::Url("https://files.example.org/put".into()));
    let Upload::Put(request) = upload(&mut adapter, FileKind::Image) else {
        panic!("not put");
    };
    assert_eq!(
        (request.method, request.url.0.as_str()),
        ("POST", "https://files.example.org/put")
    );
    assert_eq!(request.body, UploadBody::Form(Vec::new(), "file"));
    // The token is not for others.
    assert_eq!(request.headers, []);
    let stored =
        r#"{"success":true,"msg":"done","data":{"path":"a/b","url":"https://f.example.org/b"}}"#;
    let meant = UploadVerdict::Done(Some("https://f.example.org/b".into()));
    assert_eq!(verdict(&mut adapter, 200, stored), meant);
    let nowhere = r#"{"success":true,"data":{"path":"a/b"}}"#;
    assert_eq!(verdict(&mut adapter, 200, nowhere), UploadVerdict::Unclear);

    let own = "https://smile.example.org/api-v2/upload";
    let Upload::Put(request) = upload(&mut with(UploadMode::Url(own.into())), FileKind::Image)
    else {
        panic!("not put");
    };
    assert_eq!(
        request.headers,
        [("X-Auth-Token", Secret("member-token".into()))]
    );
}
