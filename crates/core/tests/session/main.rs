//! Stories of a chat, told at the level of [`concierge_core::Session`] with a
//! virtual clock and a network and a server that are values (`concierge-sim`).

mod ambiguities;
mod connecting;
mod ending;
mod frames;
mod hard_luck;
mod marks;
mod receiving;
mod sending;
mod tabs;
mod uploads;

use concierge_sim::{desk, dice, files, world};
