//! The widget: a chat panel for any website.
//!
//! `loader.js` is on every page view; it fetches this program when the visitor
//! shows intent and calls [`embed::mount`]. The [`shell`] runs what the
//! session of `concierge-core` asks for (sockets, requests, storage, timers);
//! the [`view`] draws what changes. [`config`] reads the site's settings,
//! [`browser`] has what all of them need of the browser.
//!
//! Out of scope: protocols and decisions (the core), looks before the app is
//! there (the loader).
//!
//! Start reading at [`embed`], where all parts meet.

#![cfg_attr(not(test), warn(clippy::disallowed_macros))]

mod adapter;
pub mod browser;
pub mod config;
pub mod embed;
pub mod shell;
mod system;
pub mod view;
