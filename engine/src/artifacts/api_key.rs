//! `AWS::ApiGateway::ApiKey` and `AWS::ApiGateway::UsagePlan`: who may call the stages of an API, how often and how fast.

use serde_json::Value;

use super::api::{Throttle, read_throttle};
use super::{ArtifactError, Reading, Template, number, of_kind};

/// A key that a caller shows as `x-api-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    pub enabled: bool,
    /// The value where the template gives one; else it is made when the stack is.
    pub value: Option<String>,
}

/// What the holders of its keys may do.
#[derive(Debug, Clone, PartialEq)]
pub struct UsagePlan {
    pub id: String,
    pub name: String,
    /// API and stage.
    pub stages: Vec<(String, String)>,
    pub throttle: Option<Throttle>,
    pub quota: Option<Quota>,
    /// Ids of its keys.
    pub keys: Vec<String>,
}

/// How many requests a key may make in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    pub period: Period,
}

/// When a quota begins anew, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day,
    /// Begins on Sunday.
    Week,
    Month,
}

impl Period {
    /// `DAY`, as the API writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<ApiKey, ArtifactError> {
    let known = [
        "Name",
        "Description",
        "Enabled",
        "Value",
        "Tags",
        "GenerateDistinctId",
    ];
    cx.note_unknown(&known, notices);
    if cx.properties.get("StageKeys").is_some() {
        return Err(cx.fault(
            "StageKeys",
            "the local run offers usage plans and not this older way",
        ));
    }
    Ok(ApiKey {
        id: cx.template.physical_id(cx.id)?,
        name: cx.template.name(cx.id)?,
        // CloudFormation's default is a key that nobody can use.
        enabled: cx.properties.get("Enabled") == Some(&Value::Bool(true)),
        value: cx
            .properties
            .get("Value")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

pub(super) fn read_plan(
    cx: &Reading<'_>,
    notices: &mut Vec<String>,
) -> Result<UsagePlan, ArtifactError> {
    let known = [
        "UsagePlanName",
        "Description",
        "ApiStages",
        "Quota",
        "Throttle",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let mut stages = Vec::new();
    let listed = cx.properties.get("ApiStages").and_then(Value::as_array);
    for stage in listed.into_iter().flatten() {
        if stage.get("Throttle").is_some() {
            return Err(cx.fault(
                "ApiStages",
                "the local run offers no throttle of a single method in a plan",
            ));
        }
        let text = |key: &str| stage.get(key).and_then(Value::as_str);
        match (text("ApiId"), text("Stage")) {
            (Some(api), Some(stage)) => stages.push((api.to_owned(), stage.to_owned())),
            _ => return Err(cx.fault("ApiStages", format!("`{stage}` names no stage"))),
        }
    }
    let id = cx.template.physical_id(cx.id)?;
    Ok(UsagePlan {
        name: cx.template.name(cx.id)?,
        stages,
        throttle: cx
            .properties
            .get("Throttle")
            .and_then(|it| read_throttle(it, "RateLimit", "BurstLimit")),
        quota: read_quota(cx)?,
        keys: read_keys(cx.template, &id)?,
        id,
    })
}

fn read_quota(cx: &Reading<'_>) -> Result<Option<Quota>, ArtifactError> {
    let Some(quota) = cx.properties.get("Quota") else {
        return Ok(None);
    };
    let period = match quota.get("Period").and_then(Value::as_str) {
        Some("DAY") => Period::Day,
        Some("WEEK") => Period::Week,
        Some("MONTH") => Period::Month,
        other => return Err(cx.fault("Quota.Period", format!("{other:?} is no period"))),
    };
    if quota.get("Offset").and_then(number).unwrap_or(0) > 0 {
        return Err(cx.fault("Quota.Offset", "the local run offers no offset of a quota"));
    }
    match quota.get("Limit").and_then(number) {
        Some(limit) => Ok(Some(Quota { limit, period })),
        None => Err(cx.fault("Quota.Limit", "is no whole number")),
    }
}

/// The keys that `AWS::ApiGateway::UsagePlanKey` gives the plan.
fn read_keys(template: &Template, plan: &str) -> Result<Vec<String>, ArtifactError> {
    let mut keys = Vec::new();
    for (_, resource) in of_kind(template, "AWS::ApiGateway::UsagePlanKey") {
        let properties = template.resolve(&resource.properties)?;
        let text = |key: &str| properties.get(key).and_then(Value::as_str);
        if let (Some(key), true) = (text("KeyId"), text("UsagePlanId") == Some(plan)) {
            keys.push(key.to_owned());
        }
    }
    Ok(keys)
}
