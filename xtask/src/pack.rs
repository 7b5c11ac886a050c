//! Takes a WebAssembly program apart by what its bytes are: instructions,
//! numbers of locals, constants, offsets and others each in a part of their own.
//! A packer that knows nothing of WebAssembly, as brotli, then finds like beside
//! like, and makes an eighth less of it. `unpack.js` puts the program together
//! again when the app starts.
//!
//! The parts are the custom sections of a module that is empty otherwise, so that
//! the file is what its name and its type say, and browsers take it apart.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::wasm::{
    CODE, CUSTOM, IMPORT, Reader, Section, imports, sections, write_bytes, write_number,
};

/// Puts together what [`pack`] took apart: `unpack(packed: WebAssembly.Module):
/// Uint8Array`.
pub const UNPACK: &str = include_str!("unpack.js");

/// The parts. Their numbers are their names, and stand in `unpack.js`.
mod part {
    /// A line for each symbol: the number of the part with the number that
    /// follows it, or 0, and how the number before it lies; how many bytes it
    /// stands for; and those.
    pub const TABLE: usize = 0;
    /// All before the imports, and all after the code.
    pub const HEAD: usize = 1;
    pub const TAIL: usize = 2;
    /// A symbol for each instruction, or for one with what follows it.
    /// [`super::END_OF_FUNCTION`] stands for the end of one.
    pub const SYMBOLS: usize = 3;
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
    /// Constants that may be addresses.
    pub const ADDRESS: usize = 16;
    /// Constants of five bytes, by which the compiler tells variants apart.
    pub const LARGE: usize = 17;
    /// Offsets of what stores.
    pub const OFFSET_TO_STORE: usize = 18;
    /// The number of imports, and of each its type. They are functions, and
    /// called by their numbers.
    pub const IMPORTS: usize = 19;
    /// What lies between the imports and the code.
    pub const MIDDLE: usize = 20;
    pub const COUNT: usize = 21;

    /// Added to a part in the table by what takes a number from the part after
    /// [`LOCAL`] or after [`I32`].
    pub const BEFORE_LOAD: u8 = 0x20;
    pub const BEFORE_ADDITION: u8 = 0x40;
}

type Parts = [Vec<u8>; part::COUNT];

/// The parts as they lie in the file: by trial, those that are alike side by side.
const ORDER: [usize; part::COUNT] = [
    part::TAIL,
    part::TABLE,
    part::SYMBOLS,
    part::I32_TO_ADD,
    part::BLOCK_TYPE,
    part::LOCAL_TYPES,
    part::RARE,
    part::GLOBAL,
    part::LOCAL,
    part::BRANCH,
    part::LOCAL_TO_LOAD,
    part::HEAD,
    part::IMPORTS,
    part::MIDDLE,
    part::I32,
    part::ADDRESS,
    part::LARGE,
    part::OFFSET,
    part::OFFSET_TO_STORE,
    part::CALL,
    part::I64,
];

/// The module that all imports are of.
pub const MODULE: &str = "a";

/// The symbol for the last `end` of a function.
const END_OF_FUNCTION: u8 = 239;

const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const I32_CONST: u8 = 0x41;

/// The program's data begins at its second mebibyte or later and is smaller.
const ADDRESSES: core::ops::Range<u32> = 0x10_0000..0x20_0000;

struct Function<'a> {
    /// The groups of its locals.
    locals: &'a [u8],
    body: Vec<Instruction<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instruction<'a> {
    opcode: u8,
    /// What follows it, an alignment apart: that is a hint, nearly always the
    /// natural one, and costs more than it tells.
    following: &'a [u8],
}

impl<'a> Function<'a> {
    /// Its instructions, each with the one that comes next.
    fn pairs(&self) -> impl Iterator<Item = (&Instruction<'a>, Option<u8>)> {
        let next = self.body.iter().skip(1).map(|it| Some(it.opcode));
        self.body.iter().zip(next.chain([None]))
    }
}

impl<'a> Instruction<'a> {
    /// What its symbol stands for, and the part with what follows it, or 0.
    fn means(&self, next: Option<u8>, is_whole: impl Fn(&Self) -> bool) -> (Meaning<'a>, usize) {
        if is_whole(self) {
            return (Meaning::Whole(*self), 0);
        }
        let alone = Meaning::Alone(self.opcode);
        let is_address = || {
            let number = Reader::new(self.following).number();
            number.is_some_and(|it| ADDRESSES.contains(&it))
        };
        match (usize::from(part(self.opcode)), next) {
            (part::LOCAL, Some(0x28 | 0x29)) => (alone, part::LOCAL_TO_LOAD),
            (part::I32, Some(0x6a | 0x6b)) => (alone, part::I32_TO_ADD),
            (part::I32, _) if self.following.len() == 5 => (Meaning::Large, part::LARGE),
            (part::I32, _) if is_address() => (Meaning::Address, part::ADDRESS),
            (part, _) => (alone, part),
        }
    }
}

/// The module with the parts. `None` if the program is no module or has
/// instructions that are not known here.
pub fn pack(program: &[u8]) -> Option<Vec<u8>> {
    let program = Program::read(program)?;
    let symbols = Symbols::of(&program.functions);

    let mut parts = Parts::default();
    parts[part::TABLE] = symbols.table();
    parts[part::HEAD] = program.header.to_vec();
    write_sections(&mut parts[part::HEAD], program.head());
    write_number(&mut parts[part::IMPORTS], program.imports.len() as u32);
    for kind in &program.imports {
        write_number(&mut parts[part::IMPORTS], *kind);
    }
    write_sections(&mut parts[part::MIDDLE], program.middle());
    write_sections(&mut parts[part::TAIL], program.tail());
    write_number(
        &mut parts[part::LOCAL_TYPES],
        program.functions.len() as u32,
    );
    for function in &program.functions {
        parts[part::LOCAL_TYPES].extend(function.locals);
        for (instruction, next) in function.pairs() {
            symbols.write(instruction, next, &mut parts)?;
        }
        parts[part::SYMBOLS].push(END_OF_FUNCTION);
    }

    let mut packed = program.header.to_vec();
    for number in ORDER.into_iter().filter(|it| !parts[*it].is_empty()) {
        let mut section = Vec::new();
        write_bytes(&mut section, number.to_string().as_bytes());
        section.extend(&parts[number]);
        packed.push(CUSTOM);
        write_bytes(&mut packed, &section);
    }
    Some(packed)
}

/// The program as it is after `pack` and `unpack`: with natural alignments, with
/// three bytes for the length of the imports, of the code and of each function,
/// and with imports that are called by their numbers.
pub fn canonical(program: &[u8]) -> Option<Vec<u8>> {
    let program = Program::read(program)?;
    let mut imports = Vec::new();
    write_number(&mut imports, program.imports.len() as u32);
    for (number, kind) in program.imports.iter().enumerate() {
        write_bytes(&mut imports, MODULE.as_bytes());
        write_bytes(&mut imports, number.to_string().as_bytes());
        imports.push(0);
        write_number(&mut imports, *kind);
    }
    let mut code = Vec::new();
    write_number(&mut code, program.functions.len() as u32);
    for function in &program.functions {
        let mut bytes = function.locals.to_vec();
        for instruction in &function.body {
            bytes.extend(start(instruction.opcode));
            bytes.extend(instruction.following);
        }
        bytes.push(END);
        code.extend(length(&bytes)?);
        code.extend(bytes);
    }
    let mut canonical = program.header.to_vec();
    write_sections(&mut canonical, program.head());
    canonical.push(IMPORT);
    canonical.extend(length(&imports)?);
    canonical.extend(imports);
    write_sections(&mut canonical, program.middle());
    canonical.push(CODE);
    canonical.extend(length(&code)?);
    canonical.extend(code);
    write_sections(&mut canonical, program.tail());
    Some(canonical)
}

/// A program, as far as it is taken apart.
struct Program<'a> {
    header: &'a [u8],
    sections: Vec<Section<'a>>,
    /// The types of the functions that it imports.
    imports: Vec<u32>,
    functions: Vec<Function<'a>>,
}

impl<'a> Program<'a> {
    fn read(program: &'a [u8]) -> Option<Self> {
        let (header, sections) = sections(program)?;
        let of = |wanted| sections.iter().find(move |(kind, _)| *kind == wanted);
        let (_, imported) = of(IMPORT)?;
        let (_, code) = of(CODE)?;
        Some(Self {
            imports: imports(imported)?.into_iter().map(|it| it.1).collect(),
            functions: functions(code)?,
            header,
            sections,
        })
    }

    /// The sections before that of this kind, and those after it.
    fn around(&self, kind: u8) -> (&[Section<'a>], &[Section<'a>]) {
        let at = self.sections.iter().position(|it| it.0 == kind);
        let at = at.unwrap_or_default();
        (&self.sections[..at], &self.sections[at + 1..])
    }

    fn head(&self) -> &[Section<'a>] {
        self.around(IMPORT).0
    }

    fn middle(&self) -> &[Section<'a>] {
        let before_code = self.around(CODE).0;
        &before_code[self.head().len() + 1..]
    }

    fn tail(&self) -> &[Section<'a>] {
        self.around(CODE).1
    }
}

fn write_sections(to: &mut Vec<u8>, sections: &[Section<'_>]) {
    for (kind, content) in sections {
        to.push(*kind);
        write_bytes(to, content);
    }
}

fn length(bytes: &[u8]) -> Option<[u8; 3]> {
    let length = bytes.len();
    let last = u8::try_from(length >> 14).ok().filter(|it| *it < 0x80)?;
    Some([length as u8 | 0x80, (length >> 7) as u8 | 0x80, last])
}

/// What a symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning<'a> {
    /// An instruction, whatever follows it.
    Alone(u8),
    /// An instruction with what follows it.
    Whole(Instruction<'a>),
    /// A constant that may be an address.
    Address,
    /// A constant of five bytes.
    Large,
}

impl Meaning<'_> {
    const fn opcode(&self) -> u8 {
        match self {
            Self::Alone(opcode) => *opcode,
            Self::Whole(instruction) => instruction.opcode,
            Self::Address | Self::Large => I32_CONST,
        }
    }

    /// The kind of its symbol, see [`KINDS`].
    const fn kind(&self) -> usize {
        match self.opcode() {
            0x20 => 0,
            I32_CONST if matches!(self, Self::Alone(_)) => 7,
            // Constants, and what keeps a value.
            0x22 | 0x41..=0x44 => 6,
            // What takes a value away, or goes elsewhere.
            0x21 | 0x36..=0x3e | 0x00 | 0x0c..=0x0f => 1,
            // Loads and comparisons.
            0x23 | 0x29..=0x35 | 0x45..=0x69 => 2,
            0x28 | 0x1b | 0x6a..=0xc4 => 3,
            CALL | 0x11 => 4,
            _ => 5,
        }
    }

    /// A line of the table.
    fn line(&self) -> Vec<u8> {
        // Which of the two parts a number before it lies in.
        let before = match self.opcode() {
            0x28 | 0x29 => part::BEFORE_LOAD,
            0x6a | 0x6b => part::BEFORE_ADDITION,
            _ => 0,
        };
        let (part, following) = match self {
            Self::Alone(opcode) => (part(*opcode), [].as_slice()),
            Self::Whole(instruction) => (0, instruction.following),
            Self::Address => (part::ADDRESS as u8, [].as_slice()),
            Self::Large => (part::LARGE as u8, [].as_slice()),
        };
        let mut line = vec![part | before];
        write_bytes(&mut line, &[&start(self.opcode()), following].concat());
        line
    }
}

/// Brotli tells eight kinds of bytes apart when it looks at the two before a
/// byte to foretell it (RFC 7932, section 7.1, signed mode). So what is alike has
/// symbols of one kind.
const KINDS: [core::ops::RangeInclusive<u8>; 8] = [
    0..=0,
    1..=15,
    16..=63,
    64..=127,
    128..=191,
    192..=239,
    240..=254,
    255..=255,
];

/// Which symbols there are.
struct Symbols<'a>(BTreeMap<Meaning<'a>, u8>);

impl<'a> Symbols<'a> {
    fn of(functions: &[Function<'a>]) -> Self {
        let mut counts = BTreeMap::<_, u32>::new();
        for (instruction, _) in functions.iter().flat_map(Function::pairs) {
            *counts.entry(*instruction).or_default() += 1;
        }
        let opcodes: BTreeSet<u8> = counts.keys().map(|it| it.opcode).collect();
        // A symbol's line in the table costs some bytes.
        let mut frequent: Vec<_> = counts.into_iter().filter(|it| it.1 > 8).collect();
        frequent.sort_by_key(|(_, count)| Reverse(*count));
        let most = |which: fn(&u8) -> bool, number: usize| {
            let which = move |it: &&(Instruction<'a>, u32)| which(&it.0.opcode);
            frequent.iter().filter(which).take(number)
        };
        let is_block = |it: &u8| usize::from(part(*it)) == part::BLOCK_TYPE;
        // Those that are worth it, by trial: the most frequent constants and types
        // of blocks, and as many functions that are called as there are symbols.
        let whole: BTreeSet<_> = most(|it| *it == I32_CONST, 3)
            .chain(most(is_block, 3))
            .chain(most(|it| *it == CALL, usize::MAX))
            .map(|it| it.0)
            .take(252 - opcodes.len())
            .collect();

        let mut counts = BTreeMap::<_, u32>::new();
        for (instruction, next) in functions.iter().flat_map(Function::pairs) {
            let (meaning, _) = instruction.means(next, |it| whole.contains(it));
            *counts.entry(meaning).or_default() += 1;
        }
        let mut meanings: Vec<_> = counts.into_iter().collect();
        meanings.sort_by_key(|(_, count)| Reverse(*count));
        let mut free = KINDS.map(|kind| kind.filter(|it| *it != END_OF_FUNCTION));
        let symbols = meanings.into_iter().filter_map(|(meaning, _)| {
            let kinds = [meaning.kind(), 3, 4, 2, 5, 1, 6, 0, 7];
            let symbol = kinds.into_iter().find_map(|kind| free[kind].next());
            Some((meaning, symbol?))
        });
        Self(symbols.collect())
    }

    /// See [`part::TABLE`].
    fn table(&self) -> Vec<u8> {
        let line = |symbol: u8| {
            let one = self.0.iter().find(|(_, other)| **other == symbol);
            one.map_or_else(|| vec![0, 0], |(meaning, _)| meaning.line())
        };
        (0..=u8::MAX).flat_map(line).collect()
    }

    /// Writes an instruction to its parts.
    fn write(&self, it: &Instruction<'_>, next: Option<u8>, parts: &mut Parts) -> Option<()> {
        let is_whole = |it: &Instruction<'_>| self.0.contains_key(&Meaning::Whole(*it));
        let (meaning, part) = it.means(next, is_whole);
        parts[part::SYMBOLS].push(*self.0.get(&meaning)?);
        if part == part::RARE {
            parts[part].push(u8::try_from(it.following.len()).ok()?);
        }
        if part != 0 {
            parts[part].extend(it.following);
        }
        Some(())
    }
}

/// The part with what follows an instruction, or 0.
const fn part(opcode: u8) -> u8 {
    let part = match opcode {
        0x02..=0x04 => part::BLOCK_TYPE,
        0x0c | 0x0d => part::BRANCH,
        CALL => part::CALL,
        0x20..=0x22 => part::LOCAL,
        0x23 | 0x24 => part::GLOBAL,
        0x28..=0x35 => part::OFFSET,
        0x36..=0x3e => part::OFFSET_TO_STORE,
        I32_CONST => part::I32,
        0x42 => part::I64,
        0x0e | 0x11 | 0x1c | 0x25 | 0x26 | 0x3f | 0x40 | 0x43 | 0x44 | 0xd0 | 0xd2 | 0xfc => {
            part::RARE
        }
        _ => 0,
    };
    part as u8
}

/// The instruction's own byte, and its natural alignment if it has one.
fn start(opcode: u8) -> Vec<u8> {
    let alignment = natural_alignment(opcode).into_iter();
    [opcode].into_iter().chain(alignment).collect()
}

/// Of what loads or stores: the exponent of two of its size in bytes.
fn natural_alignment(opcode: u8) -> Option<u8> {
    let sizes = b"23230011001122232301012";
    let index = opcode.checked_sub(0x28)?;
    sizes.get(usize::from(index)).map(|digit| digit - b'0')
}

/// Reads a code section.
fn functions(section: &[u8]) -> Option<Vec<Function<'_>>> {
    let mut reader = Reader::new(section);
    let count = reader.number()?;
    (0..count).map(|_| function(reader.bytes()?)).collect()
}

fn function(bytes: &[u8]) -> Option<Function<'_>> {
    let (END, bytes) = bytes.split_last().map(|(last, rest)| (*last, rest))? else {
        return None;
    };
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.number()? {
        reader.number()?;
        reader.byte()?;
    }
    let locals = &bytes[..bytes.len() - reader.left()];
    let mut body = Vec::new();
    while reader.left() > 0 {
        let opcode = reader.byte()?;
        if natural_alignment(opcode).is_some() {
            reader.number()?;
        }
        let start = reader.rest();
        follow(opcode, &mut reader)?;
        let following = &start[..start.len() - reader.left()];
        body.push(Instruction { opcode, following });
    }
    Some(Function { locals, body })
}

/// Reads what follows the instruction, an alignment apart.
fn follow(opcode: u8, reader: &mut Reader<'_>) -> Option<()> {
    let numbers = match opcode {
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
        _ => u32::from(part(opcode) != 0),
    };
    for _ in 0..numbers {
        reader.skip_number()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a type, a function of these bytes, and data.
    fn module(function: &[u8]) -> Vec<u8> {
        let mut code = vec![1];
        write_bytes(&mut code, function);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let types = b"\x01\x60\0\0".as_slice();
        let imported = b"\x01\x03old\x01n\0\0".as_slice();
        let sections = [
            (1, types),
            (IMPORT, imported),
            (3, b"\x01\0"),
            (CODE, &code),
            (11, b"\0"),
        ];
        for (kind, content) in sections {
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
        let symbols = part(part::SYMBOLS).unwrap();
        assert_eq!(symbols.len(), 8);
        // The most frequent of its kind is the first; the constant has a kind of
        // its own.
        assert_eq!(symbols[..2], [0, 255]);
        assert_eq!(symbols[4], symbols[0]);
        assert_eq!(symbols[7], END_OF_FUNCTION);
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
        assert_eq!(part(part::IMPORTS), Some(b"\x01\0".as_slice()));
        assert_eq!(part(part::MIDDLE), Some(b"\x03\x02\x01\0".as_slice()));
    }

    #[test]
    fn what_is_put_together_has_natural_alignments_lengths_of_three_bytes_and_numbered_imports() {
        let program = module(FUNCTION);
        let canonical = canonical(&program).unwrap();
        let head = &program[..14];
        assert!(canonical.starts_with(head));
        let imports = b"\x02\x87\x80\0\x01\x01a\x010\0\0\x03\x02\x01\0";
        assert!(
            canonical[head.len()..].starts_with(imports),
            "{canonical:x?}"
        );
        let code = b"\x0a\x99\x80\x00\x01\x95\x80\x00\x01\x02\x7f\x20\x00";
        let rest = &canonical[head.len() + imports.len()..];
        assert!(rest.starts_with(code), "{canonical:x?}");
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
