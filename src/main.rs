//! The program that ships. It does nothing by itself: the loader calls
//! `mount`, which the library exports to JavaScript.

use concierge_widget as _;

fn main() {}
