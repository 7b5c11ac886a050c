//! The inbox itself (contract 3.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::failure::Failure;
use super::{INBOX, INBOX_NAME, OneChat};
use crate::switches::onechat::Hmac;

/// `GET {I}`
pub(super) async fn show(
    State(front): State<Arc<OneChat>>,
    Path(inbox): Path<String>,
) -> Result<Json<Value>, Failure> {
    check(&inbox)?;
    let hours: Vec<Value> = (0..7).map(hours_of).collect();
    Ok(Json(json!({
        "identifier": INBOX,
        "identity_validation_enabled": front.switches().hmac == Hmac::Mandatory,
        "name": INBOX_NAME,
        "timezone": "Asia/Bangkok",
        "working_hours": hours,
        "working_hours_enabled": true,
        "csat_survey_enabled": true,
        "greeting_enabled": false,
    })))
}

/// Refuses all inboxes but the only one.
pub(super) fn check(inbox: &str) -> Result<(), Failure> {
    if inbox == INBOX {
        Ok(())
    } else {
        Err(Failure::NotFound)
    }
}

/// The desk rests on Sundays and goes home early on Saturdays.
fn hours_of(day: u8) -> Value {
    let closes = match day {
        0 => None,
        6 => Some(13),
        _ => Some(18),
    };
    json!({
        "day_of_week": day,
        "closed_all_day": closes.is_none(),
        "open_hour": closes.map(|_| 8),
        "open_minutes": closes.map(|_| 30),
        "close_hour": closes,
        "close_minutes": closes.map(|_| 0),
        "open_all_day": false,
    })
}
