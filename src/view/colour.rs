//! The text colour on a site's accent.

const WHITE: &str = "#ffffff";
const BLACK: &str = "#15191e";
/// Relative luminance of [`BLACK`].
const BLACK_LUMINANCE: f32 = 0.0097;

/// White or near-black, whichever reads better on `accent` (`#rgb` or
/// `#rrggbb`). White for anything else, as the default accent is dark.
#[must_use]
pub fn on_accent(accent: &str) -> &'static str {
    let Some(luminance) = luminance(accent) else {
        return WHITE;
    };
    let with_white = 1.05 / (luminance + 0.05);
    let with_black = (luminance + 0.05) / (BLACK_LUMINANCE + 0.05);
    // White is preferred as soon as it is readable: dark text on a saturated
    // colour looks heavier than its contrast says.
    if with_white >= 4.5 || with_white >= with_black {
        WHITE
    } else {
        BLACK
    }
}

/// WCAG 2 relative luminance.
fn luminance(colour: &str) -> Option<f32> {
    let digits = colour.trim().strip_prefix('#')?.as_bytes();
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
        // A square is near enough to the sRGB curve to choose between two
        // colours, and costs no `powf` in the program.
        sum += weight * part * part;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::{BLACK, WHITE, on_accent};

    #[test]
    fn text_on_an_accent_is_readable() {
        assert_eq!(on_accent("#0b6b5e"), WHITE);
        assert_eq!(on_accent("#2fa08f"), BLACK);
        assert_eq!(on_accent("#000"), WHITE);
        assert_eq!(on_accent("#ff0"), BLACK);
        assert_eq!(on_accent("#FFFFFF"), BLACK);
    }

    #[test]
    fn an_unknown_notation_gets_the_default() {
        assert_eq!(on_accent("rebeccapurple"), WHITE);
        assert_eq!(on_accent("#12"), WHITE);
        assert_eq!(on_accent("#ggg"), WHITE);
    }
}
