//! `/switches`: reading and setting the switches of a running server.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::{SwitchBoard, SwitchError, Switches};

type Board = State<Arc<SwitchBoard>>;

/// GET reads, PUT replaces, PATCH merges, DELETE resets; each answers with the
/// switches then in force.
pub(crate) fn router(board: Arc<SwitchBoard>) -> Router {
    Router::new()
        .route(
            "/switches",
            get(read).put(replace).patch(merge).delete(reset),
        )
        .with_state(board)
}

async fn read(State(board): Board) -> Json<Switches> {
    Json(board.read())
}

async fn replace(
    State(board): Board,
    Json(changes): Json<Map<String, Value>>,
) -> Result<Json<Switches>, SwitchError> {
    board.replace(&changes).map(Json)
}

async fn merge(
    State(board): Board,
    Json(changes): Json<Map<String, Value>>,
) -> Result<Json<Switches>, SwitchError> {
    board.merge(&changes).map(Json)
}

async fn reset(State(board): Board) -> Json<Switches> {
    Json(board.reset())
}

impl IntoResponse for SwitchError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"message": self.0}))).into_response()
    }
}
