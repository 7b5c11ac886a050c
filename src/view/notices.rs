//! What stands between the log and the composer when something is to be said:
//! a refusal, the end of the conversation, or that the chat cannot be used.

use concierge_core::{Action, Notice};

use super::desk::Desk;
use super::dom;
use super::el::{El, el};
use super::header::avatar;
use super::state::Problem;
use super::texts::fill;

/// Before the first message: a greeting over the empty log.
pub(super) fn empty(desk: Desk, stage: El) -> El {
    let signals = desk.signals;
    stage.when(
        move || {
            signals.lines.with(Vec::is_empty)
                && !signals.ended()
                && !signals.is_listing()
                && signals.problem.get().is_none()
        },
        move || {
            el("div", "empty")
                .child(avatar(desk))
                .child(
                    el("div", "greeting")
                        .with("dir", "auto")
                        .text(&desk.greeting()),
                )
                .child(el("div", "quiet").text(desk.texts.greeting_line))
        },
    )
}

/// What may stand between the log and the composer of `panel`.
pub(super) fn notices(desk: Desk, panel: El) -> El {
    let signals = desk.signals;
    panel
        .show(
            move || signals.notice.with(|it| Some(sentence(desk, it.as_ref()?))),
            move |sentence| refusal(desk, sentence),
        )
        .show(
            move || signals.problem.get(),
            move |problem| unusable(desk, *problem),
        )
        .when(
            move || signals.ended() && signals.problem.get().is_none(),
            move || ended(desk),
        )
}

/// What a notice says.
fn sentence(desk: Desk, notice: &Notice) -> String {
    let texts = desk.texts;
    match notice {
        Notice::TooLong { bytes, limit } => fill(
            texts.too_long,
            &[&desk.size((*bytes).into()), &desk.size((*limit).into())],
        ),
        Notice::Refused(Some(reason)) if !reason.is_empty() => reason.clone(),
        Notice::Refused(_) => texts.refused.to_owned(),
        Notice::FileTooLarge { name, limit } => {
            fill(texts.file_too_large, &[name, &desk.size(*limit)])
        }
        Notice::FileType { name } => fill(texts.file_type, &[name]),
    }
}

/// Something was refused; read and dismissed by the visitor.
fn refusal(desk: Desk, sentence: &str) -> El {
    el("div", "error")
        .with("part", "error")
        .with("role", "alert")
        .child(el("span", "").with("dir", "auto").text(sentence))
        .child(
            dom::button("text-button", move || desk.dispatch(Action::DismissNotice))
                .text(desk.texts.dismiss),
        )
}

/// The chat cannot be used: what happened, and where else to turn.
fn unusable(desk: Desk, problem: Problem) -> El {
    let sentence = match problem {
        Problem::Settings => desk.texts.unavailable,
        Problem::Failed => desk.texts.failed,
    };
    el("div", "ended")
        .with("part", "error")
        .with("role", "alert")
        .child(el("span", "").text(sentence))
        .maybe(
            desk.contact_url()
                .map(|url| dom::link("button", &url).text(desk.texts.contact)),
        )
}

/// The conversation is over.
fn ended(desk: Desk) -> El {
    let ended = el("div", "ended").with("part", "ended");
    // The composer stays below it.
    ended.flag("data-open", desk.traits().reopen);
    ended
        .with("role", "status")
        // The announcer speaks.
        .with("aria-live", "off")
        .child(el("span", "").text(desk.texts.ended))
        .child(
            dom::button("button", move || desk.dispatch(Action::StartConversation))
                .text(desk.texts.start_new),
        )
}
