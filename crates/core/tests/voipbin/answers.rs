//! Answers that are refusals (contract 7; 6, 18, 21).

use concierge_core::MessageId;
use concierge_core::backend::{Call, Refusal, RefusalKind};

use crate::*;

fn refusal(adapter: &mut VoipBin, call: &Call, status: u16, body: &str) -> Refusal {
    ask(adapter, call);
    match answer(adapter, call, status, body) {
        Answer::Done(Err(refusal)) => refusal,
        other => panic!("{status} {body}: {other:?}"),
    }
}

#[test]
fn a_refusal_without_a_word_means_what_its_call_was() {
    for mut adapter in both() {
        for (call, kind) in [
            (send("hi"), RefusalKind::Unclear),
            (newest(), RefusalKind::Missing),
            (Call::Check(room("r")), RefusalKind::Missing),
            (Call::Look, RefusalKind::Rejected),
            (Call::End(room("r")), RefusalKind::Rejected),
            (
                Call::BeginWith(vec![PEER.into()], String::new()),
                RefusalKind::Rejected,
            ),
        ] {
            assert_eq!(refusal(&mut adapter, &call, 400, "").kind, kind, "{call:?}");
        }
    }
    let delete = Call::Delete(room("r"), MessageId("m".into()));
    assert_eq!(
        refusal(&mut talk(), &delete, 400, "").kind,
        RefusalKind::Rejected
    );
}

#[test]
fn each_refusal_means_what_the_contract_says() {
    use RefusalKind::{Busy, Missing, Rejected, Token, Unclear};
    for (status, reason, kind) in [
        (400, "INVALID_ARGUMENT", Rejected),
        (401, "INVALID_CREDENTIALS", Token),
        (402, "PAYMENT_REQUIRED", Rejected),
        (403, "ACCOUNT_FROZEN", Rejected),
        (404, "CHAT_NOT_FOUND", Missing),
        (409, "ALREADY_EXISTS", Rejected),
        (415, "UNSUPPORTED", Rejected),
        (422, "UNPROCESSABLE", Rejected),
        (429, "RATE_LIMIT_EXCEEDED", Busy),
        (500, "INTERNAL", Unclear),
        (503, "UNAVAILABLE", Unclear),
    ] {
        for call in [send("hi"), newest(), Call::Check(room("r"))] {
            let body = envelope(reason, "in short").to_string();
            let told = refusal(&mut talk(), &call, status, &body);
            assert_eq!(
                (told.kind, told.text.as_deref()),
                (kind, Some("in short")),
                "{status}"
            );
            if status != 400 {
                let told = refusal(&mut legacy(), &call, status, "");
                assert_eq!((told.kind, told.text), (kind, None), "{status}");
            }
        }
    }
}

#[test]
fn what_is_not_json_is_not_the_system_s() {
    for (status, kind) in [
        (200, RefusalKind::Unclear),
        (307, RefusalKind::Unclear),
        (502, RefusalKind::Unclear),
    ] {
        let told = refusal(&mut talk(), &send("hi"), status, "<html>");
        assert_eq!(told.kind, kind);
    }
    let delete = Call::Delete(room("r"), MessageId("m".into()));
    let mut adapter = talk();
    ask(&mut adapter, &delete);
    let done = answer(&mut adapter, &delete, 204, "");
    assert_eq!(done, Answer::Done(Ok(Reply::Done)));
}

#[test]
fn words_that_are_too_long_are_not_shown() {
    let body = envelope("X", &"x".repeat(500)).to_string();
    assert_eq!(refusal(&mut talk(), &send("hi"), 403, &body).text, None);
}
