//! Reads what Task, Parallel and Map states have in common, `Retry` and `Catch` above all.

use std::sync::Arc;

use super::fields::{Fields, SECONDS_MAX};
use super::{Catcher, Retrier, Work, state};
use crate::asl::error::{DefinitionError, names};
use crate::asl::json::Json;

const RETRIER_FIELDS: [&str; 7] = [
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
];
const CATCHER_FIELDS: [&str; 5] = ["ErrorEquals", "ResultPath", "Next", "Assign", "Comment"];

/// Attempts, as Step Functions limits them.
const ATTEMPTS_MAX: i64 = 99_999_999;
/// Seconds of `MaxDelaySeconds`: a year.
const DELAY_MAX_S: i64 = 31_622_400;

pub(super) fn read(fields: &Fields<'_>, names: &[&str]) -> Result<Work, DefinitionError> {
    let retriers = fields.array("Retry")?;
    let mut retry = Vec::with_capacity(retriers.len());
    for (index, value) in retriers.iter().enumerate() {
        let at = format!("{}/Retry/{index}", fields.at);
        retry.push(retrier(
            &Fields::of(value, &at)?,
            index + 1 == retriers.len(),
        )?);
    }
    let catchers = fields.array("Catch")?;
    let mut catch = Vec::with_capacity(catchers.len());
    for (index, value) in catchers.iter().enumerate() {
        let at = format!("{}/Catch/{index}", fields.at);
        catch.push(catcher(
            &Fields::of(value, &at)?,
            index + 1 == catchers.len(),
            names,
        )?);
    }
    Ok(Work {
        parameters: fields.template("Parameters")?,
        selector: fields.template("ResultSelector")?,
        place: fields.result_place()?,
        retry,
        catch,
    })
}

fn retrier(fields: &Fields<'_>, last: bool) -> Result<Retrier, DefinitionError> {
    fields.only("retrier", &[&RETRIER_FIELDS])?;
    let full_jitter = match fields.text("JitterStrategy")? {
        None | Some("NONE") => false,
        Some("FULL") => true,
        Some(_) => return Err(fields.error("JitterStrategy", "must be FULL or NONE")),
    };
    Ok(Retrier {
        errors: errors(fields, last)?,
        interval_s: fields
            .integer("IntervalSeconds", 1, SECONDS_MAX)?
            .unwrap_or(1),
        attempts_max: fields.integer("MaxAttempts", 0, ATTEMPTS_MAX)?.unwrap_or(3),
        backoff_rate: fields.number("BackoffRate", 1.0, f64::MAX)?.unwrap_or(2.0),
        delay_max_s: fields.integer("MaxDelaySeconds", 1, DELAY_MAX_S)?,
        full_jitter,
    })
}

fn catcher(fields: &Fields<'_>, last: bool, names: &[&str]) -> Result<Catcher, DefinitionError> {
    fields.only("catcher", &[&CATCHER_FIELDS])?;
    Ok(Catcher {
        errors: errors(fields, last)?,
        place: fields.result_place()?,
        next: state::target(fields, "Next", names)?,
        assign: fields.assign()?,
    })
}

/// `ErrorEquals`; `States.ALL` stands alone and in the last entry, since nothing after it could match.
fn errors(fields: &Fields<'_>, last: bool) -> Result<Vec<Arc<str>>, DefinitionError> {
    let key = "ErrorEquals";
    fields.required(key)?;
    let values = fields.array(key)?;
    let texts = values.iter().map(|value| match value {
        Json::String(text) => Ok(text.clone()),
        _ => Err(fields.error(key, "must be an array of strings")),
    });
    let errors = texts.collect::<Result<Vec<_>, _>>()?;
    let all = errors.iter().any(|error| &**error == names::ALL);
    match errors.len() {
        0 => Err(fields.error(key, "must not be empty")),
        1 if !all || last => Ok(errors),
        _ if all => Err(fields.error(key, "`States.ALL` must stand alone, in the last entry")),
        _ => Ok(errors),
    }
}
