//! Randomness from a seed: jitter and message ids.

use crate::model::Uid;

/// The SplitMix64 generator. Enough for jitter and ids; not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        // The modulo's bias is far below anything a delay can show.
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A random UUID.
    pub(crate) fn uid(&mut self) -> Uid {
        Uid(uuid(self.next(), self.next()))
    }
}

/// The UUID (RFC 9562, version 4) of these random bits.
#[must_use]
pub fn uuid(high: u64, low: u64) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let mut text = String::with_capacity(36);
    for place in 0..32_u32 {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let half = if place < 16 { high } else { low };
        let nibble = (half >> (60 - 4 * (place % 16))) & 0xf;
        text.push(char::from(HEX[nibble as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_a_version_4_uuid() {
        let mut random = Random::new(1);
        for _ in 0..100 {
            let Uid(text) = random.uid();
            assert_eq!(text.len(), 36);
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12]);
            assert_eq!(&text[14..15], "4");
            assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
        }
    }

    #[test]
    fn two_seeds_give_two_ids_and_one_seed_gives_one() {
        assert_ne!(Random::new(1).uid(), Random::new(2).uid());
        assert_eq!(Random::new(3).uid(), Random::new(3).uid());
    }
}
