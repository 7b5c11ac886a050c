//! One message of the log. Its nodes stay from the first echo to the last
//! receipt; only what a change says is changed in them.

use std::rc::Rc;

use concierge_core::{Action, Author, Content, Failure, Key, MessageId, Row, RowState, Status};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::actions::actions;
use super::content;
use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::files::picker;
use super::icons::{self, icon};
use super::live::Told;
use super::log::Watch;
use super::place::Place;
use super::rich;
use super::state::Line;
use super::texts::{Texts, fill};
use super::upload::upload;
use crate::system;

/// The row of one message, with the separators that stand above it.
pub(super) fn message(desk: Desk, line: Line, watch: &Watch) -> El {
    let Line {
        key,
        fresh,
        row,
        place,
    } = line;
    let author = row.with_untracked(|row| row.author.name());
    let shell = el("div", "line").with("data-author", author);
    shell.flag("data-new", fresh);
    let (day_place, day_row, unread_place) = (place.clone(), row.clone(), place.clone());
    let day = move || {
        // A new day may have begun when the panel is opened again.
        desk.signals.open.track();
        let new_day = day_place.with(|place| place.new_day);
        new_day.then(|| desk.day(day_row.with(|row| row.at)))
    };
    let shell = shell
        .show(day, |day| separator("separator", day))
        .when(
            move || unread_place.with(|place| place.unread_from),
            move || separator("separator unread", desk.texts.new_messages),
        )
        .child(article(desk, key, row, place.clone(), watch));
    let line = shell.clone();
    react(move || {
        let place = place.get();
        line.flag("data-first", place.first);
        line.flag("data-last", place.last);
    });
    shell
}

fn separator(class: &str, text: &str) -> El {
    el("div", class)
        .with("part", "separator")
        .with("role", "separator")
        .text(text)
}

fn article(desk: Desk, key: Key, row: Rc<Told<Row>>, place: Rc<Told<Place>>, watch: &Watch) -> El {
    let author = row.with_untracked(|row| row.author.clone());
    let by = match author {
        Author::Me => desk.texts.you,
        Author::Them => desk.texts.them,
        Author::System => "",
    };
    let what = said(desk, key, el("div", ""), row.clone());
    let spot = el("div", "spot").child(what.clone());
    let tick_row = row.clone();
    let tick = (author == Author::Me).then(|| {
        el("span", "tick").show(
            move || {
                let tick = place.with(|place| place.tick);
                tick.then(|| tick_row.with(|row| sign(&row.state, desk.texts)))
                    .flatten()
            },
            |(path, _)| icon(path),
        )
    });
    let article = El::of(drawn(
        key.0,
        author.name(),
        by,
        what.node(),
        spot.node(),
        tick.as_ref().map(El::node),
    ));
    if author == Author::Them {
        watch.add(article.node());
    }
    let spot = upload(desk, key, spot, row.clone());
    actions(desk, key, spot, &article, row.clone());
    let article = fate(desk, key, article, row.clone());
    let shown = article.clone();
    react(move || {
        row.with(|row| {
            describe(
                shown.node(),
                row.id.as_ref().map(MessageId::name),
                row.content.kind_name(),
                state_name(&row.state),
                row.at.0 as f64,
                &desk.formats(),
                sign(&row.state, desk.texts).map_or("", |(_, word)| word),
            );
        });
    });
    article
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// An article with what a message says and, for an own one, its tick.
    #[wasm_bindgen(js_name = message)]
    fn drawn(
        key: u32,
        author: &str,
        by: &str,
        what: &HtmlElement,
        spot: &HtmlElement,
        tick: Option<&HtmlElement>,
    ) -> Element;
    /// Says in it what may change.
    fn describe(
        article: &HtmlElement,
        id: Option<&str>,
        kind: &str,
        state: &str,
        at: f64,
        formats: &JsValue,
        word: &str,
    );
}

/// What the message says. Drawn again only when that changes.
fn said(desk: Desk, key: Key, place: El, row: Rc<Told<Row>>) -> El {
    let dated = row.clone();
    place.show(
        move || row.with(|row| Some((!is_taken_back(&row.state)).then(|| row.content.clone()))),
        move |content| match content {
            None => el("div", "bubble unsent").text(desk.texts.unsent),
            Some(Content::Text(text)) => content::text(text),
            Some(Content::File(file)) => content::file(desk, file),
            Some(Content::Rich(rich)) => {
                rich::rich(desk, key, rich, dated.with_untracked(|row| row.at))
            }
        },
    )
}

/// A button beside a message. It goes with what it does, and leaves the focus
/// with the message.
fn way(desk: Desk, article: &El, text: &str, key: Key, action: fn(Key) -> Action) -> El {
    let article = article.node().clone();
    let run = move || {
        dom::focus(&article);
        desk.dispatch(action(key));
    };
    dom::button("text-button", run).text(text)
}

/// What can be done about a message that did not go out, besides throwing it
/// away, or that was taken back.
#[derive(Clone, Copy, PartialEq)]
enum Hope {
    /// It goes by itself.
    Wait,
    /// Send it again.
    Retry,
    /// Choose its file again.
    Choose,
    /// It was taken back, and may come again.
    Undo,
}

/// What has become of an own message that did not go out or was taken back,
/// and what can be done about it.
fn fate(desk: Desk, key: Key, article: El, row: Rc<Told<Row>>) -> El {
    let fate = move || {
        row.with(|row| match &row.state {
            RowState::Failed(failure) => {
                let gone = *failure == Failure::FileGone;
                let hope = if gone { Hope::Choose } else { Hope::Retry };
                Some((why(failure, desk.texts), hope))
            }
            RowState::Queued if row.author == Author::Me && stranded(desk) => {
                Some((desk.texts.queued.to_owned(), Hope::Wait))
            }
            RowState::Unsending(true) if system::UNSEND => Some((String::new(), Hope::Undo)),
            RowState::Queued
            | RowState::Uploading(_)
            | RowState::Sending
            | RowState::Sent
            | RowState::Seen
            | RowState::Unsending(_)
            | RowState::Unsent
            | RowState::Received => None,
        })
    };
    let message = article.clone();
    article.show(fate, move |(sentence, hope)| {
        let way = |text, action| way(desk, &message, text, key, action);
        let fate = el("div", "fate").child(el("span", "").text(sentence));
        fate.flag("data-failed", matches!(hope, Hope::Retry | Hope::Choose));
        match hope {
            Hope::Undo if system::UNSEND => return fate.child(way(desk.texts.undo, Action::Undo)),
            Hope::Undo | Hope::Wait => fate,
            Hope::Retry => fate.child(way(desk.texts.retry, Action::Retry)),
            Hope::Choose => {
                let [button, input] = picker(desk, "text-button", Some(key));
                fate.child(button.text(desk.texts.choose_again))
                    .child(input)
            }
        }
        .child(way(desk.texts.discard, Action::Discard))
    })
}

/// Whether what is queued will have to wait.
fn stranded(desk: Desk) -> bool {
    let status = desk.signals.connection.get().status;
    matches!(status, Status::Waiting | Status::Offline)
}

fn why(failure: &Failure, texts: &Texts) -> String {
    let (sentence, reason) = match failure {
        Failure::Refused(reason) => ([texts.not_sent, texts.not_sent_because], reason.as_deref()),
        Failure::FileRefused(reason) => (
            [texts.file_refused, texts.file_refused_because],
            reason.as_deref(),
        ),
        Failure::TooLong => ([texts.not_sent_too_long, ""], None),
        Failure::Unconfirmed => ([texts.not_sent, ""], None),
        Failure::Upload => ([texts.upload_failed, ""], None),
        Failure::UploadBlocked => ([texts.upload_blocked, ""], None),
        Failure::FileGone => ([texts.file_missing, ""], None),
        Failure::SignedOut => ([texts.signed_out, ""], None),
    };
    match (sentence, reason) {
        ([_, because], Some(reason)) if !reason.is_empty() => fill(because, &[reason]),
        ([alone, _], _) => alone.to_owned(),
    }
}

/// The state of an own message as a drawn sign and as a word.
fn sign(state: &RowState, texts: &Texts) -> Option<(&'static str, &'static str)> {
    Some(match state {
        RowState::Queued => (icons::CLOCK, texts.queued),
        RowState::Uploading(_) => (icons::CLOCK, texts.uploading),
        RowState::Sending => (icons::CLOCK, texts.sending),
        RowState::Sent => (icons::TICK, texts.sent),
        RowState::Seen => (icons::TICKS, texts.seen),
        RowState::Failed(_) => (icons::ALERT, texts.not_sent),
        RowState::Unsending(_) | RowState::Unsent | RowState::Received => return None,
    })
}

/// The message as plain text, for announcements and transcripts.
pub(super) fn plain(row: &Row, texts: &Texts) -> String {
    match &row.content {
        _ if is_taken_back(&row.state) => texts.unsent.to_owned(),
        Content::Text(text) => text.clone(),
        Content::File(file) => file.name.clone(),
        Content::Rich(rich) => rich::plain(rich),
    }
}

/// Whether what it said is not to be seen any more.
pub(super) fn is_taken_back(state: &RowState) -> bool {
    matches!(state, RowState::Unsending(_) | RowState::Unsent)
}

fn state_name(state: &RowState) -> &'static str {
    match state {
        RowState::Queued => "queued",
        RowState::Uploading(_) => "uploading",
        RowState::Sending => "sending",
        RowState::Sent => "sent",
        RowState::Seen => "seen",
        RowState::Failed(_) => "failed",
        RowState::Unsending(_) | RowState::Unsent => "unsent",
        RowState::Received => "received",
    }
}
