//! Gives the functions of a WebAssembly module names by which those that are
//! similar stand side by side when they are sorted: a packer then finds the same
//! bytes near each other, and at the same distances.
//!
//! Which comes next is the one that has most in common with the last, measured
//! by the runs of some bytes that are in both; runs that few functions have
//! count more. Where none has much in common, the next by its old name begins
//! anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::wasm::{
    CODE, CUSTOM, IMPORT, Reader, function_names, imported_functions, sections, write_bytes,
    write_number,
};

/// Bytes in a run.
const RUN: usize = 5;
/// A run that so many functions have says nothing.
const COMMON: usize = 60;
/// Functions with less in common are not similar.
const LEAST: u64 = 20;

/// The module with the new names. `None` when it is not a module or has no names.
pub fn order(module: &[u8]) -> Option<Vec<u8>> {
    let (header, sections) = sections(module)?;
    let of = |wanted| sections.iter().filter(move |(kind, _)| *kind == wanted);
    let imported = match of(IMPORT).next() {
        Some((_, section)) => imported_functions(section)?,
        None => 0,
    };
    let names = of(CUSTOM).find_map(|(_, section)| function_names(section))?;
    let (_, code) = of(CODE).next()?;
    let mut reader = Reader::new(code);
    let bodies: Option<Vec<&[u8]>> = (0..reader.number()?).map(|_| reader.bytes()).collect();
    let bodies = bodies?;

    let mut by_name: Vec<usize> = (0..bodies.len()).collect();
    by_name.sort_by_key(|index| names.get(&(imported + *index as u32)));
    let mut ordered = header.to_vec();
    for (kind, content) in &sections {
        if *kind != CUSTOM || function_names(content).is_none() {
            ordered.push(*kind);
            write_bytes(&mut ordered, content);
        }
    }
    ordered.push(CUSTOM);
    write_bytes(&mut ordered, &names_of(&chain(&bodies, &by_name), imported));
    Some(ordered)
}

/// The section of names in which each function is called by its place.
fn names_of(chain: &[usize], imported: u32) -> Vec<u8> {
    let places: BTreeMap<usize, usize> = (0..).zip(chain).map(|(at, it)| (*it, at)).collect();
    let mut functions = Vec::new();
    write_number(&mut functions, places.len() as u32);
    for (index, place) in places {
        write_number(&mut functions, imported + index as u32);
        write_bytes(&mut functions, format!("{place:06}").as_bytes());
    }
    let mut section = b"\x04name\x01".to_vec();
    write_bytes(&mut section, &functions);
    section
}

/// All functions, each after one that is similar to it.
fn chain(bodies: &[&[u8]], by_name: &[usize]) -> Vec<usize> {
    let runs: Vec<BTreeSet<&[u8]>> = bodies.iter().map(|it| it.windows(RUN).collect()).collect();
    let mut owners: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (index, runs) in runs.iter().enumerate() {
        for run in runs {
            owners.entry(run).or_default().push(index);
        }
    }
    owners.retain(|_, owners| (2..COMMON).contains(&owners.len()));

    let mut left: BTreeSet<usize> = (0..bodies.len()).collect();
    let mut rest = by_name.iter().copied();
    let mut chain = Vec::new();
    let mut next = rest.next();
    while let Some(here) = next {
        left.remove(&here);
        chain.push(here);
        let mut common: BTreeMap<usize, u64> = BTreeMap::new();
        for owners in runs[here].iter().filter_map(|run| owners.get(run)) {
            let weight = 1_000_000 / (1_000_000 * owners.len() as u64).isqrt();
            for owner in owners.iter().filter(|owner| left.contains(owner)) {
                *common.entry(*owner).or_default() += weight;
            }
        }
        next = common
            .into_iter()
            .map(|(index, common)| (common / (runs[index].len() as u64 + 20), index))
            .filter(|(likeness, _)| *likeness >= LEAST)
            .max()
            .map(|(_, index)| index)
            .or_else(|| rest.find(|index| left.contains(index)));
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_functions_follow_each_other_and_none_is_lost() {
        let bodies: [&[u8]; 5] = [
            b"local.get i32.const 17 i32.add call",
            b"unreachable",
            b"block loop br_if 0 end end return",
            b"local.get i32.const 18 i32.add call",
            b"block loop br_if 1 end end return",
        ];
        assert_eq!(chain(&bodies, &[0, 1, 2, 3, 4]), [0, 3, 1, 2, 4]);
    }

    #[test]
    fn the_new_names_are_the_places() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (kind, content) in [
            (CODE, b"\x02\x02\0\x0b\x03\0\x01\x0b".as_slice()),
            (CUSTOM, b"\x04name\x01\x07\x02\x00\x01b\x01\x01a"),
        ] {
            module.push(kind);
            write_bytes(&mut module, content);
        }
        let ordered = order(&module).unwrap();
        let (_, sections) = sections(&ordered).unwrap();
        assert_eq!(sections.len(), 2);
        let names = function_names(sections[1].1).unwrap();
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            [(0, "000001"), (1, "000000")]
        );
        assert_eq!(order(b"\0asm\x01\0\0\0"), None);
    }
}
