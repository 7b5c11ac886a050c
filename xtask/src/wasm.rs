//! Reads and writes as much of WebAssembly's binary format as is needed to leave
//! something out, or to name it anew.

use std::collections::BTreeMap;

/// Custom, import, code and data section.
pub const CUSTOM: u8 = 0;
pub const IMPORT: u8 = 2;
pub const CODE: u8 = 10;
pub const DATA: u8 = 11;

/// A section's kind and content.
pub type Section<'a> = (u8, &'a [u8]);

/// The header and the sections.
pub fn sections(module: &[u8]) -> Option<(&[u8], Vec<Section<'_>>)> {
    let (header, sections) = module.split_at_checked(8)?;
    let mut reader = Reader(sections);
    let mut sections = Vec::new();
    while reader.left() > 0 {
        let kind = reader.byte()?;
        sections.push((kind, reader.bytes()?));
    }
    Some((header, sections))
}

/// How many functions are imported: their numbers come first.
pub fn imported_functions(section: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(section);
    let mut functions = 0;
    for _ in 0..reader.number()? {
        reader.bytes()?;
        reader.bytes()?;
        match reader.byte()? {
            0 => {
                reader.number()?;
                functions += 1;
            }
            kind @ (1 | 2) => {
                if kind == 1 {
                    reader.byte()?;
                }
                let has_maximum = reader.byte()? & 1 == 1;
                reader.number()?;
                if has_maximum {
                    reader.number()?;
                }
            }
            3 => {
                reader.byte()?;
                reader.byte()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// The names of a module's imports, in their order. `None` if one of them is no
/// function.
pub fn import_names(module: &[u8]) -> Option<Vec<&str>> {
    let (_, sections) = sections(module)?;
    let (_, section) = sections.into_iter().find(|it| it.0 == IMPORT)?;
    Some(imports(section)?.into_iter().map(|it| it.0).collect())
}

/// The names and types of the imports. `None` if one of them is no function.
pub fn imports(section: &[u8]) -> Option<Vec<(&str, u32)>> {
    let mut reader = Reader::new(section);
    let count = reader.number()?;
    (0..count)
        .map(|_| {
            reader.bytes()?;
            let name = std::str::from_utf8(reader.bytes()?).ok()?;
            let is_function = reader.byte()? == 0;
            is_function.then_some((name, reader.number()?))
        })
        .collect()
}

/// The names of functions by number, if this is the section of names.
pub fn function_names(section: &[u8]) -> Option<BTreeMap<u32, &str>> {
    const FUNCTIONS: u8 = 1;
    let mut reader = Reader::new(section);
    if reader.bytes()? != b"name" {
        return None;
    }
    loop {
        let kind = reader.byte()?;
        let mut content = Reader::new(reader.bytes()?);
        if kind == FUNCTIONS {
            let count = content.number()?;
            return (0..count)
                .map(|_| {
                    let number = content.number()?;
                    Some((number, std::str::from_utf8(content.bytes()?).ok()?))
                })
                .collect();
        }
    }
}

/// Reads what the WebAssembly specification calls a binary format.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.0.len()
    }

    /// What is left.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An unsigned LEB128.
    pub fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The beginning of a segment of data: its address, if that is constant.
    pub fn address(&mut self) -> Option<Option<u32>> {
        const CONSTANT: u8 = 0x41;
        const END: u8 = 0x0b;
        if self.number()? != 0 || self.byte()? != CONSTANT {
            return Some(None);
        }
        let address = self.number()?;
        Some((self.byte()? == END).then_some(address))
    }

    /// Passes a LEB128 of any size and sign.
    pub fn skip_number(&mut self) -> Option<()> {
        while self.byte()? >= 0x80 {}
        Some(())
    }

    /// So many bytes as the number before them says.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        self.take(length)
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

pub fn write_number(to: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

pub fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_number(to, bytes.len() as u32);
    to.extend(bytes);
}
