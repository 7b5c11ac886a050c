//! Values that views react to.
//!
//! Leptos decides who reacts to what, by its triggers. Its own signals are left
//! out: the code of their locks, guards and lists of readers is there anew for
//! each type that one holds. This panel cost 19 KB more that way (4 KB with
//! brotli). Here a signal is a value in a cell beside a trigger, and triggers
//! are of one type.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use reactive_graph::owner::on_cleanup;
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};
use wasm_bindgen::UnwrapThrowExt;

/// A value that is kept as long as the owner under which it was made. A copy
/// is the same value.
pub(super) struct Held<T>(Place, PhantomData<fn() -> T>);

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Held<T> {}

impl<T: 'static> Held<T> {
    pub(super) fn new(value: T) -> Self {
        Self(hold(Rc::new(value)), PhantomData)
    }

    /// The value, unless its owner is gone.
    pub(super) fn try_get(self) -> Option<Rc<T>> {
        let value = HELD.with_borrow(|held| held.get(self.0));
        value?.downcast().ok()
    }

    /// The value, which must be there.
    pub(super) fn get(self) -> Rc<T> {
        self.try_get().unwrap_throw()
    }
}

thread_local! {
    /// Leptos' own arena is for values of any thread: each is wrapped in one
    /// that knows its thread, and the program carries the names of threads and
    /// a second allocator for them, 7 KB.
    static HELD: RefCell<Arena> = const { RefCell::new(Arena::NEW) };
}

/// In the program once.
fn hold(value: Rc<dyn Any>) -> Place {
    let place = HELD.with_borrow_mut(|held| held.put(value));
    on_cleanup(move || {
        // What it holds in turn may go now, too.
        drop(HELD.with_borrow_mut(|held| held.take(place)));
    });
    place
}

/// Where a value lies, and how many lay there before it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place(usize, u32);

/// All values that are held.
struct Arena {
    slots: Vec<(u32, Option<Rc<dyn Any>>)>,
    free: Vec<usize>,
}

impl Arena {
    const NEW: Self = Self {
        slots: Vec::new(),
        free: Vec::new(),
    };

    fn put(&mut self, value: Rc<dyn Any>) -> Place {
        let index = self.free.pop().unwrap_or(self.slots.len());
        if index == self.slots.len() {
            self.slots.push((0, None));
        }
        let (count, slot) = &mut self.slots[index];
        *slot = Some(value);
        Place(index, *count)
    }

    fn get(&self, place: Place) -> Option<Rc<dyn Any>> {
        let (count, slot) = self.slots.get(place.0)?;
        slot.clone().filter(|_| *count == place.1)
    }

    /// To be called once for a place.
    fn take(&mut self, place: Place) -> Option<Rc<dyn Any>> {
        let (count, slot) = self.slots.get_mut(place.0)?;
        *count = count.wrapping_add(1);
        self.free.push(place.0);
        slot.take()
    }
}

/// A value that tells those who have read it when it changes.
pub(super) struct Told<T> {
    value: RefCell<T>,
    trigger: ArcTrigger,
}

impl<T> Told<T> {
    pub(super) fn new(value: T) -> Self {
        Self {
            value: RefCell::new(value),
            trigger: ArcTrigger::new(),
        }
    }

    /// Has the effect that is running run again when the value changes.
    pub(super) fn track(&self) {
        self.trigger.track();
    }

    pub(super) fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    pub(super) fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.borrow())
    }

    pub(super) fn set(&self, value: T) {
        self.value.replace(value);
        self.trigger.notify();
    }

    pub(super) fn update<R>(&self, write: impl FnOnce(&mut T) -> R) -> R {
        let result = write(&mut self.value.borrow_mut());
        self.trigger.notify();
        result
    }
}

impl<T: Clone> Told<T> {
    pub(super) fn get(&self) -> T {
        self.with(T::clone)
    }

    pub(super) fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

/// A [`Told`] value that is held. What comes after its end is not written.
pub(super) struct Live<T>(Held<Told<T>>);

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

impl<T: 'static> Live<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Held::new(Told::new(value)))
    }

    pub(super) fn track(self) {
        self.0.get().track();
    }

    pub(super) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.get().with(read)
    }

    pub(super) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.get().with_untracked(read)
    }

    pub(super) fn set(self, value: T) {
        if let Some(told) = self.0.try_get() {
            told.set(value);
        }
    }

    pub(super) fn update<R>(self, write: impl FnOnce(&mut T) -> R) -> Option<R> {
        Some(self.0.try_get()?.update(write))
    }
}

impl<T: Clone + 'static> Live<T> {
    pub(super) fn get(self) -> T {
        self.with(T::clone)
    }

    pub(super) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}
