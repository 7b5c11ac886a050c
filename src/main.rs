//! The program that ships. It does nothing by itself: the loader calls
//! `mount`, which the library exports to JavaScript.

// Without a `main` the standard library's start-up code, its threads and its
// standard output stay out of the program: 2 KB.
#![cfg_attr(all(target_arch = "wasm32", not(test)), no_main)]

use concierge_widget as _;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(any(not(target_arch = "wasm32"), test))]
fn main() {}
