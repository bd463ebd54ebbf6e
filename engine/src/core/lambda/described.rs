//! What Lambda says of functions, their addresses and their event source mappings: what the template says, and nothing of what only a
//! deployment has, such as the size of a package.

use serde_json::{Map, Value, json};

use super::super::Core;
use super::super::api::{ApiError, ApiResult};
use super::super::page::page;
use crate::artifacts::{Function, Mapping, MappingSource};

/// One page, at most; of function addresses and mappings too.
const ITEMS_MAX: usize = 50;

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    let value = body.get(key).and_then(Value::as_str);
    value.filter(|it| !it.is_empty())
}

fn missing(message: String) -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new("ResourceNotFoundException", message)
    }
}

fn no_resource() -> ApiError {
    missing("The resource you requested does not exist.".to_owned())
}

impl Core {
    pub(super) fn described_lambda(&self, operation: &str, body: &Value) -> ApiResult {
        match operation {
            "ListFunctions" => {
                let mut functions: Vec<&Function> = self.deployment.functions.iter().collect();
                functions.sort_by(|a, b| a.name.cmp(&b.name));
                listed(body, "Functions", functions, |it| &it.name, configuration)
            }
            "GetFunction" => {
                let function = self.described_function(body)?;
                let mut shown = json!({ "Configuration": configuration(function) });
                if let (Some(map), Some(_)) = (shown.as_object_mut(), function.reserved_concurrency)
                {
                    map.insert("Concurrency".to_owned(), concurrency(function));
                }
                Ok(shown)
            }
            "GetFunctionConfiguration" => Ok(configuration(self.described_function(body)?)),
            "GetFunctionConcurrency" => Ok(concurrency(self.described_function(body)?)),
            "GetFunctionUrlConfig" => {
                let function = self.described_function(body)?;
                address(function, body).ok_or_else(no_resource)
            }
            "ListFunctionUrlConfigs" => {
                let function = self.described_function(body)?;
                let addresses: Vec<Value> = address(function, body).into_iter().collect();
                Ok(json!({ "FunctionUrlConfigs": addresses }))
            }
            "ListEventSourceMappings" => self.listed_mappings(body),
            "GetEventSourceMapping" => {
                let id = text(body, "UUID").unwrap_or_default();
                let found = self.deployment.mappings.iter().find(|it| it.id == id);
                found
                    .map(|it| self.shown_mapping(it))
                    .ok_or_else(no_resource)
            }
            other => Err(ApiError::unknown(other)),
        }
    }

    /// The function that is asked for. There are no versions and aliases but the newest.
    fn described_function(&self, body: &Value) -> Result<&Function, ApiError> {
        let given = text(body, "FunctionName").unwrap_or_default();
        let in_name = given.strip_prefix("arn:").unwrap_or(given);
        let in_name = match in_name.split_once(":function:") {
            Some((_, rest)) => rest.split_once(':'),
            None => in_name.split_once(':'),
        };
        let qualifier = text(body, "Qualifier").or(in_name.map(|it| it.1));
        let found = self
            .function_named(given)
            .and_then(|name| self.function(&name))
            .filter(|_| qualifier.is_none_or(|it| it == "$LATEST"));
        found.ok_or_else(|| missing(format!("Function not found: {given}")))
    }

    fn listed_mappings(&self, body: &Value) -> ApiResult {
        let function = match text(body, "FunctionName") {
            Some(_) => Some(&self.described_function(body)?.arn),
            None => None,
        };
        let source = text(body, "EventSourceArn");
        let mut mappings: Vec<&Mapping> = self.deployment.mappings.iter().collect();
        mappings.retain(|it| {
            function.is_none_or(|arn| it.function_arn == *arn)
                && source.is_none_or(|arn| it.source.arn() == arn)
        });
        mappings.sort_by(|a, b| a.id.cmp(&b.id));
        let show = |it: &Mapping| self.shown_mapping(it);
        listed(body, "EventSourceMappings", mappings, |it| &it.id, show)
    }

    fn shown_mapping(&self, mapping: &Mapping) -> Value {
        let arn = self.arn("lambda", &format!("event-source-mapping:{}", mapping.id));
        let mut shown = mapping.shown.clone();
        let fields = json!({
            "UUID": mapping.id,
            "EventSourceMappingArn": arn,
            "EventSourceArn": mapping.source.arn(),
            "FunctionArn": mapping.function_arn,
            "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": mapping.window_s,
            "State": if mapping.enabled { "Enabled" } else { "Disabled" },
        });
        shown.extend(fields.as_object().cloned().unwrap_or_default());
        if let MappingSource::Stream(stream) = &mapping.source {
            // Lambda writes "as often" and "as long as the record lives" so.
            let limit = |it: Option<u64>| it.map_or(json!(-1), |limit| json!(limit));
            let fields = json!({
                "BisectBatchOnFunctionError": stream.bisects,
                "MaximumRetryAttempts": limit(stream.max_retries),
                "MaximumRecordAgeInSeconds": limit(stream.max_record_age_s),
            });
            shown.extend(fields.as_object().cloned().unwrap_or_default());
        }
        Value::Object(shown)
    }
}

/// One page of a list. The names are those that the list is in the order of.
fn listed<T>(
    body: &Value,
    list: &str,
    items: Vec<&T>,
    name: impl Fn(&T) -> &str,
    show: impl Fn(&T) -> Value,
) -> ApiResult {
    let invalid = |message: &str| ApiError::new("InvalidParameterValueException", message);
    let most = match text(body, "MaxItems").map(str::parse::<usize>) {
        None => ITEMS_MAX,
        Some(Ok(most)) if (1..=10_000).contains(&most) => most.min(ITEMS_MAX),
        Some(_) => return Err(invalid("MaxItems is a number from 1 to 10000")),
    };
    let (page, next) = page(items, |it| name(it), most, text(body, "Marker"))
        .ok_or_else(|| invalid("Invalid pagination token"))?;
    let shown: Vec<Value> = page.into_iter().map(show).collect();
    let mut answer = Map::from_iter([(list.to_owned(), Value::Array(shown))]);
    if let Some(next) = next {
        answer.insert("NextMarker".to_owned(), Value::String(next));
    }
    Ok(Value::Object(answer))
}

fn configuration(function: &Function) -> Value {
    let mut shown = function.shown.clone();
    let fields = json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Role": function.role_arn,
        "Handler": function.handler,
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_mb,
        "TracingConfig": { "Mode": if function.traced { "Active" } else { "PassThrough" } },
        "Version": "$LATEST",
        "State": "Active",
    });
    shown.extend(fields.as_object().cloned().unwrap_or_default());
    let logging = shown
        .entry("LoggingConfig")
        .or_insert_with(|| json!({ "LogFormat": "Text" }));
    if let Some(map) = logging.as_object_mut() {
        map.insert("LogGroup".to_owned(), json!(function.log_group));
    }
    if !function.environment.is_empty() {
        let variables = json!({ "Variables": function.environment });
        shown.insert("Environment".to_owned(), variables);
    }
    if let Some(key) = &function.key {
        shown.insert("KMSKeyArn".to_owned(), json!(key));
    }
    Value::Object(shown)
}

fn concurrency(function: &Function) -> Value {
    match function.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    }
}

/// A function's own address, where this run serves it.
fn address(function: &Function, body: &Value) -> Option<Value> {
    function.url.as_ref()?;
    let host = text(body, "host").unwrap_or("localhost");
    Some(json!({
        "FunctionUrl": format!("http://{host}/_url/{}/", function.name),
        "FunctionArn": function.arn,
        "AuthType": "NONE",
        "InvokeMode": "BUFFERED",
    }))
}
