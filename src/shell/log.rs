//! What `debug` prints: names of transitions, never tokens, texts or URLs.

use concierge_core::{Effect, Input, Page};
use wasm_bindgen::JsValue;

/// Prints to the console when the site has set `debug`.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Whether anything is printed.
    pub on: bool,
}

impl Log {
    /// Prints one line.
    pub fn line(self, what: &str, detail: &str) {
        if self.on {
            web_sys::console::debug_3(
                &JsValue::from_str("[concierge]"),
                &JsValue::from_str(what),
                &JsValue::from_str(detail),
            );
        }
    }

    // Not where they are called: there the name would be looked for together with
    // what is to be done, and each way would print by itself.
    #[inline(never)]
    pub(super) fn input(self, input: &Input) {
        self.line("in", input_name(input));
    }

    #[inline(never)]
    pub(super) fn effect(self, effect: &Effect) {
        self.line("out", effect_name(effect));
    }
}

const fn input_name(input: &Input) -> &'static str {
    match input {
        Input::Start => "start",
        Input::Opened(_) => "opened",
        Input::Received(..) => "received",
        Input::Closed(..) => "closed",
        Input::Page(Page::Online) => "online",
        Input::Page(Page::Offline) => "offline",
        Input::Page(Page::Visible) => "visible",
        Input::Page(Page::Hidden) => "hidden",
        Input::Page(Page::Restored) => "restored",
        Input::Page(Page::Leaving) => "leaving",
        Input::Token(Ok(_)) => "token",
        Input::Token(Err(_)) => "no token",
        Input::Answered(..) => "answered",
        Input::Prepared(..) => "prepared",
        Input::Uploaded(..) => "uploaded",
        Input::Elected(_) => "elected",
        Input::Ousted => "ousted",
        Input::Told(_) => "told",
        Input::Wake => "wake",
        Input::User(_) => "action",
    }
}

const fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Connect(..) => "connect",
        Effect::Transmit(..) => "transmit",
        Effect::Close(_) => "close",
        Effect::AskToken(_) => "ask token",
        Effect::Request(..) => "request",
        Effect::Prepare(_) => "prepare",
        Effect::Upload(..) => "upload",
        Effect::Abort(_) => "abort",
        Effect::Forget(_) => "forget",
        Effect::Stand => "stand",
        Effect::Seize => "seize",
        Effect::Resign => "resign",
        Effect::Tell(_) => "tell",
        Effect::Chime => "chime",
        Effect::Store(..) => "store",
        Effect::Changed(_) => "changed",
        Effect::Announce(_) => "announce",
    }
}
