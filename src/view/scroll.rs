//! The log's scrolling. It follows the end while it is at the end; otherwise
//! what the visitor looks at stays where it is, whatever comes above or below.
//!
//! A `ResizeObserver` on the list does the work: it runs after layout and
//! before paint, for new rows, loaded pictures and larger type alike, in
//! browsers with and without scroll anchoring (which is switched off in CSS).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use concierge_core::{Action, Older};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::desk::Desk;
use super::dom::{self, Resizes};

/// So near to the end is at the end, in px.
const NEAR_END: i32 = 24;
/// So near to the top earlier messages are asked for, in px.
const NEAR_TOP: i32 = 200;

/// Keeps the place in one log.
pub(super) struct Scroller {
    desk: Desk,
    log: HtmlElement,
    list: HtmlElement,
    /// Where the log was scrolled to when we last knew.
    top: Cell<i32>,
    /// The first message in sight, and how far below the log's top it begins.
    anchor: RefCell<Option<(HtmlElement, i32)>>,
}

impl Scroller {
    /// Takes charge of `log`, which scrolls `list`, until the view is gone.
    pub(super) fn attach(desk: Desk, log: HtmlElement, list: HtmlElement) -> Rc<Self> {
        let scroller = Rc::new(Self {
            desk,
            log,
            list,
            top: Cell::new(0),
            anchor: RefCell::new(None),
        });
        let resized = Rc::clone(&scroller);
        dom::keep(Resizes::new(
            &[&scroller.log, &scroller.list],
            Box::new(move || resized.restore()),
        ));
        scroller
    }

    /// The visitor, or one of us, has scrolled.
    pub(super) fn on_scroll(&self) {
        if self.log.client_height() == 0 {
            return;
        }
        let top = self.log.scroll_top();
        let stuck = self.desk.signals.stuck;
        let follows = stuck.get_untracked();
        // Content that has grown and is not yet restored is below the end, too,
        // but only a visitor scrolls up.
        let at_end = self.end() - top <= NEAR_END || (follows && top >= self.top.get());
        self.top.set(top);
        self.anchor
            .replace(if at_end { None } else { self.first_in_sight() });
        if at_end != follows {
            stuck.set(at_end);
        }
        if at_end && self.desk.signals.below.get_untracked() > 0 {
            self.desk.signals.below.set(0);
        }
        self.ask_for_older();
    }

    /// Puts the log back to where it belongs after something changed its size.
    pub(super) fn restore(&self) {
        if self.log.client_height() == 0 {
            return;
        }
        let top = self.log.scroll_top();
        let target = if self.desk.signals.stuck.get_untracked() {
            self.end()
        } else {
            match &*self.anchor.borrow() {
                Some((message, below)) if message.is_connected() => message.offset_top() - below,
                _ => top,
            }
        };
        if target != top {
            self.log.set_scroll_top(target);
        }
        self.top.set(self.log.scroll_top());
        self.ask_for_older();
    }

    /// To the end, and follow it.
    pub(super) fn jump(&self) {
        self.desk.signals.follow();
        self.restore();
    }

    /// Shows the unread divider if it lies above what the end shows.
    pub(super) fn show_divider(&self) {
        let Ok(Some(divider)) = self.list.query_selector(".unread") else {
            return;
        };
        let divider: HtmlElement = divider.unchecked_into();
        let top = divider.offset_top() - 56;
        if top < self.end() {
            self.desk.signals.stuck.set(false);
            self.log.set_scroll_top(top);
            self.on_scroll();
        }
    }

    pub(super) fn ask_for_older(&self) {
        let signals = self.desk.signals;
        if self.log.scroll_top() < NEAR_TOP
            && self.log.client_height() > 0
            && signals.open.get_untracked()
            && signals.older.get_untracked() == Older::More
        {
            self.desk.dispatch(Action::LoadOlder);
        }
    }

    fn end(&self) -> i32 {
        self.log.scroll_height() - self.log.client_height()
    }

    /// Found by halving: messages lie below each other, and there may be
    /// many. A message and not its row, whose separators come and go.
    fn first_in_sight(&self) -> Option<(HtmlElement, i32)> {
        let top = self.log.scroll_top();
        let rows = self.list.children();
        let message = |index| -> Option<HtmlElement> {
            Some(rows.item(index)?.last_element_child()?.unchecked_into())
        };
        let (mut from, mut to) = (0, rows.length());
        while from < to {
            let middle = (from + to) / 2;
            let ends = message(middle).map_or(0, |at| at.offset_top() + at.offset_height());
            if ends > top {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        let message = message(from)?;
        let below = message.offset_top() - top;
        Some((message, below))
    }
}
