//! `/demo/token`: stands in for a site's own server, which would sign its
//! visitor in and fetch an access token for the chat.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{Timestamp, VisitorId};
use crate::token;

#[derive(Deserialize)]
struct Asked {
    #[serde(default = "first_tenant")]
    tenant: i64,
    /// Seconds; a negative number gives a token that has expired.
    #[serde(default = "an_hour")]
    ttl: i64,
}

fn first_tenant() -> i64 {
    1001
}

fn an_hour() -> i64 {
    3600
}

/// `GET /demo/token?tenant=1001&ttl=3600`
pub(crate) fn router() -> Router {
    Router::new().route("/demo/token", get(issue))
}

async fn issue(Query(asked): Query<Asked>) -> Json<Value> {
    let (access_token, expires) =
        token::issue(VisitorId(asked.tenant), asked.ttl, Timestamp::now());
    Json(json!({
        "accessToken": access_token,
        "tokenValidFor": asked.ttl.to_string(),
        "tokenExpiryTime": expires.0,
    }))
}
