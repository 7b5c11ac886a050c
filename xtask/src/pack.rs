//! Takes a WebAssembly program apart by what its bytes are: instructions,
//! numbers of locals, constants, offsets and others each in a part of their own.
//! A packer that knows nothing of WebAssembly, as brotli, then finds like beside
//! like, and makes an eighth less of it. `unpack.js` puts the program together
//! again when the app starts.
//!
//! The parts are the custom sections of a module that is empty otherwise, so that
//! the file is what its name and its type say, and browsers take it apart.

use crate::wasm::{CODE, CUSTOM, Reader, sections, write_bytes, write_number};

/// Puts together what [`pack`] took apart: `unpack(packed: WebAssembly.Module):
/// Uint8Array`.
pub const UNPACK: &str = include_str!("unpack.js");

/// The parts. Their numbers are their names, and stand in `unpack.js`.
mod part {
    /// What follows each of the 256 instructions: 0 nothing, or the number of the
    /// part with the number that does. Of an access to memory, 16 times the
    /// alignment plus one is added.
    pub const KINDS: usize = 0;
    /// All before and all after the code.
    pub const HEAD: usize = 1;
    pub const TAIL: usize = 2;
    /// A byte each. [`super::END_OF_FUNCTION`] stands for the end of a function.
    pub const INSTRUCTIONS: usize = 3;
    /// The number of functions, and of each the types of its locals.
    pub const LOCAL_TYPES: usize = 4;
    /// What follows instructions that are rare, each with its length in a byte
    /// before it.
    pub const RARE: usize = 5;
    pub const BLOCK_TYPE: usize = 6;
    pub const BRANCH: usize = 7;
    pub const GLOBAL: usize = 8;
    pub const LOCAL: usize = 9;
    /// Those before a load, which are pointers.
    pub const LOCAL_TO_LOAD: usize = 10;
    pub const I32: usize = 11;
    /// Those before an addition or a subtraction, which are sizes.
    pub const I32_TO_ADD: usize = 12;
    pub const OFFSET: usize = 13;
    pub const CALL: usize = 14;
    pub const I64: usize = 15;
    pub const COUNT: usize = 16;
}

/// The parts as they lie in the file: by trial, those that are alike side by side.
const ORDER: [usize; part::COUNT] = [
    part::TAIL,
    part::KINDS,
    part::INSTRUCTIONS,
    part::I32_TO_ADD,
    part::BLOCK_TYPE,
    part::LOCAL_TYPES,
    part::RARE,
    part::GLOBAL,
    part::LOCAL,
    part::BRANCH,
    part::LOCAL_TO_LOAD,
    part::HEAD,
    part::I32,
    part::OFFSET,
    part::CALL,
    part::I64,
];

/// Stands for the last `end` of a function; no instruction begins like this.
const END_OF_FUNCTION: u8 = 0xff;

const END: u8 = 0x0b;

/// The module with the parts. `None` if the program is no module or has
/// instructions that are not known here.
pub fn pack(program: &[u8]) -> Option<Vec<u8>> {
    let (header, sections) = sections(program)?;
    let at = sections.iter().position(|(kind, _)| *kind == CODE)?;
    let mut parts: [Vec<u8>; part::COUNT] = Default::default();
    parts[part::KINDS] = (0..=u8::MAX).map(kind).collect();
    parts[part::HEAD] = header.to_vec();
    for (index, (kind, content)) in sections.iter().enumerate() {
        if index != at {
            let part = if index < at { part::HEAD } else { part::TAIL };
            parts[part].push(*kind);
            write_bytes(&mut parts[part], content);
        }
    }
    let mut code = Reader::new(sections[at].1);
    let functions = code.number()?;
    write_number(&mut parts[part::LOCAL_TYPES], functions);
    for _ in 0..functions {
        take_apart(code.bytes()?, &mut parts)?;
    }

    let mut packed = header.to_vec();
    for number in ORDER.into_iter().filter(|it| !parts[*it].is_empty()) {
        let mut section = Vec::new();
        write_bytes(&mut section, number.to_string().as_bytes());
        section.extend(&parts[number]);
        packed.push(CUSTOM);
        write_bytes(&mut packed, &section);
    }
    Some(packed)
}

/// A function of the code section.
fn take_apart(function: &[u8], parts: &mut [Vec<u8>; part::COUNT]) -> Option<()> {
    let (END, body) = function.split_last().map(|(last, body)| (*last, body))? else {
        return None;
    };
    let mut reader = Reader::new(body);
    let groups = reader.number()?;
    write_number(&mut parts[part::LOCAL_TYPES], groups);
    for _ in 0..groups {
        write_number(&mut parts[part::LOCAL_TYPES], reader.number()?);
        write_number(&mut parts[part::LOCAL_TYPES], reader.number()?);
    }
    while reader.left() > 0 {
        let instruction = reader.byte()?;
        parts[part::INSTRUCTIONS].push(instruction);
        if natural_alignment(instruction).is_some() {
            // A hint, which costs more than it tells: it is nearly always the
            // natural one.
            reader.number()?;
        }
        let start = reader.rest();
        follow(instruction, &mut reader)?;
        let following = &start[..start.len() - reader.left()];
        let next = reader.rest().first();
        match usize::from(kind(instruction) & 0x0f) {
            0 => {}
            part::RARE => {
                parts[part::RARE].push(u8::try_from(following.len()).ok()?);
                parts[part::RARE].extend(following);
            }
            part::LOCAL if matches!(next, Some(0x28 | 0x29)) => {
                parts[part::LOCAL_TO_LOAD].extend(following);
            }
            part::I32 if matches!(next, Some(0x6a | 0x6b)) => {
                parts[part::I32_TO_ADD].extend(following);
            }
            part => parts[part].extend(following),
        }
    }
    parts[part::INSTRUCTIONS].push(END_OF_FUNCTION);
    Some(())
}

/// See [`part::KINDS`].
fn kind(instruction: u8) -> u8 {
    let part = match instruction {
        0x02..=0x04 => part::BLOCK_TYPE,
        0x0c | 0x0d => part::BRANCH,
        0x10 => part::CALL,
        0x20..=0x22 => part::LOCAL,
        0x23 | 0x24 => part::GLOBAL,
        0x28..=0x3e => part::OFFSET,
        0x41 => part::I32,
        0x42 => part::I64,
        0x0e | 0x11 | 0x1c | 0x25 | 0x26 | 0x3f | 0x40 | 0x43 | 0x44 | 0xd0 | 0xd2 | 0xfc => {
            part::RARE
        }
        _ => 0,
    };
    part as u8 + natural_alignment(instruction).map_or(0, |it| (it + 1) << 4)
}

/// Of what loads or stores: the exponent of two of its size in bytes.
fn natural_alignment(instruction: u8) -> Option<u8> {
    let sizes = b"23230011001122232301012";
    let index = instruction.checked_sub(0x28)?;
    sizes.get(usize::from(index)).map(|digit| digit - b'0')
}

/// Reads what follows the instruction, an alignment apart.
fn follow(instruction: u8, reader: &mut Reader<'_>) -> Option<()> {
    let numbers = match instruction {
        // A table of branches and the default, types of a choice.
        0x0e => reader.number()? + 1,
        0x1c => reader.number()?,
        0x11 => 2,
        0x43 => return reader.take(4).map(|_| ()),
        0x44 => return reader.take(8).map(|_| ()),
        0xfc => match reader.number()? {
            // Numbers without a trap; of memory and tables what is dropped,
            // filled, grown or measured; what is copied.
            0..=7 => 0,
            9 | 11 | 13 | 15..=17 => 1,
            8 | 10 | 12 | 14 => 2,
            _ => return None,
        },
        0x06..=0x0a | 0x12..=0x19 | 0x1d..=0x1f | 0x27 | 0xc5..=0xcf | 0xd3..=0xfb | 0xfd.. => {
            return None;
        }
        _ => u32::from(kind(instruction) != 0),
    };
    for _ in 0..numbers {
        reader.skip_number()?;
    }
    Some(())
}

/// The program as it is after `pack` and `unpack`: with natural alignments, and
/// with three bytes for the length of the code and of each function.
pub fn canonical(program: &[u8]) -> Option<Vec<u8>> {
    let (header, sections) = sections(program)?;
    let mut canonical = header.to_vec();
    for (kind, content) in sections {
        canonical.push(kind);
        if kind != CODE {
            write_bytes(&mut canonical, content);
            continue;
        }
        let mut reader = Reader::new(content);
        let functions = reader.number()?;
        let mut code = Vec::new();
        write_number(&mut code, functions);
        for _ in 0..functions {
            let function = with_natural_alignments(reader.bytes()?)?;
            code.extend(length(&function)?);
            code.extend(function);
        }
        canonical.extend(length(&code)?);
        canonical.extend(code);
    }
    Some(canonical)
}

fn length(bytes: &[u8]) -> Option<[u8; 3]> {
    let length = bytes.len();
    let last = u8::try_from(length >> 14).ok().filter(|it| *it < 0x80)?;
    Some([length as u8 | 0x80, (length >> 7) as u8 | 0x80, last])
}

fn with_natural_alignments(function: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(function);
    for _ in 0..reader.number()? {
        reader.number()?;
        reader.byte()?;
    }
    let mut natural = function[..function.len() - reader.left()].to_vec();
    while reader.left() > 0 {
        let instruction = reader.byte()?;
        natural.push(instruction);
        if let Some(alignment) = natural_alignment(instruction) {
            reader.number()?;
            natural.push(alignment);
        }
        let start = reader.rest();
        follow(instruction, &mut reader)?;
        natural.extend(&start[..start.len() - reader.left()]);
    }
    Some(natural)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a type, a function of these bytes, and data.
    fn module(function: &[u8]) -> Vec<u8> {
        let mut code = vec![1];
        write_bytes(&mut code, function);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (kind, content) in [(1, b"\x01\x60\0\0".as_slice()), (CODE, &code), (11, b"\0")] {
            module.push(kind);
            write_bytes(&mut module, content);
        }
        module
    }

    /// Two locals; `0 + 300`, a load of an odd alignment, a table of branches.
    const FUNCTION: &[u8] =
        b"\x01\x02\x7f\x20\x00\x41\xac\x02\x6a\x21\x01\x20\x01\x28\x00\x04\x0e\x01\x00\x00\x0b";

    #[test]
    fn like_lies_beside_like() {
        let packed = pack(&module(FUNCTION)).unwrap();
        let (_, sections) = sections(&packed).unwrap();
        let part = |number: usize| {
            let name = number.to_string();
            sections.iter().find_map(|(kind, content)| {
                let mut reader = Reader::new(content);
                let is_it = *kind == CUSTOM && reader.bytes() == Some(name.as_bytes());
                is_it.then(|| reader.rest())
            })
        };
        let end = END_OF_FUNCTION;
        assert_eq!(
            part(part::INSTRUCTIONS),
            Some([0x20, 0x41, 0x6a, 0x21, 0x20, 0x28, 0x0e, end].as_slice())
        );
        assert_eq!(
            part(part::LOCAL_TYPES),
            Some(b"\x01\x01\x02\x7f".as_slice())
        );
        assert_eq!(part(part::LOCAL), Some(b"\x00\x01".as_slice()));
        assert_eq!(part(part::LOCAL_TO_LOAD), Some(b"\x01".as_slice()));
        assert_eq!(part(part::I32_TO_ADD), Some(b"\xac\x02".as_slice()));
        assert_eq!(part(part::OFFSET), Some(b"\x04".as_slice()));
        assert_eq!(part(part::RARE), Some(b"\x03\x01\x00\x00".as_slice()));
        assert_eq!(part(part::TAIL), Some(b"\x0b\x01\x00".as_slice()));
        assert_eq!(part(part::CALL), None);
    }

    #[test]
    fn what_is_put_together_has_natural_alignments_and_lengths_of_three_bytes() {
        let program = module(FUNCTION);
        let canonical = canonical(&program).unwrap();
        let head = &program[..14];
        assert!(canonical.starts_with(head));
        let code = b"\x0a\x99\x80\x00\x01\x95\x80\x00\x01\x02\x7f\x20\x00";
        assert!(canonical[head.len()..].starts_with(code), "{canonical:x?}");
        assert!(canonical.ends_with(b"\x28\x02\x04\x0e\x01\x00\x00\x0b\x0b\x01\x00"));
    }

    #[test]
    fn what_is_not_known_is_not_packed() {
        assert_eq!(pack(&module(b"\x00\xfd\x0b")), None);
        assert_eq!(pack(&module(b"\x00\xfc\x20\x0b")), None);
        assert_eq!(pack(&module(b"\x00\x41\x00")), None);
        assert_eq!(pack(b"\0asm\x01\0\0\0"), None);
    }
}
