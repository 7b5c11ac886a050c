//! Questions of the other side, and what is answered (contract 3.4).

use concierge_core::Content;
use concierge_core::backend::onechat::OneChat;
use concierge_core::backend::{Call, Outcome, RefusalKind, Reply};
use concierge_core::model::{Rich, RichKind};
use serde_json::{Value, json};

use crate::fixtures::*;

fn answer(values: &[(&str, &str)]) -> Call {
    Call::Answer(room(), id(300), json!(values).to_string())
}

fn rich_of(content: Option<Content>) -> Rich {
    match content {
        Some(Content::Rich(rich)) => *rich,
        other => panic!("{other:?}"),
    }
}

fn changed(outcome: Outcome) -> Rich {
    match outcome {
        Ok(Reply::Changed(message)) => rich_of(message.content),
        other => panic!("{other:?}"),
    }
}

/// What a message was answered with.
fn answer_of(rich: &Rich) -> Value {
    assert!(rich.answered);
    parts(rich)["answer"].clone()
}

fn url() -> String {
    format!("PATCH {}/conversations/52/messages/300", contact())
}

#[test]
fn a_choice_is_answered_by_title_and_value() {
    let mut chat = chatting();
    let items = json!({"items": [{"title": "Red", "value": "r"}, {"title": "Blue", "value": "b"}]});
    chat.read_one(&rich("input_select", &items));
    let call = answer(&[("Blue", "b")]);
    assert_eq!(
        chat.ask(&call),
        (
            url(),
            json!({"submitted_values": [{"title": "Blue", "value": "b"}]})
        )
    );
    let mut after = items;
    after["submitted_values"] = json!([{"title": "Blue", "value": "b"}]);
    let rich = changed(chat.end(&call, 200, &rich("input_select", &after)));
    assert_eq!(rich.kind, RichKind::Choices);
    assert_eq!(answer_of(&rich), json!([["Blue", "b"]]));
}

#[test]
fn a_form_is_answered_by_name_and_value() {
    let mut chat = chatting();
    let items = json!({"items": [{"name": "rating", "type": "text", "label": "Mark"},
        {"name": "city", "type": "text", "label": "City"}]});
    chat.read_one(&rich("form", &items));
    let call = answer(&[("city", "Bonn"), ("shoe", "43")]);
    let values = json!([{"name": "city", "value": "Bonn"}, {"name": "shoe", "value": "43"}]);
    assert_eq!(
        chat.ask(&call),
        (url(), json!({"submitted_values": values}))
    );
    let mut after = items;
    after["submitted_values"] = values;
    let rich = changed(chat.end(&call, 200, &rich("form", &after)));
    assert_eq!(answer_of(&rich), json!([["city", "Bonn"], ["shoe", "43"]]));
}

#[test]
fn a_rating_is_answered_with_stars_and_words() {
    let mut chat = chatting();
    chat.read_one(&rich("input_csat", &json!({"display_type": "star"})));
    let call = answer(&[("rating", "4"), ("comment", "Fine")]);
    let response = json!({"csat_survey_response": {"rating": 4, "feedback_message": "Fine"}});
    assert_eq!(
        chat.ask(&call),
        (url(), json!({"submitted_values": response}))
    );
    let after = json!({"display_type": "star", "submitted_values": response});
    let rich = changed(chat.end(&call, 200, &rich("input_csat", &after)));
    assert_eq!(rich.kind, RichKind::Rating);
    assert_eq!(parts(&rich)["label"], "star");
    assert_eq!(
        answer_of(&rich),
        json!([["rating", "4"], ["comment", "Fine"]])
    );
    // Without words there are none.
    let (_, body) = chat.ask(&answer(&[("rating", "1"), ("comment", "")]));
    assert_eq!(
        body,
        json!({"submitted_values": {"csat_survey_response": {"rating": 1}}})
    );
}

#[test]
fn a_choice_of_this_name_is_not_taken_for_a_rating() {
    let mut chat = chatting();
    chat.read_one(&rich(
        "input_select",
        &json!({"items": [{"title": "rating", "value": "5"}]}),
    ));
    let (_, body) = chat.ask(&answer(&[("rating", "5")]));
    assert_eq!(
        body,
        json!({"submitted_values": [{"title": "rating", "value": "5"}]})
    );
}

#[test]
fn a_question_that_only_another_tab_has_read_is_answered_by_what_the_answer_is() {
    let mut chat = chatting();
    let (_, body) = chat.ask(&answer(&[("rating", "3")]));
    assert_eq!(
        body,
        json!({"submitted_values": {"csat_survey_response": {"rating": 3}}})
    );
    let (_, body) = chat.ask(&answer(&[("city", "Bonn")]));
    assert_eq!(
        body,
        json!({"submitted_values": [{"name": "city", "value": "Bonn"}]})
    );
}

#[test]
fn the_visitors_address_goes_to_the_contact() {
    let mut given = proven();
    given.contact.name = Some("Ada".into());
    let mut chat = Chat(OneChat::new(given));
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &contact_row());
    let message = chat.read_one(&rich("input_email", &json!({})));
    let form = rich_of(message.content);
    assert_eq!(form.kind, RichKind::Form);
    assert!(!form.answered);
    assert_eq!(
        parts(&form),
        json!({"items": [{"value": "submitted_email", "kind": "email", "required": true}]})
    );
    let call = answer(&[("submitted_email", "ada@example.org")]);
    assert_eq!(
        chat.ask(&call),
        (
            format!("PATCH {}", contact()),
            json!({"email": "ada@example.org", "identifier": "member/7 ü",
                "identifier_hash": "beef01"})
        )
    );
    // The answer has neither source id nor token, which stay.
    let raw = json!({"id": 10, "email": "ada@example.org", "created_at": "2026-01-02T03:04:05Z"});
    assert_eq!(chat.end(&call, 200, &raw), Ok(Reply::Done));
    let message = chat.read_one(&rich("input_email", &json!({})));
    assert_eq!(
        answer_of(&rich_of(message.content)),
        json!([["submitted_email", "ada@example.org"]])
    );
    let (line, _) = chat.ask(&Call::Check(room()));
    assert!(line.contains(NEW));
}

#[test]
fn an_address_that_the_message_has_itself_is_the_answer() {
    let mut chat = chatting();
    let row = rich(
        "input_email",
        &json!({"submitted_email": "bob@example.org"}),
    );
    assert_eq!(
        answer_of(&rich_of(chat.read_one(&row).content)),
        json!([["submitted_email", "bob@example.org"]])
    );
}

#[test]
fn an_answer_that_is_not_saved_can_be_given_again() {
    let mut chat = chatting();
    let call = answer(&[("city", "Bonn")]);
    assert_eq!(
        chat.run(&call, 500, &json!({})),
        refused(RefusalKind::Unclear)
    );
    let late = json!({"error": "You cannot update the survey any more"});
    let refusal = chat.run(&call, 422, &late).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Rejected);
    assert_eq!(
        refusal.text.as_deref(),
        Some("You cannot update the survey any more")
    );
    let bad = json!({"message": "Email Invalid email", "attributes": ["email"]});
    let call = answer(&[("submitted_email", "nonsense")]);
    assert_eq!(
        chat.run(&call, 422, &bad).unwrap_err().text.as_deref(),
        Some("Email Invalid email")
    );
    // An answer that shows nothing is looked up.
    assert_eq!(
        chat.run(&answer(&[("a", "b")]), 200, &Value::Null),
        Ok(Reply::Done)
    );
}
