//! Answers that are refusals (contract 7).

use concierge_core::backend::{Call, Refusal, RefusalKind};
use serde_json::json;

use crate::*;

fn refusal(call: &Call, status: u16, body: &str) -> Refusal {
    let mut adapter = adapter();
    ask(&mut adapter, call);
    match answer(&mut adapter, call, status, body) {
        Answer::Done(Err(refusal)) => refusal,
        other => panic!("{status} {body}: {other:?}"),
    }
}

#[test]
fn each_refusal_means_what_the_contract_says() {
    use RefusalKind::{Busy, Missing, Rejected, Token, Unclear};
    for (status, body, kind, text) in [
        (
            200,
            r#"{"success":false,"msg":"closed today"}"#,
            Rejected,
            Some("closed today"),
        ),
        (200, r#"{"success":false,"msg":""}"#, Rejected, None),
        (200, r#"{"success":false}"#, Rejected, None),
        (200, "{}", Rejected, None),
        (
            200,
            r#"{"success":false,"msg":"Invalid Parameters"}"#,
            Token,
            Some("Invalid Parameters"),
        ),
        (
            400,
            r#"{"success":false,"msg":"invalid parameter","data":[]}"#,
            Token,
            Some("invalid parameter"),
        ),
        (
            200,
            r#"{"status":false,"msg":"Token expired"}"#,
            Token,
            Some("Token expired"),
        ),
        (401, "", Token, None),
        (403, "<html>", Token, None),
        (
            400,
            r#"{"status":false,"msg":"Bad Request","errors":[{"type":"field","msg":"text is too long","path":"message","location":"body"}]}"#,
            Rejected,
            Some("text is too long"),
        ),
        (
            400,
            r#"{"success":false,"msg":"not so","data":[]}"#,
            Rejected,
            Some("not so"),
        ),
        (
            400,
            r#"{"status":false,"msg":"Error: nope"}"#,
            Rejected,
            Some("Error: nope"),
        ),
        (404, "", Missing, None),
        (413, "<html>too large</html>", Rejected, None),
        (
            413,
            r#"{"success":false,"msg":"too large"}"#,
            Rejected,
            Some("too large"),
        ),
        (429, "", Busy, None),
        (500, r#"{"success":false,"msg":"oops"}"#, Unclear, None),
        (502, "<html>", Unclear, None),
        (503, "", Unclear, None),
        (504, "", Unclear, None),
        (200, "<html>a gateway</html>", Unclear, None),
        (200, "", Unclear, None),
        (200, "[]", Unclear, None),
    ] {
        for call in [send("hi"), Call::Look, newest()] {
            let refusal = refusal(&call, status, body);
            assert_eq!(
                (refusal.kind, refusal.text.as_deref()),
                (kind, text),
                "{status} {body}"
            );
        }
    }
}

#[test]
fn words_that_are_too_long_are_not_shown() {
    let body = json!({"success": false, "msg": "x".repeat(500)}).to_string();
    assert_eq!(refusal(&send("hi"), 200, &body).text, None);
}

#[test]
fn success_is_told_in_several_ways() {
    for (key, value) in [
        ("success", json!(true)),
        ("success", json!("true")),
        ("success", json!(1)),
        ("status", json!(true)),
        ("status", json!("OK")),
    ] {
        let body = json!({key: value, "msg": null, "response": [listed(700, DESK, 1, 0)]});
        let found = outcome(&mut adapter(), &Call::Look, 200, &body);
        assert_eq!(conversation(found).as_deref(), Some("700"), "{key} {value}");
    }
    let newer = json!({"status": "OK", "code": 200, "data": [], "message": null, "error": null});
    assert!(outcome(&mut adapter(), &newest(), 200, &newer).is_ok());
}

#[test]
fn success_under_a_status_that_is_none_is_none() {
    let body = json!({"success": true, "msg": "OK", "response": []}).to_string();
    assert_eq!(refusal(&Call::Look, 400, &body).kind, RefusalKind::Rejected);
}
