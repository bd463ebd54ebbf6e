//! `GetUsage`: what the keys of a plan used on each day of a range, and what was left of their quotas then.

use serde_json::{Map, Value, json};

use super::super::Core;
use super::super::api::{ApiError, ApiResult};
use super::super::page::page;
use super::super::time::{self, DAY_MS};
use super::{Usage, unknown};
use crate::artifacts::{Period, Quota, UsagePlan};

/// One page of keys, when the request does not say, and at most.
const KEYS: usize = 25;
const KEYS_MAX: usize = 500;
/// A range is at most so long here.
const DAYS_MAX: u64 = 366;

/// The first instants of the first and the last day that are asked for.
struct Range {
    first_ms: u64,
    last_ms: u64,
}

impl Core {
    pub(super) fn usage_of(&self, plan: &UsagePlan, body: &Value, now_ms: u64) -> ApiResult {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let range = read_range(text("startDate"), text("endDate"))?;
        let wanted = text("keyId").filter(|it| !it.is_empty());
        if let Some(key) = wanted
            && !plan.keys.iter().any(|it| it == key)
        {
            return Err(unknown("API Key", key));
        }
        let most = match text("limit").map(str::parse) {
            None => KEYS,
            Some(Ok(most @ 1..=KEYS_MAX)) => most,
            Some(_) => return Err(bad(format!("limit is a number from 1 to {KEYS_MAX}"))),
        };
        let mut keys: Vec<&String> = plan.keys.iter().collect();
        keys.retain(|key| wanted.is_none_or(|it| it == key.as_str()));
        keys.sort();
        let (keys, next) = page(keys, |it| it, most, text("position"))
            .ok_or_else(|| bad("Invalid position".to_owned()))?;
        let mut values = Map::new();
        // Without a quota nothing is counted.
        if let Some(quota) = plan.quota {
            for key in keys {
                let days = self.usage.days(&plan.id, key, quota, &range, now_ms);
                values.insert(key.clone(), json!(days));
            }
        }
        let mut shown = json!({
            "usagePlanId": plan.id, "startDate": text("startDate"), "endDate": text("endDate"), "values": values,
        });
        if let (Some(next), Some(map)) = (next, shown.as_object_mut()) {
            map.insert("position".to_owned(), Value::String(next));
        }
        Ok(shown)
    }
}

impl Usage {
    /// Used and remaining requests of each day of the range. A day before the first request has nothing used and all
    /// remaining; a day that has not come yet has no entry.
    fn days(
        &self,
        plan: &str,
        key: &str,
        quota: Quota,
        range: &Range,
        now_ms: u64,
    ) -> Vec<[u64; 2]> {
        let today_ms = time::period_start_ms(Period::Day, now_ms);
        let mut days = Vec::new();
        let mut day_ms = range.first_ms;
        while day_ms <= range.last_ms.min(today_ms) {
            let begin_ms = time::period_start_ms(quota.period, day_ms);
            let used = self.used(plan, key, day_ms, day_ms);
            let all = self.used(plan, key, begin_ms, day_ms);
            days.push([used, quota.limit.saturating_sub(all)]);
            day_ms += DAY_MS;
        }
        days
    }
}

fn read_range(start: Option<&str>, end: Option<&str>) -> Result<Range, ApiError> {
    let day = |name: &str, given: Option<&str>| {
        let given = given.ok_or_else(|| bad(format!("{name} is required")))?;
        time::date_ms(given).ok_or_else(|| bad(format!("{name} is no date such as 2026-11-20")))
    };
    let first_ms = day("startDate", start)?;
    let last_ms = day("endDate", end)?;
    if last_ms < first_ms {
        return Err(bad("endDate is before startDate".to_owned()));
    }
    if (last_ms - first_ms) / DAY_MS >= DAYS_MAX {
        return Err(bad(format!(
            "the local run shows at most {DAYS_MAX} days at once"
        )));
    }
    Ok(Range { first_ms, last_ms })
}

fn bad(message: String) -> ApiError {
    ApiError::new("BadRequestException", message)
}
