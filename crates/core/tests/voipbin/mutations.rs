//! Broken answers, events and kept texts: whatever they say, nothing panics.

use concierge_core::backend::{Backend, Call};
use concierge_sim::Dice;
use concierge_sim::mistype::{mistype, mistyped_text};
use serde_json::{Value, json};

use crate::*;

#[test]
fn answers_that_are_cut_off_or_of_wrong_types_do_no_harm() {
    let mut with_medias = said(3, PEER, "see");
    with_medias["medias"] = json!([
        {"type": "file", "file_id": "f-1"},
        {"type": "link", "link_url": "https://f.example.org/a.png"},
        {"type": "address", "address": {"target": "+62"}},
        {"type": "agent", "agent": {"id": PEER, "name": "Gate house"}},
    ]);
    let fixtures = [
        list(&[with_medias.clone(), said(2, ME, "b"), copy(1, PEER, "a")]),
        list(&[chat("room-1", 1, "x"), chatroom("room-2", 2, "")]),
        json!([{"id": "p-1", "owner_id": ME}]),
        json!({"id": "f-1", "uri_download": "https://s.example.org/1", "filename": "a.png", "filesize": 3, "tm_download_expire": "2026-03-05T07:00:00Z"}),
        json!({"success": true, "data": {"url": "https://f.example.org/b.png"}}),
        envelope("X", "no"),
        json!({"type": "chatmessage_created", "data": with_medias}),
        json!({"event_type": "chatroom_deleted", "data": chatroom("room-2", 2, "")}),
        copy(4, PEER, "d"),
        said(5, PEER, "e"),
    ];
    let calls = [
        Call::Look,
        Call::Rooms,
        Call::Unread,
        Call::BeginWith(vec![PEER.into()], String::new()),
        Call::Check(room("room-1")),
        Call::End(room("room-1")),
        Call::Delete(room("room-1"), MessageId("m".into())),
        newest(),
        history(Some(i64::MAX)),
        history(Some(i64::MIN)),
        send("hi"),
    ];
    let mut dice = Dice::new(9);
    let mut adapters = [
        legacy(),
        talk(),
        VoipBin::new(settings(ChatApi::Detect)),
        with_endpoint(ChatApi::Legacy, "https://files.example.org/put"),
    ];
    for _ in 0..20_000 {
        let text = mistyped_text(&fixtures[dice.pick(fixtures.len())], &mut dice);
        let status = [200, 200, 200, 400, 404, 500][dice.pick(6)];
        let call = &calls[dice.pick(calls.len())];
        let adapter = &mut adapters[dice.pick(4)];
        if matches!(adapter.encode(call, &token()), Outgoing::Request(_)) {
            for _ in 0..4 {
                if let Answer::Done(_) = answer(adapter, call, status, &text) {
                    break;
                }
            }
        }
        adapter.decode(&text);
        adapter.upload_verdict(&Response {
            status,
            body: text.clone(),
        });
        if let Some(kept) = adapter.keep() {
            let mut kept: Value = serde_json::from_str(&kept).expect("JSON");
            mistype(&mut kept, &mut dice);
            talk().restore(&kept.to_string());
        }
    }
}
