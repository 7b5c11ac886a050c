//! Stories of a chat, told at the level of [`concierge_core::Session`] with a
//! virtual clock and a network and a server that are values.

mod connecting;
mod ending;
mod frames;
mod hard_luck;
mod histories;
mod receiving;

mod sending;

mod desk;
mod dice;
mod world;
