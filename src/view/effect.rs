//! Effects: what is run again when a signal that it has read changes.
//!
//! Leptos knows who has read what, and who belongs to whom. Its own effects are
//! left out, for each of them is a task of an executor of futures, and all that
//! only waits for a bell. This panel cost 3.4 KB (brotli) more that way. Here an
//! effect is a subscriber in Leptos' graph that stands in a queue when it is
//! told of a change.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use reactive_graph::graph::{
    AnySource, AnySubscriber, ReactiveNode, Source, Subscriber, WithObserver,
};
use reactive_graph::owner::Owner;

use super::dom::{keep, soon};
use super::live::Held;

thread_local! {
    /// Who is to be run at the end of the task, first come first served.
    static DUE: RefCell<Vec<Weak<Effect>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `run` now, and again whenever a signal that it read has changed, until
/// the owner of the moment is gone. What it keeps is dropped before it runs
/// again.
pub(super) fn effect(run: Box<dyn FnMut()>) {
    let run = Held::new(Run {
        owner: Owner::new(),
        run: RefCell::new(run),
    });
    let effect = Arc::new_cyclic(|this| Effect {
        this: Weak::clone(this),
        is_due: AtomicBool::new(false),
        sources: Mutex::default(),
        run,
    });
    effect.run();
    keep(effect);
}

struct Run {
    owner: Owner,
    run: RefCell<Box<dyn FnMut()>>,
}

/// A node of Leptos' graph. Its nodes may be sent to other threads, in theory:
/// what may not lies in the arena.
struct Effect {
    this: Weak<Self>,
    is_due: AtomicBool,
    sources: Mutex<Vec<AnySource>>,
    run: Held<Run>,
}

impl Effect {
    fn run(&self) {
        let Some(it) = self.run.try_get() else { return };
        self.is_due.store(false, Ordering::Relaxed);
        let this = AnySubscriber(self.this.as_ptr() as usize, self.this.clone());
        self.clear_sources(&this);
        let run = || (it.run.borrow_mut())();
        it.owner.with_cleanup(|| this.with_observer(run));
    }
}

impl ReactiveNode for Effect {
    fn mark_dirty(&self) {
        if self.is_due.swap(true, Ordering::Relaxed) {
            return;
        }
        let is_first = DUE.with_borrow_mut(|due| {
            due.push(self.this.clone());
            due.len() == 1
        });
        if is_first {
            soon(Box::new(|| {
                for effect in DUE.take() {
                    if let Some(effect) = effect.upgrade() {
                        effect.run();
                    }
                }
            }));
        }
    }

    // Only what is computed of signals is checked, and there is nothing such.
    fn mark_check(&self) {}

    fn mark_subscribers_check(&self) {}

    fn update_if_necessary(&self) -> bool {
        false
    }
}

impl Subscriber for Effect {
    fn add_source(&self, source: AnySource) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }

    fn clear_sources(&self, this: &AnySubscriber) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        for source in std::mem::take(&mut *sources) {
            source.remove_subscriber(this);
        }
    }
}
