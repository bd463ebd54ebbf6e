//! A hash in a header over some of the request, which most schemes are.

use super::super::hash::hmac;
use super::cases::{Case, Form, Names, Rule};
use super::received::{Received, single_of, trimmed};
use super::{NOW_S, SIGNATURES_MAX};

/// The right signature for the time and id that the request says, wherever it says them.
pub(super) fn signature(case: &Case, form: &Form, received: &Received) -> String {
    let Rule::Header {
        names,
        hash,
        spell,
        key,
        message,
        ..
    } = &case.rule
    else {
        return String::new();
    };
    let value = |pick: fn(&Names) -> &'static str| {
        received
            .headers
            .iter()
            .find(|(it, _)| names.iter().any(|own| it.eq_ignore_ascii_case(pick(own))))
            .map(|(_, value)| trimmed(value))
    };
    let time = match form {
        Form::Pairs {
            separator, time, ..
        } => value(|it| it.0)
            .and_then(|it| {
                it.split(*separator)
                    .filter_map(|it| it.split_once('='))
                    .find(|(name, _)| name == time)
            })
            .map(|it| it.1),
        _ => value(|it| it.1),
    };
    spell(&hmac(
        *hash,
        &key(case.secret),
        &message(
            value(|it| it.2).unwrap_or_default(),
            time.unwrap_or_default(),
            &received.body,
        ),
    ))
}

pub(super) fn accepts(case: &Case, received: &Received) -> Option<bool> {
    let Rule::Header {
        names,
        form,
        hash,
        spell,
        key,
        message,
    } = &case.rule
    else {
        return None;
    };
    let of = |pick: fn(&Names) -> &'static str| {
        let names: Vec<&str> = names.iter().map(pick).collect();
        let exists = names.iter().any(|it| !it.is_empty());
        exists.then(|| single_of(received, &names))
    };
    let header = of(|it| it.0)??;
    let id = match of(|it| it.2) {
        Some(id) => id?,
        None => "",
    };
    let mut time = match of(|it| it.1) {
        Some(time) => Some(time?),
        None => None,
    };
    let mut candidates = Vec::new();
    match form {
        Form::Whole { prefix, optional } => match header.strip_prefix(prefix) {
            Some(rest) => candidates.push(rest),
            None if *optional => candidates.push(header),
            None => return None,
        },
        Form::Pairs {
            separator,
            time: time_name,
            signature,
        } => {
            let mut times = Vec::new();
            for element in header.split(*separator) {
                let (name, value) = element.split_once('=')?;
                if name == *time_name {
                    times.push(value);
                } else if name == *signature {
                    candidates.push(value);
                }
            }
            let [only] = times.as_slice() else {
                return None;
            };
            time = Some(only);
        }
        Form::Versions(version) => {
            for element in header.split(' ') {
                let (name, value) = element.split_once(',')?;
                if name == *version {
                    candidates.push(value);
                }
            }
        }
    }
    if let Some(time) = time {
        let digits = time.len() <= 15 && time.chars().all(|it| it.is_ascii_digit());
        let number = time.parse::<i64>().ok()?;
        let as_written = digits && number.to_string() == time;
        if !as_written || (number - NOW_S).abs() > case.tolerance_s() {
            return None;
        }
    }
    let right = spell(&hmac(
        *hash,
        &key(case.secret),
        &message(id, time.unwrap_or_default(), &received.body),
    ));
    Some(candidates.len() <= SIGNATURES_MAX && candidates.contains(&right.as_str()))
}
