//! How long a value of the template can be once it is deployed: each reference as the longest text that it can become.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::emit::cfn::template::{Resource, Resources};
use crate::emit::cfn::value as cfn;

/// A name that CloudFormation makes of the stack's, the logical id and random letters.
const MADE_NAME_MAX: usize = 63;
/// `ap-southeast-2`, `us-gov-west-1`
const REGION_MAX: usize = 14;
/// The longest partition.
const PARTITION: &str = "aws-us-gov";
/// An account's number.
const ACCOUNT: &str = "123456789012";
/// As the template's parameter allows.
const SUFFIX_MAX: usize = 16;
/// A stream's label: its table's ARN goes on with `/stream/2026-11-21T17:52:00.000`.
const STREAM_LABEL_MAX: usize = 31;

/// Finds how long values can become, in one template.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    resources: &'a Resources,
    names: BTreeMap<&'a str, String>,
}

impl<'a> Resolved<'a> {
    pub(crate) fn new(resources: &'a Resources) -> Self {
        Self {
            resources,
            names: BTreeMap::new(),
        }
    }

    /// The value as the longest text without references that it can become. What is chosen at deployment counts as long as it may be.
    pub(crate) fn longest(&mut self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|it| self.longest(it)).collect(),
            Value::Object(members) => {
                let only = members.iter().next().filter(|_| members.len() == 1);
                match only.map(|(key, it)| (key.as_str(), it)) {
                    Some(("Ref", Value::String(name))) => self.reference(name).into(),
                    Some(("Fn::Sub", Value::String(text))) => self.filled(text).into(),
                    Some(("Fn::GetAtt", Value::Array(parts))) => {
                        let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                        self.reference(&parts.join(".")).into()
                    }
                    Some(("Fn::If", Value::Array(parts))) => {
                        let ways = parts.iter().skip(1).map(|it| self.longest(it));
                        ways.max_by_key(|it| it.to_string().len())
                            .unwrap_or_default()
                    }
                    _ => {
                        let members = members.iter();
                        members
                            .map(|(key, it)| (key.clone(), self.longest(it)))
                            .collect()
                    }
                }
            }
            other => other.clone(),
        }
    }

    /// The same of a text.
    pub(crate) fn text(&mut self, text: &cfn::Value<cfn::Text>) -> String {
        let text = serde_json::to_value(text).unwrap_or_default();
        match self.longest(&text) {
            Value::String(text) => text,
            _ => String::new(),
        }
    }

    /// A text with `${…}`, of which `${!` is no reference.
    fn filled(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            match name.strip_prefix('!') {
                Some(literal) => {
                    filled.push_str("${");
                    filled.push_str(literal);
                    filled.push('}');
                }
                None => filled.push_str(&self.reference(name)),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// `PaymentEventsTable`, `PaymentEventsTable.Arn`, `AWS::Region`
    fn reference(&mut self, text: &str) -> String {
        let (id, attribute) = match text.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (text, None),
        };
        match id {
            "AWS::Region" => return "r".repeat(REGION_MAX),
            "AWS::AccountId" => return ACCOUNT.to_owned(),
            "AWS::Partition" => return PARTITION.to_owned(),
            "AWS::URLSuffix" => return "amazonaws.com.cn".to_owned(),
            super::names::SUFFIX => return "s".repeat(SUFFIX_MAX),
            _ => {}
        }
        let resources: &'a Resources = self.resources;
        let found = resources.0.iter().find(|(it, _)| it == id);
        let Some((id, resource)) = found else {
            return String::new();
        };
        let name = self.name(id, resource);
        match (resource.kind, attribute) {
            ("AWS::SQS::Queue", None) => {
                let region = "r".repeat(REGION_MAX);
                format!("https://sqs.{region}.amazonaws.com.cn/{ACCOUNT}/{name}")
            }
            ("AWS::SNS::Topic", None) => arn(resource.kind, &name),
            (_, None | Some("Name")) => name,
            (_, Some("StreamArn")) => arn(resource.kind, &name) + &"l".repeat(STREAM_LABEL_MAX),
            (_, Some(_)) => arn(resource.kind, &name),
        }
    }

    /// The physical name of a resource, which many refer to and which is found once.
    fn name(&mut self, id: &'a str, resource: &Resource) -> String {
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        let name = self.find_name(resource);
        self.names.insert(id, name.clone());
        name
    }

    fn find_name(&mut self, resource: &Resource) -> String {
        match resource.properties.name() {
            Some(name) => self.text(name),
            None => "n".repeat(MADE_NAME_MAX),
        }
    }
}

fn arn(kind: &str, name: &str) -> String {
    let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
    let before = match kind {
        "AWS::DynamoDB::Table" => "table/",
        "AWS::Lambda::Function" => "function:",
        "AWS::Events::EventBus" => "event-bus/",
        "AWS::Events::Rule" => "rule/",
        "AWS::StepFunctions::StateMachine" => "stateMachine:",
        "AWS::Logs::LogGroup" => "log-group:",
        "AWS::CloudWatch::Alarm" => "alarm:",
        "AWS::IAM::Role" => "role/",
        "AWS::KMS::Key" => "key/",
        "AWS::SQS::Queue" | "AWS::SNS::Topic" | "AWS::S3::Bucket" => "",
        // As long as the longest, so that a type need not be known here for what refers to it to be found too long.
        _ => "stateMachine:",
    };
    let region = "r".repeat(REGION_MAX);
    format!("arn:{PARTITION}:{service}:{region}:{ACCOUNT}:{before}{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_become_the_longest_text_that_they_can() {
        let resources = Resources::default();
        let mut resolved = Resolved::new(&resources);
        let mut of = |value: Value| resolved.longest(&value);
        assert_eq!(
            of(json!({"Fn::Sub": "a-${EnvironmentSuffix}-${!x}"})),
            json!(format!("a-{}-${{x}}", "s".repeat(16)))
        );
        assert_eq!(of(json!([{"Ref": "AWS::AccountId"}])), json!([ACCOUNT]));
        let either = json!({"Fn::If": ["Some", "ab", {"Ref": "AWS::NoValue"}]});
        assert_eq!(of(either), json!("ab"));
        assert_eq!(of(json!({"a": {"Ref": "Unknown"}})), json!({"a": ""}));
    }
}
