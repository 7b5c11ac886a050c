//! One message of the log. Its nodes stay from the first echo to the last
//! receipt; only what a change says is changed in them.

use concierge_core::{Action, Author, Content, Failure, FileKind, Key, Row, RowState, Status};
use leptos::html;
use leptos::prelude::*;

use super::content;
use super::dates;
use super::desk::Desk;
use super::dom;
use super::icons::{self, icon};
use super::state::Line;
use super::texts::{Texts, fill};

/// The row of one message, with the separators that stand above it.
pub(super) fn message(desk: Desk, line: Line) -> AnyView {
    let Line {
        key,
        fresh,
        row,
        place,
    } = line;
    let first = row.get_untracked();
    let (day_place, day_row) = (place.clone(), row.clone());
    let day = move || {
        // A new day has begun when the panel is opened again.
        desk.signals.open.track();
        let new_day = day_place.with(|place| place.new_day);
        new_day.then(|| {
            html::div()
                .class("separator")
                .attr("part", "separator")
                .attr("role", "separator")
                .child(desk.day(day_row.with(|row| row.at)))
        })
    };
    let unread_place = place.clone();
    let unread = move || {
        unread_place.with(|place| place.unread_from).then(|| {
            html::div()
                .class("separator unread")
                .attr("part", "separator")
                .attr("role", "separator")
                .child(desk.texts.new_messages)
        })
    };
    let (first_place, last_place) = (place.clone(), place.clone());
    html::div()
        .class("line")
        .attr("data-author", author_name(&first.author))
        .attr("data-new", fresh.then_some(""))
        .attr("data-first", move || {
            first_place.with(|place| place.first).then_some("")
        })
        .attr("data-last", move || {
            last_place.with(|place| place.last).then_some("")
        })
        .child(day)
        .child(unread)
        .child(article(desk, key, &first, row, place))
        .into_any()
}

fn article(
    desk: Desk,
    key: Key,
    first: &Row,
    row: ArcRwSignal<Row>,
    place: ArcRwSignal<super::place::Place>,
) -> AnyView {
    let number = key.0.to_string();
    let [who, what, when] = ["a", "b", "c"].map(|part| ["m", part, &number].concat());
    let by = match first.author {
        Author::Me => desk.texts.you,
        Author::Them => desk.texts.them,
        Author::System => "",
    };
    let labelled = [who.as_str(), &what, &when].join(" ");
    let (id_row, state_row, kind_row) = (row.clone(), row.clone(), row.clone());
    html::article()
        .class("message")
        .attr("part", "message")
        .attr("tabindex", "-1")
        .attr("aria-labelledby", labelled)
        .attr("data-key", number)
        .attr("data-id", move || {
            id_row.with(|row| row.id.as_ref().map(|id| id.0.clone()))
        })
        .attr("data-author", author_name(&first.author))
        .attr("data-kind", move || {
            kind_row.with(|row| kind_name(&row.content))
        })
        .attr("data-state", move || {
            state_row.with(|row| state_name(&row.state))
        })
        .child(html::span().class("aside").attr("id", who).child(by))
        .child(
            html::div()
                .class("body")
                .child(
                    html::div()
                        .class("what")
                        .attr("id", what)
                        .child(body(desk, row.clone())),
                )
                .child(meta(desk, when, first, row.clone(), place)),
        )
        .child(fate(desk, key, row))
        .into_any()
}

/// What the message says. Drawn again only when that changes.
fn body(desk: Desk, row: ArcRwSignal<Row>) -> AnyView {
    let content = Memo::new(move |_| {
        row.with(|row| (row.state != RowState::Unsent).then(|| row.content.clone()))
    });
    let view = move || {
        content.with(|content| match content {
            None => html::div()
                .class("bubble unsent")
                .child(desk.texts.unsent)
                .into_any(),
            Some(Content::Text(text)) => content::text(text),
            Some(Content::File(file)) => content::file(desk, file),
        })
    };
    view.into_any()
}

/// The time, and the state of an own message as a sign and as a word.
fn meta(
    desk: Desk,
    id: String,
    first: &Row,
    row: ArcRwSignal<Row>,
    place: ArcRwSignal<super::place::Place>,
) -> AnyView {
    let own = first.author == Author::Me;
    let (iso_row, time_row) = (row.clone(), row.clone());
    let state = own.then(|| {
        let kind = ArcMemo::new(move |_| row.with(|row| sign(&row.state)));
        let word = kind.clone();
        let tick = move || {
            place
                .with(|place| place.tick)
                .then(|| kind.get())
                .flatten()
                .map(|sign| icon(sign.icon()))
        };
        (
            html::span().class("tick").child(tick),
            html::span()
                .class("aside")
                .child(move || word.get().map(|sign| sign.word(desk.texts))),
        )
    });
    html::div()
        .class("meta")
        .attr("id", id)
        .child(
            html::time()
                .attr("datetime", move || iso_row.with(|row| dates::iso(row.at)))
                .child(move || time_row.with(|row| desk.time(row.at))),
        )
        .child(state)
        .into_any()
}

/// What has become of an own message that did not go out, and what can be
/// done about it.
fn fate(desk: Desk, key: Key, row: ArcRwSignal<Row>) -> AnyView {
    let fate = Memo::new(move |_| {
        row.with(|row| match &row.state {
            RowState::Failed(failure) => Some(Some(why(failure, desk.texts))),
            RowState::Queued if row.author == Author::Me && stranded(desk) => Some(None),
            RowState::Queued
            | RowState::Uploading(_)
            | RowState::Sending
            | RowState::Sent
            | RowState::Seen
            | RowState::Unsent
            | RowState::Received => None,
        })
    });
    let discard = move || {
        let run = move || desk.dispatch(Action::Discard(key));
        dom::button("text-button", desk.texts.discard, Box::new(run))
    };
    let view = move || {
        fate.get().map(|failure| {
            let fate = html::div().class("fate");
            match failure {
                None => fate
                    .child(html::span().child(desk.texts.queued))
                    .child(discard())
                    .into_any(),
                Some(sentence) => {
                    let retry = move || desk.dispatch(Action::Retry(key));
                    fate.attr("data-failed", "")
                        .child(html::span().child(sentence))
                        .child(dom::button(
                            "text-button",
                            desk.texts.retry,
                            Box::new(retry),
                        ))
                        .child(discard())
                        .into_any()
                }
            }
        })
    };
    view.into_any()
}

/// Whether what is queued will have to wait.
fn stranded(desk: Desk) -> bool {
    let status = desk.signals.connection.get().status;
    matches!(status, Status::Waiting | Status::Offline)
}

fn why(failure: &Failure, texts: &Texts) -> String {
    match failure {
        Failure::Refused(Some(reason)) if !reason.is_empty() => {
            fill(texts.not_sent_because, reason)
        }
        Failure::TooLong => texts.not_sent_too_long.to_owned(),
        Failure::Refused(_) | Failure::Unconfirmed => texts.not_sent.to_owned(),
    }
}

/// The signs of an own message's state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Queued,
    Uploading,
    Sending,
    Sent,
    Seen,
    Failed,
}

fn sign(state: &RowState) -> Option<Sign> {
    Some(match state {
        RowState::Queued => Sign::Queued,
        RowState::Uploading(_) => Sign::Uploading,
        RowState::Sending => Sign::Sending,
        RowState::Sent => Sign::Sent,
        RowState::Seen => Sign::Seen,
        RowState::Failed(_) => Sign::Failed,
        RowState::Unsent | RowState::Received => return None,
    })
}

impl Sign {
    fn icon(self) -> &'static str {
        match self {
            Self::Queued | Self::Uploading | Self::Sending => icons::CLOCK,
            Self::Sent => icons::TICK,
            Self::Seen => icons::TICKS,
            Self::Failed => icons::ALERT,
        }
    }

    fn word(self, texts: &Texts) -> &'static str {
        match self {
            Self::Queued => texts.queued,
            Self::Uploading => texts.uploading,
            Self::Sending => texts.sending,
            Self::Sent => texts.sent,
            Self::Seen => texts.seen,
            Self::Failed => texts.not_sent,
        }
    }
}

/// The message as plain text, for announcements and transcripts.
pub(super) fn plain(row: &Row, texts: &Texts) -> String {
    match &row.content {
        _ if row.state == RowState::Unsent => texts.unsent.to_owned(),
        Content::Text(text) => text.clone(),
        Content::File(file) => file.name.clone(),
    }
}

fn author_name(author: &Author) -> &'static str {
    match author {
        Author::Me => "me",
        Author::Them => "them",
        Author::System => "system",
    }
}

fn kind_name(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "text",
        Content::File(file) => match file.kind {
            FileKind::Image => "image",
            FileKind::Video => "video",
            FileKind::Audio => "audio",
            FileKind::Other => "file",
        },
    }
}

fn state_name(state: &RowState) -> &'static str {
    match state {
        RowState::Queued => "queued",
        RowState::Uploading(_) => "uploading",
        RowState::Sending => "sending",
        RowState::Sent => "sent",
        RowState::Seen => "seen",
        RowState::Failed(_) => "failed",
        RowState::Unsent => "unsent",
        RowState::Received => "received",
    }
}
