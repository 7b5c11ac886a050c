//! The text colour on a site's accent.

use concierge_core::text::trim;

const WHITE: &str = "#ffffff";
const NEAR_BLACK: &str = "#15191e";
/// Relative luminance of [`NEAR_BLACK`].
const NEAR_BLACK_LUMINANCE: f32 = 0.0097;
const BLACK: &str = "#000000";
/// WCAG 2.2, 1.4.3.
const READABLE: f32 = 4.5;

/// The colour of text that can be read on `accent` (`#rgb` or `#rrggbb`):
/// white, near-black, or black where neither will do. White for any other
/// notation, as the default accent is dark.
#[must_use]
pub fn on_accent(accent: &str) -> &'static str {
    let Some(luminance) = luminance(accent) else {
        return WHITE;
    };
    // White comes first: dark text on a saturated colour looks heavier than
    // its contrast says.
    if 1.05 / (luminance + 0.05) >= READABLE {
        WHITE
    } else if (luminance + 0.05) / (NEAR_BLACK_LUMINANCE + 0.05) >= READABLE {
        NEAR_BLACK
    } else {
        BLACK
    }
}

/// WCAG 2 relative luminance.
fn luminance(colour: &str) -> Option<f32> {
    let digits = trim(colour).strip_prefix('#')?.as_bytes();
    let (width, step) = match digits.len() {
        3 => (1, 17),
        6 => (2, 1),
        _ => return None,
    };
    let mut sum = 0.0;
    for (pair, weight) in digits.chunks(width).zip([0.2126, 0.7152, 0.0722]) {
        let mut value = 0;
        for digit in pair {
            value = value * 16 + (*digit as char).to_digit(16)?;
        }
        let part = (value * step) as f32 / 255.0;
        // The sRGB curve as a polynomial, right to three digits: `powf` would
        // cost more in the program than all of this file.
        let linear = part * (part * (part * 0.305_306 + 0.682_171) + 0.012_523);
        sum += weight * linear;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::{BLACK, NEAR_BLACK, WHITE, on_accent};

    #[test]
    fn text_on_an_accent_is_readable() {
        assert_eq!(on_accent("#0b6b5e"), WHITE);
        assert_eq!(on_accent("#2fa08f"), NEAR_BLACK);
        assert_eq!(on_accent("#000"), WHITE);
        assert_eq!(on_accent("#ff0"), NEAR_BLACK);
        assert_eq!(on_accent("#FFFFFF"), NEAR_BLACK);
        // 4.4 with white, 4.0 with near-black.
        assert_eq!(on_accent("#787878"), BLACK);
    }

    #[test]
    fn an_unknown_notation_gets_the_default() {
        assert_eq!(on_accent("rebeccapurple"), WHITE);
        assert_eq!(on_accent("#12"), WHITE);
        assert_eq!(on_accent("#ggg"), WHITE);
    }
}
