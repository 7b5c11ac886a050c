//! What every system must do, told once and lived with each of them.

mod from_files;
#[path = "../fixtures/mod.rs"]
mod in_files;
mod scripts;
mod simulated;
mod stories;
mod systems;
