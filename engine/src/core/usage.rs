//! API keys and usage plans: whether a request shows a key that its stage takes, and whether the key may call again now.

mod report;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{ApiError, ApiResult};
use super::input::{Output, RouteRequest};
use super::route::{Buckets, take_token};
use super::time;
use super::{Core, RestoreError};
use crate::artifacts::{Api, ApiKey, Deployment, Period, UsagePlan};
use crate::change::Change;
use crate::store::SECRET_PREFIX;

/// What the secrets' keys of API keys go on with; no parameter's name holds an `@`.
const KEY_PREFIX: &str = "@api-key/";

/// Values of keys, and what was used of the quotas.
#[derive(Default)]
pub(super) struct Usage {
    values: BTreeMap<String, String>,
    /// By `plan/key` and the first instant of the day.
    used: BTreeMap<(String, u64), u64>,
    buckets: Buckets,
}

/// Values are secrets, so only their number is shown.
impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Usage")
            .field("values", &self.values.len())
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// How many requests a key made on one day, by the day's first instant. Stores of before count a whole period at its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    #[serde(alias = "period_ms")]
    day_ms: u64,
    count: u64,
}

/// Why API Gateway lets a request not through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAdmitted {
    /// No key, an unknown one, or one whose plans have not this stage.
    Forbidden,
    TooFast,
    QuotaUsed,
}

impl Usage {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let given = deployment.api_keys.iter();
        Self {
            values: given
                .filter_map(|key| Some((key.id.clone(), key.value.clone()?)))
                .collect(),
            ..Self::default()
        }
    }

    /// Whether a secret's key is one of an API key.
    pub(super) fn owns(key: &[u8]) -> bool {
        key.strip_prefix(SECRET_PREFIX)
            .is_some_and(|rest| rest.starts_with(KEY_PREFIX.as_bytes()))
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = String::from_utf8_lossy(key).into_owned();
        if let Some((_, id)) = text.split_once(KEY_PREFIX) {
            let value = String::from_utf8_lossy(value).into_owned();
            self.values.insert(id.to_owned(), value);
            return Ok(());
        }
        let damaged = || RestoreError(format!("a stored usage is damaged: {text}"));
        let used: Used = serde_json::from_slice(value).map_err(|_| damaged())?;
        let mut parts = text.split('/').skip(1);
        let (Some(plan), Some(key)) = (parts.next(), parts.next()) else {
            return Err(damaged());
        };
        self.used
            .insert((format!("{plan}/{key}"), used.day_ms), used.count);
        Ok(())
    }

    /// How many requests a key made on the days that begin from one instant to another.
    fn used(&self, plan: &str, key: &str, first_ms: u64, last_ms: u64) -> u64 {
        let name = format!("{plan}/{key}");
        let days = self.used.range((name.clone(), first_ms)..=(name, last_ms));
        days.map(|(_, count)| count).sum()
    }
}

impl Core {
    /// The keys that have no value yet, by their ids.
    pub fn missing_api_keys(&self) -> Vec<String> {
        let keys = self.deployment.api_keys.iter();
        keys.filter(|key| !self.usage.values.contains_key(&key.id))
            .map(|key| key.id.clone())
            .collect()
    }

    /// Takes the value that was made for a key, unless it has one.
    pub(super) fn on_api_key(&mut self, id: String, value: String, out: &mut Output) {
        if self.usage.values.contains_key(&id) {
            return;
        }
        let key = [SECRET_PREFIX, KEY_PREFIX.as_bytes(), id.as_bytes()].concat();
        out.changes
            .push(Change::put(key, value.clone().into_bytes()));
        self.usage.values.insert(id, value);
    }

    /// Whether the request shows a key that the stage takes, and counts it.
    pub(super) fn admit_key(
        &mut self,
        api: &Api,
        request: &RouteRequest,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), NotAdmitted> {
        let shown = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-api-key"))
            .map(|(_, value)| value.as_str());
        let deployment = self.deployment.clone();
        let (key, plan) = shown
            .and_then(|value| self.plan_of(&deployment, api, value))
            .ok_or(NotAdmitted::Forbidden)?;
        let name = format!("{}/{}", plan.id, key.id);
        if let Some(throttle) = plan.throttle
            && !take_token(&mut self.usage.buckets, &name, throttle, now_ms)
        {
            return Err(NotAdmitted::TooFast);
        }
        let Some(quota) = plan.quota else {
            return Ok(());
        };
        let period_ms = time::period_start_ms(quota.period, now_ms);
        if self.usage.used(&plan.id, &key.id, period_ms, now_ms) >= quota.limit {
            return Err(NotAdmitted::QuotaUsed);
        }
        let day_ms = time::period_start_ms(Period::Day, now_ms);
        let today = self.usage.used.entry((name.clone(), day_ms)).or_insert(0);
        *today += 1;
        let used = Used {
            day_ms,
            count: *today,
        };
        // A struct of numbers always has a JSON form.
        out.changes.push(Change::put(
            format!("usage/{name}/{day_ms}").into_bytes(),
            serde_json::to_vec(&used).unwrap_or_default(),
        ));
        Ok(())
    }

    /// The key with this value, and its plan for the stage of the API.
    fn plan_of<'a>(
        &self,
        deployment: &'a Deployment,
        api: &Api,
        value: &str,
    ) -> Option<(&'a ApiKey, &'a UsagePlan)> {
        let key = deployment
            .api_keys
            .iter()
            .filter(|key| key.enabled)
            .find(|key| self.usage.values.get(&key.id).is_some_and(|it| it == value))?;
        let has_stage = |plan: &&UsagePlan| {
            let stage = |(id, stage): &(String, String)| *id == api.id && *stage == api.stage;
            plan.keys.contains(&key.id) && plan.stages.iter().any(stage)
        };
        Some((key, deployment.usage_plans.iter().find(has_stage)?))
    }

    /// The operations of API Gateway that tell of keys and plans.
    pub(super) fn api_gateway(&mut self, operation: &str, body: &Value, now_ms: u64) -> ApiResult {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let with_values = text("includeValues") == "true" || text("includeValue") == "true";
        let deployment = self.deployment.clone();
        let plan = || {
            let mut plans = deployment.usage_plans.iter();
            plans
                .find(|it| it.id == text("id"))
                .ok_or_else(|| unknown("usage plan", text("id")))
        };
        match operation {
            "GetApiKeys" => {
                let keys = deployment.api_keys.iter();
                let keys: Vec<Value> = keys
                    .filter(|key| key.name.starts_with(text("name")))
                    .map(|key| self.shown_key(key, with_values))
                    .collect();
                Ok(json!({ "item": keys }))
            }
            "GetApiKey" => {
                let mut keys = deployment.api_keys.iter();
                let key = keys.find(|key| key.id == text("id"));
                key.map(|key| self.shown_key(key, with_values))
                    .ok_or_else(|| unknown("API Key", text("id")))
            }
            "GetUsagePlans" => {
                let plans = deployment.usage_plans.iter();
                let has_key = |it: &&UsagePlan| {
                    text("keyId").is_empty() || it.keys.iter().any(|key| key == text("keyId"))
                };
                let plans: Vec<Value> = plans.filter(has_key).map(shown_plan).collect();
                Ok(json!({ "item": plans }))
            }
            "GetUsagePlan" => plan().map(shown_plan),
            "GetUsagePlanKeys" => {
                let plan = plan()?;
                let keys = deployment.api_keys.iter();
                let keys: Vec<Value> = keys
                    .filter(|key| plan.keys.contains(&key.id))
                    .map(|key| json!({ "id": key.id, "type": "API_KEY", "name": key.name }))
                    .collect();
                Ok(json!({ "item": keys }))
            }
            "GetUsage" => self.usage_of(plan()?, body, now_ms),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn shown_key(&self, key: &ApiKey, with_value: bool) -> Value {
        let plans = self.deployment.usage_plans.iter();
        let plans = plans.filter(|it| it.keys.contains(&key.id));
        let stages: Vec<String> = plans
            .flat_map(|it| &it.stages)
            .map(|(api, stage)| format!("{api}/{stage}"))
            .collect();
        let mut shown = json!({
            "id": key.id, "name": key.name, "enabled": key.enabled, "stageKeys": stages,
        });
        if let (true, Some(map), Some(value)) = (
            with_value,
            shown.as_object_mut(),
            self.usage.values.get(&key.id),
        ) {
            map.insert("value".to_owned(), json!(value));
        }
        shown
    }
}

fn unknown(what: &str, id: &str) -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new(
            "NotFoundException",
            format!("Invalid {what} identifier specified: {id}"),
        )
    }
}

fn shown_plan(plan: &UsagePlan) -> Value {
    let stages = plan.stages.iter();
    let stages: Vec<Value> = stages
        .map(|(api, stage)| json!({ "apiId": api, "stage": stage }))
        .collect();
    let mut shown = json!({ "id": plan.id, "name": plan.name, "apiStages": stages });
    if let Some(map) = shown.as_object_mut() {
        if let Some(throttle) = plan.throttle {
            let limits = json!({ "rateLimit": throttle.rate_per_s, "burstLimit": throttle.burst });
            map.insert("throttle".to_owned(), limits);
        }
        if let Some(quota) = plan.quota {
            let limits =
                json!({ "limit": quota.limit, "offset": 0, "period": quota.period.name() });
            map.insert("quota".to_owned(), limits);
        }
    }
    shown
}
