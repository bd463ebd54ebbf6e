//! Wildcards and policy variables in actions, resources and condition values.

use super::decide::Request;

/// One piece of a pattern after its variables are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// This very character.
    Exactly(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// A pattern whose variables are filled in; what came from a variable is never a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads wildcards in `text` and fills `${…}` from the request; `None` when a variable without a default has no value, since a
    /// pattern with a hole matches nothing.
    pub(super) fn fill(text: &str, request: &Request) -> Option<Self> {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some((variable, after)) = rest
                .strip_prefix("${")
                .and_then(|rest| rest.split_once('}'))
            {
                let value = match variable {
                    "*" | "?" | "$" => variable.to_owned(),
                    _ => variable_value(variable, request)?,
                };
                pieces.extend(value.chars().map(Piece::Exactly));
                rest = after;
                continue;
            }
            pieces.push(match next {
                '*' => Piece::Any,
                '?' => Piece::One,
                other => Piece::Exactly(other),
            });
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
        Some(Self(pieces))
    }

    /// Reads wildcards only; for actions, in which variables have no meaning.
    pub(super) fn plain(text: &str) -> Self {
        let piece = |each| match each {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Exactly(other),
        };
        Self(text.chars().map(piece).collect())
    }

    /// The filled-in text, wildcards as plain characters: for operators that know none.
    pub(super) fn literal(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Exactly(each) => *each,
            Piece::One => '?',
            Piece::Any => '*',
        };
        self.0.iter().map(text).collect()
    }

    /// True when the whole text fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        wild(&self.0, &text.chars().collect::<Vec<_>>())
    }

    /// True when both are ARNs whose six parts fit one by one: a wildcard does not reach over a colon of the first five.
    pub(super) fn matches_arn(&self, text: &str) -> bool {
        if self.0 == [Piece::Any] {
            return true;
        }
        let own = parts(&self.0, |piece| *piece == Piece::Exactly(':'));
        let text: Vec<char> = text.chars().collect();
        let other = parts(&text, |each| *each == ':');
        own.len() == other.len() && own.iter().zip(other).all(|(own, other)| wild(own, other))
    }

    /// As `matches_arn`, for the resource of a statement: IAM takes the parts that its ARN leaves out at the end for `*`.
    pub(super) fn matches_resource(&self, text: &str) -> bool {
        if !is_whole_arn(text) {
            return self.matches(text);
        }
        let own = parts(&self.0, |piece| *piece == Piece::Exactly(':')).len();
        let mut whole = self.clone();
        for _ in own..ARN_PARTS {
            whole.0.extend([Piece::Exactly(':'), Piece::Any]);
        }
        whole.matches_arn(text)
    }
}

/// Whether nothing is left out at the end of an ARN.
pub(super) fn is_whole_arn(text: &str) -> bool {
    text.split(':').count() >= ARN_PARTS
}

/// Parts of an ARN: `arn:partition:service:region:account:resource`.
const ARN_PARTS: usize = 6;

/// Splits at the first five separators.
fn parts<T>(whole: &[T], is_separator: impl Fn(&T) -> bool) -> Vec<&[T]> {
    whole.splitn(ARN_PARTS, is_separator).collect()
}

/// Greedy wildcard match that goes back to the last `*` only, so that it is linear in practice and never exponential.
fn wild(pattern: &[Piece], text: &[char]) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(next) = text.get(here) {
        match pattern.get(at) {
            Some(Piece::Any) => {
                star = Some((at, here));
                at += 1;
                continue;
            }
            Some(Piece::One) => {
                at += 1;
                here += 1;
                continue;
            }
            Some(Piece::Exactly(each)) if each == next => {
                at += 1;
                here += 1;
                continue;
            }
            Some(Piece::Exactly(_)) | None => {}
        }
        let Some((star_at, star_here)) = star else {
            return false;
        };
        at = star_at + 1;
        here = star_here + 1;
        star = Some((star_at, here));
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|piece| *piece == Piece::Any)
}

/// `aws:username` or `aws:username, 'nobody'`.
fn variable_value(variable: &str, request: &Request) -> Option<String> {
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
        None => (variable, None),
    };
    let value = match request.values(key.trim()) {
        // A key with several values cannot stand for one text.
        Some([one]) => Some(one.as_str()),
        _ => None,
    };
    value.or(default).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::fill(
            text,
            &Request::new("s3:GetObject", "*").with("aws:username", "a*b"),
        )
        .unwrap()
    }

    #[test]
    fn wildcards_match_runs_and_single_characters() {
        assert!(pattern("a*c?").matches("abbbcd"));
        assert!(!pattern("a*c?").matches("abbbc"));
        assert!(pattern("*").matches(""));
        assert!(!pattern("a").matches(""));
    }

    #[test]
    fn what_comes_from_a_variable_is_no_wildcard() {
        assert!(pattern("home/${aws:username}").matches("home/a*b"));
        assert!(!pattern("home/${aws:username}").matches("home/axb"));
        assert!(pattern("${*}").matches("*"));
        assert!(!pattern("${*}").matches("x"));
        assert_eq!(
            Pattern::fill("${aws:userid}", &Request::new("a:b", "*")),
            None
        );
        assert!(pattern("${aws:userid, 'nobody'}").matches("nobody"));
    }

    #[test]
    fn what_an_arn_leaves_out_is_anything_in_a_resource_and_nothing_in_a_condition() {
        let queue = "arn:aws:sqs:eu-west-1:1:q";
        assert!(pattern("arn:aws:sqs").matches_resource(queue));
        assert!(pattern("arn:aws:sqs:eu-*:1").matches_resource(queue));
        assert!(!pattern("arn:aws:sqs:*:q").matches_resource(queue));
        assert!(!pattern("arn:aws:s3").matches_resource(queue));
        assert!(!pattern("arn:aws:sqs:*").matches_arn(queue));
        assert!(pattern("*").matches_arn(queue));
    }

    #[test]
    fn a_wildcard_stays_within_its_part_of_an_arn() {
        assert!(pattern("arn:aws:sqs:*:1:q").matches_arn("arn:aws:sqs:eu-west-1:1:q"));
        assert!(!pattern("arn:aws:sqs:*:q").matches_arn("arn:aws:s3:eu-west-1:1:q"));
        assert!(!pattern("arn:aws:s*:1:q:x").matches_arn("arn:aws:sqs:eu-west-1:1:q"));
        assert!(
            pattern("arn:aws:logs:r:1:log-group:g:*")
                .matches_arn("arn:aws:logs:r:1:log-group:g:log-stream:s")
        );
    }
}
