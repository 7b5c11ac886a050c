//! Takes out of a WebAssembly module what the linker keeps for good reasons, and
//! this program never uses.
//!
//! Functions, by their names: one that stands in the table may be called by
//! anybody, as far as an optimiser can see, so it keeps it and all that it
//! needs. Here its body becomes `unreachable`, and the optimiser drops the rest.
//!
//! Data, by its form: where in the source a panic began, which only a panic's
//! message would tell.

use std::{collections::BTreeMap, ops::Range};

use crate::wasm::{
    CODE, CUSTOM, DATA, IMPORT, Reader, function_names, imported_functions, sections, write_bytes,
    write_number,
};

/// What comes with Leptos: streams for its server functions, the executor of
/// their futures, and an arena for signals. The program has no futures, and its
/// views keep their values by themselves (`src/view/live.rs`). Whoever awaits
/// something in the widget must take the futures out of this list.
const UNUSED: &[&str] = &[
    "js_sys::futures::",
    "futures_core::",
    "futures_util::",
    "wasm_streams",
    "SlotMap<reactive_graph::owner::arena::",
];

/// What JavaScript calls closures by: one function for each type of them that
/// `js_sys` and `web_sys` know of.
const INVOKES: &str = "wasm_bindgen::convert::closures::_::invoke::<";

/// The type of closure that the program has (`src/browser.rs`).
const INVOKED: &str = "<wasm_bindgen::JsValue, (), true>";

/// Where panics begin. In a browser their messages go nowhere: the default hook
/// writes to a standard error that is not there, then the program traps. So it
/// traps at once. Who installs a panic hook must take these out.
const PANICS: &[&str] = &[
    "__rustc::rust_begin_unwind",
    "alloc::alloc::handle_alloc_error",
    "core::cell::lazy::panic_poisoned",
    "core::cell::panic_already_",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "std::thread::local::panic_access_error",
    "wasm_bindgen::throw_str",
];

/// How the names of some end.
const PANIC: &str = "::assert_failed";

/// What makes texts of values. Only panics' messages want that: the program has
/// numbers of its own (`concierge_core::text`), and so it does without these.
const FORMATS: &[&str] = &["core::fmt::", "<core::fmt::"];

/// The same, where a type or a closure comes first.
const FORMAT: &str = " as core::fmt::";

/// The body of a function that does nothing but trap: no locals, `unreachable`,
/// `end`.
const TRAP: &[u8] = &[0, 0, 0x0b];

/// The module with the bodies of dead functions replaced, and without places in
/// the source. `None` when it is not a module or has no names.
pub fn snip(module: &[u8]) -> Option<Vec<u8>> {
    let (header, sections) = sections(module)?;
    let of = |wanted| sections.iter().filter(move |(kind, _)| *kind == wanted);
    let imported = match of(IMPORT).next() {
        Some((_, section)) => imported_functions(section)?,
        None => 0,
    };
    let names = of(CUSTOM).find_map(|(_, section)| function_names(section))?;
    let mut snipped = header.to_vec();
    for (kind, content) in &sections {
        snipped.push(*kind);
        match *kind {
            CODE => write_bytes(&mut snipped, &code(content, imported, &names)?),
            DATA => write_bytes(&mut snipped, &data(content)?),
            _ => write_bytes(&mut snipped, content),
        }
    }
    Some(snipped)
}

/// Whether a function of this name is never run, or only to end the program.
fn is_dead(name: &str) -> bool {
    let name = without_hashes(name);
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    UNUSED.iter().any(|part| name.contains(part))
        || (name.contains(INVOKES) && !name.contains(INVOKED))
        || begins(PANICS)
        || name.ends_with(PANIC)
        || begins(FORMATS)
        || name.contains(FORMAT)
}

/// `core[1f2e]::panicking` is `core::panicking`.
fn without_hashes(name: &str) -> String {
    let mut depth = 0;
    name.chars()
        .filter(|letter| {
            depth += i32::from(*letter == '[');
            let kept = depth == 0;
            depth -= i32::from(*letter == ']');
            kept
        })
        .collect()
}

fn code(section: &[u8], imported: u32, names: &BTreeMap<u32, &str>) -> Option<Vec<u8>> {
    let mut reader = Reader::new(section);
    let count = reader.number()?;
    let mut code = Vec::with_capacity(section.len());
    write_number(&mut code, count);
    for index in imported..imported + count {
        let body = reader.bytes()?;
        let dead = names.get(&index).is_some_and(|name| is_dead(name));
        write_bytes(&mut code, if dead { TRAP } else { body });
    }
    Some(code)
}

/// The section with zeros for each [`std::panic::Location`] and its file's name.
fn data(section: &[u8]) -> Option<Vec<u8>> {
    let mut data = section.to_vec();
    let mut reader = Reader::new(section);
    for _ in 0..reader.number()? {
        let Some(address) = reader.address()? else {
            // Not at a place that is known here.
            return Some(data);
        };
        let bytes = reader.bytes()?;
        let start = section.len() - reader.left() - bytes.len();
        for (at, file) in locations(bytes, address) {
            data[start..][at].fill(0);
            data[start..][file].fill(0);
        }
    }
    Some(data)
}

/// Where the places in the source lie in these bytes, and the names of their
/// files. A place is the address and the length of a name that ends with `.rs`,
/// a line and a column.
fn locations(bytes: &[u8], address: u32) -> Vec<(Range<usize>, Range<usize>)> {
    const SIZE: usize = 16;
    let first = address.next_multiple_of(4) - address;
    let starts = (first as usize..bytes.len()).step_by(4);
    let location = |at: usize| {
        let mut words = bytes.get(at..at + SIZE)?.chunks_exact(4);
        let mut word = || Some(u32::from_le_bytes(words.next()?.try_into().ok()?));
        let start = word()?.checked_sub(address)? as usize;
        let file = start..start.checked_add(word()? as usize)?;
        let is_place = bytes.get(file.clone())?.ends_with(b".rs")
            && (1..100_000).contains(&word()?)
            && (1..1_000).contains(&word()?);
        is_place.then_some((at..at + SIZE, file))
    };
    starts.filter_map(location).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One import, and two functions of the bodies `nop` with these names.
    fn module(names: [&str; 2]) -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let mut section = |kind: u8, content: &[u8]| {
            module.push(kind);
            write_bytes(&mut module, content);
        };
        section(IMPORT, b"\x01\x01a\x01b\0\0");
        section(CODE, b"\x02\x03\0\x01\x0b\x03\0\x01\x0b");
        let mut functions = vec![2];
        for (number, name) in [1, 2].into_iter().zip(names) {
            functions.push(number);
            write_bytes(&mut functions, name.as_bytes());
        }
        let mut content = b"\x04name\x01".to_vec();
        write_bytes(&mut content, &functions);
        section(CUSTOM, &content);
        module
    }

    #[test]
    fn dead_functions_trap_and_the_others_stay() {
        let names = ["core[1f]::panicking::panic_fmt", "core[1f]::panic::live"];
        let snipped = snip(&module(names)).unwrap();
        let expected = b"\x0a\x09\x02\x03\0\0\x0b\x03\0\x01\x0b";
        assert!(snipped.windows(expected.len()).any(|part| part == expected));
        let names = ["a", "<f[1]::Map<wasm_streams[2]::Sink> as g[3]::H>::poll"];
        let snipped = snip(&module(names)).unwrap();
        let expected = b"\x0a\x09\x02\x03\0\x01\x0b\x03\0\0\x0b";
        assert!(snipped.windows(expected.len()).any(|part| part == expected));
        for name in [
            "<alloc[3]::vec::Vec<_, _>>::remove::assert_failed",
            "core[1f]::fmt::write",
            "<core[1f]::fmt::Formatter>::pad",
            "<alloc[2]::string::String as core[1f]::fmt::Write>::write_str",
        ] {
            assert!(is_dead(name), "{name}");
        }
        assert!(!is_dead("<core[1f]::str::Chars>::next"));
    }

    #[test]
    fn places_in_the_source_become_zeros_and_all_else_stays() {
        let address = 1024_u32;
        let words = |words: [u32; 4]| words.map(u32::to_le_bytes).concat();
        let content = [
            b"src/a.rs, src/b".as_slice(),
            b"!",
            &words([address, 8, 12, 34]),
            &words([address, 8, 0, 34]),
            &words([address + 10, 5, 12, 34]),
        ]
        .concat();
        let section = |content: &[u8]| {
            let mut section = vec![1, 0, 0x41];
            write_number(&mut section, address);
            section.push(0x0b);
            write_bytes(&mut section, content);
            section
        };
        let mut expected = content.clone();
        expected[..8].fill(0);
        expected[16..32].fill(0);
        assert_eq!(data(&section(&content)), Some(section(&expected)));
    }

    #[test]
    fn a_module_without_names_is_refused() {
        assert_eq!(snip(b"\0asm\x01\0\0\0"), None);
        assert_eq!(snip(b"\0asm"), None);
        assert_eq!(snip(b"\0asm\x01\0\0\0\x0a\x7f"), None);
    }
}
