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

use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{GetValue, Notify, Track};
use wasm_bindgen::UnwrapThrowExt;

/// A value in Leptos' arena. A copy is the same value, which lives as long as
/// the owner under which it was made.
pub(super) struct Held<T>(
    StoredValue<Rc<dyn Any>, LocalStorage>,
    PhantomData<fn() -> T>,
);

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
        self.0.try_get_value()?.downcast().ok()
    }

    /// The value, which must be there.
    pub(super) fn get(self) -> Rc<T> {
        self.try_get().unwrap_throw()
    }
}

/// In the program once.
fn hold(value: Rc<dyn Any>) -> StoredValue<Rc<dyn Any>, LocalStorage> {
    StoredValue::new_local(value)
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

/// A [`Told`] value in Leptos' arena. What comes after its end is not written.
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
