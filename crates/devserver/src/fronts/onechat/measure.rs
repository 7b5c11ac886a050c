//! Width and height of pictures, read from the beginnings of their files.

/// The size in pixels of a PNG, GIF or JPEG picture.
pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((big_endian(file.get(16..20)?), big_endian(file.get(20..24)?)));
    }
    if file.starts_with(b"GIF8") {
        let little =
            |at: usize| Some(u32::from(*file.get(at)?) + 256 * u32::from(*file.get(at + 1)?));
        return Some((little(6)?, little(8)?));
    }
    if file.starts_with(b"\xff\xd8") {
        return jpeg(file.get(2..)?);
    }
    None
}

/// Goes from marker to marker until one that begins a frame.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        let (marker, length) = (rest.get(1)?, big_endian(rest.get(2..4)?));
        let begins_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if begins_frame {
            return Some((big_endian(rest.get(7..9)?), big_endian(rest.get(5..7)?)));
        }
        rest = rest.get(2 + usize::try_from(length).ok()?..)?;
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number * 256 + u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::dimensions;

    #[test]
    fn pictures_are_measured() {
        let png = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(),
            &[0, 0, 1, 64, 0, 0, 0, 200],
        ]
        .concat();
        assert_eq!(dimensions(&png), Some((320, 200)));
        assert_eq!(dimensions(b"GIF89a\x0a\0\x05\0"), Some((10, 5)));
        let jpeg = [
            b"\xff\xd8".as_slice(),
            b"\xff\xe0\0\x04ab",
            b"\xff\xc0\0\x11\x08\0\x30\0\x40",
        ]
        .concat();
        assert_eq!(dimensions(&jpeg), Some((64, 48)));
        assert_eq!(dimensions(b"%PDF-1.7"), None);
    }
}
