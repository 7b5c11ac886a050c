//! Content hashes for file names.

/// 64-bit FNV-1a as 16 hex digits: the same on every machine and in every
/// version of Rust. It tells versions of one file apart; it is no protection.
pub fn content(bytes: &[u8]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(content(b""), "cbf29ce484222325");
        assert_eq!(content(b"foobar"), "85944171f73967e8");
    }
}
