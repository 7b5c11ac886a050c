//! What only some systems have. A program is built for one: in the others' the
//! type of such a thing has no values, so that the compiler leaves out whatever
//! would be done with one, down to copying, comparing and dropping it.

/// A `T` in a program that has a system whose calls are requests.
#[cfg(any(feature = "onechat", feature = "voipbin", feature = "onesmile"))]
pub type Only<T> = T;

/// No value at all: no system of this program has a `T`.
#[cfg(not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only<T>(core::convert::Infallible, core::marker::PhantomData<T>);

/// A value of what only some systems have.
#[cfg(any(feature = "onechat", feature = "voipbin", feature = "onesmile"))]
#[inline]
pub const fn only<T>(value: T) -> Only<T> {
    value
}

/// The same where no system has it: whoever asks for it is never run.
///
/// # Panics
/// Always.
#[cfg(not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")))]
#[inline]
pub fn only<T>(_: T) -> Only<T> {
    panic!("no system of this program has this")
}

#[cfg(not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")))]
impl<T> core::ops::Deref for Only<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0 {}
    }
}

#[cfg(not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")))]
impl<T> core::ops::DerefMut for Only<T> {
    fn deref_mut(&mut self) -> &mut T {
        match self.0 {}
    }
}

/// The value of what only some systems have.
#[cfg(any(feature = "onechat", feature = "voipbin", feature = "onesmile"))]
#[inline]
pub const fn plain<T>(value: Only<T>) -> T {
    value
}

/// The same where there is none.
#[allow(clippy::needless_pass_by_value, reason = "as where there are some")]
#[cfg(not(any(feature = "onechat", feature = "voipbin", feature = "onesmile")))]
#[inline]
pub fn plain<T>(value: Only<T>) -> T {
    match value.0 {}
}
