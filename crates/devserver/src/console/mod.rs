//! The concierge's console: a page for the person who answers, and the API
//! behind it, which tests use as well.

mod api;
mod live;
mod page;
mod rich;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};
use tokio_util::sync::CancellationToken;

use crate::bucket::Bucket;
use crate::chat::Chat;
use crate::model::StaffId;

/// Whoever sits at the console.
pub(crate) const AT_CONSOLE: StaffId = StaffId(501);

/// The largest file that the console takes.
const FILE_LIMIT: usize = 84 * 1024 * 1024;

/// What the console's handlers share.
pub(crate) struct Console {
    pub(crate) chat: Arc<Chat>,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) stop: CancellationToken,
}

/// Everything under `/console`.
pub(crate) fn router(console: Arc<Console>) -> Router {
    let one = "/console/api/sessions/{id}";
    Router::new()
        .route("/console", get(page::html))
        .route("/console/style.css", get(page::style))
        .route("/console/script.js", get(page::script))
        .route("/console/live", get(live::stream))
        .route("/console/api/sessions", get(api::list).post(api::start))
        .route(
            &format!("{one}/messages"),
            get(api::messages).post(api::write),
        )
        .route(&format!("{one}/messages/{{message}}"), delete(api::unsend))
        .route(&format!("{one}/join"), post(api::join))
        .route(&format!("{one}/seen"), post(api::seen))
        .route(&format!("{one}/end"), post(api::end))
        .route(&format!("{one}/typing"), post(api::typing))
        .route(&format!("{one}/rich"), post(rich::write))
        .route(
            &format!("{one}/files"),
            post(api::send_file).layer(DefaultBodyLimit::max(FILE_LIMIT)),
        )
        .with_state(console)
}
