//! Broken answers and kept texts: whatever they say, nothing panics.

use concierge_core::backend::onesmile::UploadMode;
use concierge_core::backend::{Backend, Call, Destination};
use concierge_core::{FileContent, FileKind};
use concierge_sim::Dice;
use concierge_sim::mistype::{mistype, mistyped_text};
use serde_json::{Value, json};

use crate::*;

#[test]
fn answers_that_are_cut_off_or_of_wrong_types_do_no_harm() {
    let fixtures = [
        page(&[
            row(1, "3", 1, "a"),
            row(2, ME, 2, "b"),
            row(3, "3", 3, "c"),
            row(4, "3", 4, "d"),
        ]),
        list(&[listed(700, DESK, 1, 2), listed(701, "5", 2, 0)]),
        json!({"success": true, "response": row(7, ME, 7, "hi")}),
        json!({"status": false, "msg": "Bad", "errors": [{"msg": "no", "path": "x"}]}),
        json!({"success": true, "data": {"url": "https://f.example.org/b"}}),
    ];
    let calls = [
        Call::Look,
        Call::Rooms,
        Call::Unread,
        Call::Begin,
        Call::BeginWith(vec!["5".into()], "x".into()),
        Call::Check(room("700")),
        newest(),
        history(2, Some(3)),
        send("hi"),
    ];
    let mut dice = Dice::new(4);
    let mut adapter = OneSmile::new(Settings {
        upload: UploadMode::Base64,
        ..settings()
    });
    let file = FileContent {
        kind: FileKind::Image,
        url: String::new(),
        name: "a".into(),
        mime: None,
        size: None,
        dimensions: None,
    };
    for _ in 0..20_000 {
        let text = mistyped_text(&fixtures[dice.pick(fixtures.len())], &mut dice);
        let status = [200, 200, 200, 400, 500][dice.pick(5)];
        let call = &calls[dice.pick(calls.len())];
        if matches!(adapter.encode(call, &token()), Outgoing::Request(_)) {
            for _ in 0..3 {
                if let Answer::Done(_) = answer(&mut adapter, call, status, &text) {
                    break;
                }
            }
        }
        let conversation = room("700");
        let to = Destination {
            conversation: &conversation,
            uid: &Uid("u".into()),
            token: &token(),
        };
        adapter.upload(&to, &file);
        adapter.upload_verdict(&Response {
            status,
            body: text.clone(),
        });
        adapter.decode(&text);
        if let Some(kept) = adapter.keep() {
            let mut kept: Value = serde_json::from_str(&kept).expect("JSON");
            mistype(&mut kept, &mut dice);
            OneSmile::new(settings()).restore(&kept.to_string());
        }
    }
}
