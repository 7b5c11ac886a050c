//! Deterministic simulation of a chat, after the manner of FoundationDB: a
//! [`World`] of one visitor, one network and one server ([`Desk`]), with a clock
//! that jumps to whatever happens next. Everything in it is a value, and
//! whatever is left to chance is rolled by [`Dice`] from a seed: one seed gives
//! one history, down to the last effect.
//!
//! The stories in `crates/core/tests/session` direct a world by hand; a
//! [`history`] lets dice direct it and checks what must hold at every moment.
//!
//! A broken expectation is a panic with a sentence: in a story the test fails,
//! and the program (`cargo xtask soak`) catches it and names the seed.
//!
//! Out of scope: browsers, the real server, anything that takes real time.

pub mod desk;
pub mod dice;
pub mod files;
pub mod frames;
pub mod history;
mod invariants;
pub mod mistype;
mod model;
mod nature;
pub mod requests;
pub mod soak;
pub mod tab;
mod trace;
pub mod world;

pub use desk::Desk;
pub use dice::Dice;
pub use world::World;
