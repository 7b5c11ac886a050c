//! `GET /console/live`: everything that happens, as server-sent events. Each
//! holds `{"session": …}` and, where one changed, `"message": …`, or `"typing": …`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Sent, KeepAlive};
use futures_util::Stream;
use serde_json::{Value, json};

use super::Console;
use super::views::{MessageView, SessionView, side};
use crate::chat::{Event, News, Typing};
use crate::model::{Conversation, Message};
use crate::store::StoreError;

pub(super) async fn stream(
    State(desk): State<Arc<Console>>,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    let news = desk.chat.listen();
    let stream = futures_util::stream::unfold((desk, news), |(desk, mut news)| async move {
        loop {
            let next = tokio::select! {
                next = news.recv() => next?,
                () = desk.stop.cancelled() => return None,
            };
            // What cannot be read now is fetched when the page is reloaded.
            if let Ok(Some(told)) = tell(&desk, next) {
                return Some((Ok(Sent::default().data(told.to_string())), (desk, news)));
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

fn tell(desk: &Console, news: News) -> Result<Option<Value>, StoreError> {
    match news.event {
        Event::Arrived => Ok(None),
        Event::Opened(session) | Event::Changed(session) => {
            Ok(Some(json!({"session": view(desk, &session)?})))
        }
        Event::Posted(message)
        | Event::Seen(message)
        | Event::Unsent(message)
        | Event::Revised(message) => about_message(desk, &message),
        Event::Typing(session, by, typing) => Ok(Some(json!({
            "session": view(desk, &session)?,
            "typing": {"author": side(by.is_staff()), "on": typing == Typing::On},
        }))),
    }
}

fn about_message(desk: &Console, message: &Message) -> Result<Option<Value>, StoreError> {
    let Some(session) = desk.chat.conversation(&message.conversation)? else {
        return Ok(None);
    };
    Ok(Some(
        json!({"session": view(desk, &session)?, "message": MessageView::of(&desk.chat, message)?}),
    ))
}

fn view(desk: &Console, session: &Conversation) -> Result<SessionView, StoreError> {
    SessionView::of(&desk.chat, session)
}
