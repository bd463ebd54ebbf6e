//! A request as it is spelled in an input, and what a slow reading finds in its headers.

use super::NOW_S;
use super::cases::{Case, Rule};
use super::{adyen, braintree, header};

/// One request of the fuzzer's.
pub(super) struct Received {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

pub(super) fn read(case: &Case, rest: &[u8]) -> Received {
    let end = rest.windows(2).position(|it| it == b"\n\n");
    let (head, body) = end.map_or((rest, [].as_slice()), |at| (&rest[..at], &rest[at + 2..]));
    let head = String::from_utf8_lossy(head)
        .replace('\u{2}', &NOW_S.to_string())
        .replace('\u{3}', &(NOW_S - 17).to_string());
    let line = |it: &str| {
        it.split_once(':')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut received = Received {
        headers: head.lines().filter_map(line).collect(),
        body: body.to_vec(),
    };
    match &case.rule {
        Rule::Header { form, .. } => {
            let signature = header::signature(case, form, &received);
            for (_, value) in &mut received.headers {
                *value = value.replace('\u{1}', &signature);
            }
        }
        Rule::Adyen => received.body = adyen::sealed(case, body),
        Rule::Braintree { .. } => received.body = braintree::sealed(case, body),
        Rule::FetchBack | Rule::Vector => (),
    }
    received
}

/// The only value of a header that came once and says something.
pub(super) fn single<'r>(received: &'r Received, name: &str) -> Option<&'r str> {
    let mut values = received
        .headers
        .iter()
        .filter(|(it, _)| it.eq_ignore_ascii_case(name));
    let (_, value) = values.next()?;
    (values.next().is_none() && !trimmed(value).is_empty()).then(|| trimmed(value))
}

/// The same where a header has several names, all of which may come if they say the same.
pub(super) fn single_of<'r>(received: &'r Received, names: &[&str]) -> Option<&'r str> {
    let came = |name: &&&str| {
        let mut headers = received.headers.iter();
        headers.any(|(it, _)| it.eq_ignore_ascii_case(name))
    };
    let values: Option<Vec<&str>> = names
        .iter()
        .filter(came)
        .map(|it| single(received, it))
        .collect();
    let values = values?;
    let first = *values.first()?;
    values.iter().all(|it| *it == first).then_some(first)
}

pub(super) fn trimmed(value: &str) -> &str {
    value.trim_matches(|it| it == ' ' || it == '\t')
}
