//! Lists that are given page by page. A page begins behind a name, and its token is that name in Base64, so that it stays good whatever comes
//! or goes meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Marks a token as ours, so that another Base64 text is none.
const MARK: &str = "behind:";

/// The token of the page that begins behind this name.
pub(super) fn token(name: &str) -> String {
    STANDARD.encode(format!("{MARK}{name}"))
}

/// The name behind which a page begins; `None` of a text that is no token.
pub(super) fn behind(token: &str) -> Option<String> {
    let bytes = STANDARD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(MARK).map(str::to_owned)
}

/// At most `most` of these, which are in the order of their names, from behind the token on, and the token of what is left.
/// `None` where the token is none.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> &str,
    most: usize,
    from: Option<&str>,
) -> Option<(Vec<T>, Option<String>)> {
    let start = match from {
        Some(token) => Some(behind(token)?),
        None => None,
    };
    let is_left = |it: &T| start.as_deref().is_none_or(|start| name(it) > start);
    let mut left = items.into_iter().filter(is_left);
    let page: Vec<T> = left.by_ref().take(most).collect();
    let next = left.next().and(page.last()).map(|it| token(name(it)));
    Some((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_each_once_and_the_last_has_no_token() {
        let names = ["a", "b", "c", "d"];
        for most in 1..=5 {
            let (mut seen, mut from) = (Vec::new(), None);
            loop {
                let given = page(names, |it| it, most, from.as_deref());
                let Some((page, next)) = given else {
                    panic!("a token of ours is one");
                };
                assert!(page.len() <= most && !page.is_empty());
                seen.extend(page);
                if next.is_none() {
                    break;
                }
                from = next;
            }
            assert_eq!(seen, names, "{most}");
        }
    }

    #[test]
    fn what_is_left_is_found_also_where_the_last_of_the_page_is_gone() {
        let given = page(["a", "c"], |it| it, 5, Some(&token("b")));
        assert_eq!(given, Some((vec!["c"], None)));
    }

    #[test]
    fn another_text_is_no_token() {
        for text in ["", "zz", "YQ==", "behind:a"] {
            assert_eq!(page(["a"], |it| it, 1, Some(text)), None, "{text}");
        }
    }
}
