//! What every system must do, told once and lived with each of them.

mod stories;
mod systems;
