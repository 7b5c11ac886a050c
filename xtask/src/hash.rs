//! Content hashes for file names.

/// 40 bits of FNV-1a as 10 hex digits: the same on every machine and in every
/// version of Rust. It tells versions of the app apart; it is no protection.
pub fn content(bytes: &[u8]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{:010x}", hash >> 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(content(b""), "cbf29ce484");
        assert_eq!(content(b"foobar"), "85944171f7");
    }
}
