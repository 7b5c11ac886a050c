//! Broken answers and kept texts: whatever they say, nothing panics.

use concierge_core::backend::onesmile::UploadMode;
use concierge_core::backend::{Backend, Call, Destination};
use concierge_core::{FileContent, FileKind};
use serde_json::{Value, json};

use crate::*;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Puts something else in one place of a value.
fn mistype(value: &mut Value, dice: &mut Dice) {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(9.5e300),
        json!(""),
        json!("ü~~:-T 9"),
        json!([]),
        json!({}),
        json!([[{}]]),
        json!("2026-99-99 99:99:99"),
    ];
    match value {
        Value::Array(items) if !items.is_empty() && dice.below(4) > 0 => {
            let index = dice.below(items.len());
            mistype(&mut items[index], dice);
        }
        Value::Object(pairs) if !pairs.is_empty() && dice.below(8) > 0 => {
            let index = dice.below(pairs.len());
            mistype(pairs.values_mut().nth(index).expect("a value"), dice);
        }
        _ => *value = others[dice.below(others.len())].clone(),
    }
}

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
    let mut dice = Dice(4);
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
        let mut value = fixtures[dice.below(fixtures.len())].clone();
        for _ in 0..=dice.below(3) {
            mistype(&mut value, &mut dice);
        }
        let mut text = value.to_string();
        if dice.below(4) == 0 {
            let mut end = dice.below(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        let status = [200, 200, 200, 400, 500][dice.below(5)];
        let call = &calls[dice.below(calls.len())];
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
