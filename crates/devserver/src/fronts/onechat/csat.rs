//! Surveys by link (contract 3.4).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::failure::Failure;
use super::params::{Params, Reading};
use super::thread::Setting;
use super::{ACCOUNT_ID, INBOX_NAME, OneChat};
use crate::model::{ConversationKey, Message, StaffId, Timestamp};

/// For how long a survey may be answered, in milliseconds.
const LIFE_MS: i64 = 14 * 24 * 3_600_000;

/// `GET /public/api/v1/csat_survey/{uuid}`
pub(super) async fn show(
    State(front): State<Arc<OneChat>>,
    Path(uuid): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (setting, survey) = front.survey(&uuid)?;
    front.show_survey(&setting, &survey).map(Json)
}

/// `PUT /public/api/v1/csat_survey/{uuid}`
pub(super) async fn update(
    State(front): State<Arc<OneChat>>,
    Path(uuid): Path<String>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let (setting, survey) = front.survey(&uuid)?;
    check_age(&front, &survey)?;
    let params = Params::read(request, Reading::Usual).await?;
    let response = params
        .get("message")
        .and_then(|message| message.pointer("/submitted_values/csat_survey_response"));
    let values = response.map(|response| json!({"csat_survey_response": response}));
    let survey = front.submit(&survey, values)?;
    front.show_survey(&setting, &survey).map(Json)
}

/// Refuses answers to a survey that is too old.
pub(super) fn check_age(front: &OneChat, message: &Message) -> Result<(), Failure> {
    let is_survey = front.extras(message)?.content_type == "input_csat";
    if is_survey && Timestamp::now().0 - message.sent_at.0 > LIFE_MS {
        Err(Failure::SurveyClosed)
    } else {
        Ok(())
    }
}

impl OneChat {
    /// The newest survey of a conversation.
    fn survey(&self, uuid: &str) -> Result<(Setting, Message), Failure> {
        let key = ConversationKey(uuid.to_owned());
        let setting = self.setting(&key)?.ok_or(Failure::NotFound)?;
        for message in self.chat.messages_in(&key)?.into_iter().rev() {
            if !message.unsent && self.extras(&message)?.content_type == "input_csat" {
                return Ok((setting, message));
            }
        }
        Err(Failure::NotFound)
    }

    fn show_survey(&self, setting: &Setting, survey: &Message) -> Result<Value, Failure> {
        let dialect = Dialect::of(self);
        let attributes = self.extras(survey)?.content_attributes;
        let answer = attributes.pointer("/submitted_values/csat_survey_response");
        let response = answer.map(|answer| {
            json!({
                "id": survey.id.0,
                "account_id": ACCOUNT_ID,
                // The row's number, not that which contacts know.
                "conversation_id": setting.conversation.row,
                "message_id": survey.id.0,
                "rating": answer["rating"],
                "feedback_message": answer["feedback_message"],
                "contact_id": setting.contact.id.0,
                "assigned_agent_id": setting.conversation.staff().map(|StaffId(id)| id),
                "created_at": dialect.iso(Timestamp::now()),
                "updated_at": dialect.iso(Timestamp::now()),
                "csat_review_notes": null,
                "review_notes_updated_at": null,
                "review_notes_updated_by_id": null,
            })
        });
        Ok(json!({
            "id": survey.id.0,
            "csat_survey_response": response,
            "display_type": attributes["display_type"],
            "content": survey.content,
            "inbox_avatar_url": "",
            "inbox_name": INBOX_NAME,
            "locale": "en",
            "conversation_id": setting.conversation.row,
            "created_at": dialect.iso(survey.sent_at),
        }))
    }
}
