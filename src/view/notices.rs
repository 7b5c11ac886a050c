//! What stands between the log and the composer when something is to be said:
//! a refusal, the end of the conversation, or that the chat cannot be used.

use concierge_core::{Action, Notice};
use leptos::html;
use leptos::prelude::*;

use super::desk::Desk;
use super::dom;
use super::header::avatar;
use super::state::Problem;
use super::texts::fill;

/// Before the first message: a greeting.
pub(super) fn empty(desk: Desk) -> AnyView {
    let signals = desk.signals;
    let shown = Memo::new(move |_| {
        signals.lines.with(Vec::is_empty) && !signals.ended() && signals.problem.get().is_none()
    });
    let view = move || {
        shown.get().then(|| {
            html::div()
                .class("empty")
                .child(avatar(desk))
                .child(
                    html::div()
                        .class("greeting")
                        .attr("dir", "auto")
                        .child(desk.greeting()),
                )
                .child(html::div().class("quiet").child(desk.texts.greeting_line))
        })
    };
    view.into_any()
}

/// Something was refused; read and dismissed by the visitor.
pub(super) fn notice(desk: Desk) -> AnyView {
    let view = move || {
        desk.signals.notice.get().map(|notice| {
            let sentence = match notice {
                Notice::TooLong { bytes, limit } => fill(
                    &fill(desk.texts.too_long, &desk.size(bytes.into())),
                    &desk.size(limit.into()),
                ),
                Notice::Refused(Some(reason)) if !reason.is_empty() => reason,
                Notice::Refused(_) => desk.texts.refused.to_owned(),
            };
            let dismiss = move || desk.dispatch(Action::DismissNotice);
            html::div()
                .class("error")
                .attr("part", "error")
                .attr("role", "alert")
                .child(html::span().attr("dir", "auto").child(sentence))
                .child(dom::button(
                    "text-button",
                    desk.texts.dismiss,
                    Box::new(dismiss),
                ))
        })
    };
    view.into_any()
}

/// The chat cannot be used: what happened, and where else to turn.
pub(super) fn problem(desk: Desk) -> AnyView {
    let view = move || {
        desk.signals.problem.get().map(|problem| {
            let sentence = match problem {
                Problem::Settings => desk.texts.unavailable,
                Problem::Failed => desk.texts.failed,
            };
            html::div()
                .class("ended")
                .attr("part", "error")
                .attr("role", "alert")
                .child(html::span().child(sentence))
                .child(
                    desk.contact_url()
                        .map(|url| dom::link("button", url, desk.texts.contact.into_any())),
                )
        })
    };
    view.into_any()
}

/// The conversation is over.
pub(super) fn ended(desk: Desk) -> AnyView {
    let signals = desk.signals;
    let shown = Memo::new(move |_| signals.ended() && signals.problem.get().is_none());
    let view = move || {
        shown.get().then(|| {
            let start = move || desk.dispatch(Action::StartConversation);
            html::div()
                .class("ended")
                .attr("part", "ended")
                .attr("role", "status")
                // The announcer speaks.
                .attr("aria-live", "off")
                .child(html::span().child(desk.texts.ended))
                .child(dom::button("button", desk.texts.start_new, Box::new(start)))
        })
    };
    view.into_any()
}
