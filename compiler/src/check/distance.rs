//! Which known name was probably meant.

/// Names longer than this are not compared: nobody mistypes them by a letter, and long ones cost time.
const LEN_MAX: usize = 64;

/// The nearest name, if it is within a third of the written one's length; the first one of equals.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (written.len() / 3).max(1);
    if written.len() > LEN_MAX {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for name in names {
        if name.len() > LEN_MAX || name.len().abs_diff(written.len()) > allowed || name == written {
            continue;
        }
        let away = distance(written, name);
        if away <= allowed && best.is_none_or(|(so_far, _)| away < so_far) {
            best = Some((away, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Levenshtein's distance over bytes, without case, where a swap of neighbours counts once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<u8> = a.bytes().map(|it| it.to_ascii_lowercase()).collect();
    let b: Vec<u8> = b.bytes().map(|it| it.to_ascii_lowercase()).collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or_default();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (at(&above, j) + usize::from(x != y))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    at(&above, b.len())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let names = ["partition", "sort", "holds"];
        assert_eq!(nearest("partiton", names), Some("partition"));
        assert_eq!(nearest("hodls", names), Some("holds"));
        assert_eq!(nearest("srot", names), Some("sort"));
        assert_eq!(nearest("visibility", names), None);
    }
}
