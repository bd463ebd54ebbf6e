//! What must not reach a log: characters that forge lines or colours, and card numbers.

/// Shortest and longest card number, in digits. ISO/IEC 7812-1.
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Longest text of one field of a log line, in characters.
const CHARS_MAX: usize = 2_000;

/// The text with control characters, bidirectional marks and line separators replaced, card numbers masked, and cut at a length.
pub(crate) fn masked(text: &str) -> String {
    if is_harmless(text) {
        return text.to_owned();
    }
    let printable = text
        .chars()
        .take(CHARS_MAX)
        .map(|it| if forges(it) { '\u{fffd}' } else { it });
    mask_cards(&printable.collect::<String>())
}

/// True for what almost every text is: short, printable ASCII, with too few digits for a card number.
fn is_harmless(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= CHARS_MAX
        && digits < *PAN_DIGITS.start()
        && text.bytes().all(|it| matches!(it, b' '..=b'~'))
}

fn forges(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Masks every run of digits, single blanks and dashes between them allowed, that has a card number's length and check digit.
fn mask_cards(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if !first.is_ascii_digit() {
            out.push(*first);
            rest = after;
            continue;
        }
        let (run, behind) = rest
            .split_at_checked(run_length(rest))
            .unwrap_or((rest, &[]));
        let digits: Vec<u32> = run.iter().filter_map(|it| it.to_digit(10)).collect();
        let is_card = PAN_DIGITS.contains(&digits.len()) && luhn(&digits);
        let mut position = 0;
        for it in run {
            let hidden =
                is_card && it.is_ascii_digit() && (6..digits.len() - 4).contains(&position);
            position += usize::from(it.is_ascii_digit());
            out.push(if hidden { '*' } else { *it });
        }
        rest = behind;
    }
    out
}

/// Length of the run that begins here: digits, with at most one blank or dash between two of them.
fn run_length(chars: &[char]) -> usize {
    let mut length = 0;
    let mut separator = false;
    for (index, it) in chars.iter().enumerate() {
        match it {
            '0'..='9' => (length, separator) = (index + 1, false),
            ' ' | '-' if !separator => separator = true,
            _ => break,
        }
    }
    length
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |it: u32| if it > 4 { it * 2 - 9 } else { it * 2 };
    let weigh = |(index, it): (usize, &u32)| if index % 2 == 1 { doubled(*it) } else { *it };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_keep_their_first_six_and_last_four_digits() {
        for (text, kept) in [
            (
                "card 4111111111111111 declined",
                "card 411111******1111 declined",
            ),
            ("4111 1111 1111 1111", "4111 11** **** 1111"),
            (
                "5555-5555-5555-4444,378282246310005",
                "5555-55**-****-4444,378282*****0005",
            ),
            ("order 4111111111111112", "order 4111111111111112"),
            ("41111111111111111111111", "41111111111111111111111"),
            ("99.99 and 12", "99.99 and 12"),
        ] {
            assert_eq!(masked(text), kept);
        }
    }

    #[test]
    fn nothing_can_forge_a_line_a_colour_or_a_direction() {
        let forged = masked("a\nb\u{1b}[31mc\0d\u{202e}e\u{2028}f\u{85}g\u{feff}");
        assert_eq!(
            forged,
            "a\u{fffd}b\u{fffd}[31mc\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g\u{fffd}"
        );
        assert_eq!(masked(&"x".repeat(10_000)).len(), CHARS_MAX);
    }
}
