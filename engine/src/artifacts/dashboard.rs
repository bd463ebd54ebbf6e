//! `AWS::CloudWatch::Dashboard`: its body, which the API gives back as it is.

use serde_json::Value;

use super::{ArtifactError, Reading};

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    pub name: String,
    /// JSON text.
    pub body: String,
}

pub(super) fn read(cx: &Reading<'_>) -> Result<Dashboard, ArtifactError> {
    let body = cx.string("DashboardBody")?;
    serde_json::from_str::<Value>(&body)
        .map_err(|error| cx.fault("DashboardBody", format!("is no JSON: {error}")))?;
    Ok(Dashboard {
        name: cx.template.name(cx.id)?,
        body,
    })
}
