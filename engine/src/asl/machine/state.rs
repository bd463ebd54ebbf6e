//! Reads one state.

use std::sync::Arc;

use super::fields::{Fields, SECONDS_MAX};
use super::group::{GroupReader, query_language};
use super::{Choice, Delay, Kind, Map, Percentage, Resource, State, Task, Text, work};
use crate::asl::choice::Rule;
use crate::asl::error::DefinitionError;
use crate::asl::json::Json;
use crate::asl::template::Expression;
use crate::asl::timestamp;

const EVERY: &[&str] = &["Type", "Comment", "QueryLanguage"];
const PATHS: &[&str] = &["InputPath", "OutputPath"];
const FLOW: &[&str] = &["Next", "End"];
const WORK: &[&str] = &[
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Retry",
    "Catch",
    "Assign",
];
const PASS: &[&str] = &["Parameters", "Result", "ResultPath", "Assign"];
const TASK: &[&str] = &[
    "Resource",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "Credentials",
];
const CHOICE: &[&str] = &["Choices", "Default", "Assign"];
const WAIT: &[&str] = &[
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "TimestampPath",
    "Assign",
];
const FAIL: &[&str] = &["Error", "ErrorPath", "Cause", "CausePath"];
const MAP: &[&str] = &[
    "ItemProcessor",
    "Iterator",
    "ItemsPath",
    "ItemSelector",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "Label",
];
/// Characters that the label of a Map state may have.
const LABEL_CHARACTERS_MAX: usize = 40;
/// Fields of a Map state that need a store of objects or batches.
const MAP_NOT_SUPPORTED: [&str; 3] = ["ItemReader", "ItemBatcher", "ResultWriter"];

pub(super) fn read(
    name: &str,
    value: &Json,
    at: &str,
    names: &[&str],
    groups: &mut GroupReader,
) -> Result<State, DefinitionError> {
    let fields = Fields::of(value, at)?;
    query_language(&fields)?;
    fields.required("Type")?;
    let kind = match fields.text("Type")?.unwrap_or("") {
        "Pass" => pass(&fields)?,
        "Task" => task(&fields, names)?,
        "Choice" => choice(&fields, names)?,
        "Wait" => wait(&fields)?,
        "Succeed" => {
            fields.only("Succeed state", &[EVERY, PATHS])?;
            Kind::Succeed
        }
        "Fail" => fail(&fields)?,
        "Parallel" => parallel(&fields, names, groups)?,
        "Map" => map(&fields, names, groups)?,
        other => return Err(fields.error("Type", &format!("`{other}` is not a type of state"))),
    };
    fields.text("Comment")?;
    let terminal = matches!(
        kind,
        Kind::Succeed | Kind::Fail { .. } | Kind::Choice { .. }
    );
    Ok(State {
        name: Arc::from(name),
        input_path: fields.selection("InputPath")?,
        output_path: fields.selection("OutputPath")?,
        assign: fields.assign()?,
        next: if terminal {
            None
        } else {
            next_or_end(&fields, names)?
        },
        kind,
    })
}

/// The state that a field names.
pub(super) fn target(
    fields: &Fields<'_>,
    key: &str,
    names: &[&str],
) -> Result<usize, DefinitionError> {
    fields.required(key)?;
    let name = fields.text(key)?.unwrap_or("");
    names
        .binary_search(&name)
        .map_err(|_| fields.error(key, &format!("there is no state `{name}` here")))
}

fn next_or_end(fields: &Fields<'_>, names: &[&str]) -> Result<Option<usize>, DefinitionError> {
    let ends = match fields.get("End") {
        None => false,
        Some(Json::Bool(ends)) => *ends,
        Some(_) => return Err(fields.error("End", "must be true or false")),
    };
    match (fields.get("Next"), ends) {
        (Some(_), false) => target(fields, "Next", names).map(Some),
        (None, true) => Ok(None),
        _ => Err(DefinitionError::new(
            fields.at,
            "must have either `Next` or `End: true`",
        )),
    }
}

fn pass(fields: &Fields<'_>) -> Result<Kind, DefinitionError> {
    fields.only("Pass state", &[EVERY, PATHS, FLOW, PASS])?;
    Ok(Kind::Pass {
        parameters: fields.template("Parameters")?,
        result: fields.get("Result").cloned(),
        place: fields.result_place()?,
    })
}

fn task(fields: &Fields<'_>, names: &[&str]) -> Result<Kind, DefinitionError> {
    fields.only("Task state", &[EVERY, PATHS, FLOW, WORK, TASK])?;
    fields.required("Resource")?;
    let arn = fields.text("Resource")?.unwrap_or("");
    if arn.is_empty() {
        return Err(fields.error("Resource", "must not be empty"));
    }
    let resource = Resource::parse(arn);
    resource
        .check()
        .map_err(|why| fields.error("Resource", &why))?;
    let seconds = (1, SECONDS_MAX);
    let timeout = fields.amount("TimeoutSeconds", "TimeoutSecondsPath", seconds)?;
    let heartbeat = fields.amount("HeartbeatSeconds", "HeartbeatSecondsPath", seconds)?;
    if let (Some(super::Amount::Literal(timeout)), Some(super::Amount::Literal(heartbeat))) =
        (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        return Err(fields.error("HeartbeatSeconds", "must be smaller than `TimeoutSeconds`"));
    }
    Ok(Kind::Task(Task {
        at: Arc::from(fields.at),
        resource,
        timeout,
        heartbeat,
        credentials: fields.object_template("Credentials")?,
        work: work::read(fields, names)?,
    }))
}

fn choice(fields: &Fields<'_>, names: &[&str]) -> Result<Kind, DefinitionError> {
    fields.only("Choice state", &[EVERY, PATHS, CHOICE])?;
    let rules = fields.array("Choices")?;
    if rules.is_empty() {
        return Err(fields.error("Choices", "must be an array of at least one rule"));
    }
    let mut choices = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let at = format!("{}/Choices/{index}", fields.at);
        let rule_fields = Fields::of(rule, &at)?;
        choices.push(Choice {
            rule: Rule::parse(rule, &at)?,
            next: target(&rule_fields, "Next", names)?,
            assign: rule_fields.assign()?,
        });
    }
    let default = fields
        .get("Default")
        .map(|_| target(fields, "Default", names))
        .transpose()?;
    Ok(Kind::Choice { choices, default })
}

fn wait(fields: &Fields<'_>) -> Result<Kind, DefinitionError> {
    fields.only("Wait state", &[EVERY, PATHS, FLOW, WAIT])?;
    fields.at_most_one(&["Seconds", "SecondsPath", "Timestamp", "TimestampPath"])?;
    if let Some(amount) = fields.amount("Seconds", "SecondsPath", (0, SECONDS_MAX))? {
        return Ok(Kind::Wait(Delay::Seconds(amount)));
    }
    if let Some(text) = fields.text("Timestamp")? {
        let time = timestamp::parse(text);
        let time =
            time.ok_or_else(|| fields.error("Timestamp", "must be an RFC 3339 timestamp"))?;
        return Ok(Kind::Wait(Delay::Until(timestamp::to_ms(time))));
    }
    match fields.path("TimestampPath")? {
        Some(path) => Ok(Kind::Wait(Delay::UntilPath(path))),
        None => Err(DefinitionError::new(
            fields.at,
            "must have `Seconds`, `SecondsPath`, `Timestamp` or `TimestampPath`",
        )),
    }
}

fn fail(fields: &Fields<'_>) -> Result<Kind, DefinitionError> {
    fields.only("Fail state", &[EVERY, FAIL])?;
    Ok(Kind::Fail {
        error: text(fields, "Error", "ErrorPath")?,
        cause: text(fields, "Cause", "CausePath")?,
    })
}

fn text(
    fields: &Fields<'_>,
    key: &str,
    path_key: &'static str,
) -> Result<Option<Text>, DefinitionError> {
    fields.at_most_one(&[key, path_key])?;
    if let Some(literal) = fields.text(key)? {
        return Ok(Some(Text::Literal(Arc::from(literal))));
    }
    let Some(source) = fields.text(path_key)? else {
        return Ok(None);
    };
    let expression = Expression::parse(source).map_err(|why| {
        fields.error(
            path_key,
            &format!("must be a JSONPath or an intrinsic function: {why}"),
        )
    })?;
    if !expression.may_be_text() {
        return Err(fields.error(path_key, "must be a function whose result is a string"));
    }
    Ok(Some(Text::Evaluated {
        field: path_key,
        expression,
    }))
}

fn parallel(
    fields: &Fields<'_>,
    names: &[&str],
    groups: &mut GroupReader,
) -> Result<Kind, DefinitionError> {
    fields.only("Parallel state", &[EVERY, PATHS, FLOW, WORK, &["Branches"]])?;
    let definitions = fields.array("Branches")?;
    if definitions.is_empty() {
        return Err(fields.error("Branches", "must be an array of at least one branch"));
    }
    let mut branches = Vec::with_capacity(definitions.len());
    for (index, definition) in definitions.iter().enumerate() {
        let at = format!("{}/Branches/{index}", fields.at);
        branches.push(groups.branch(definition, &at, true)?);
    }
    Ok(Kind::Parallel {
        branches,
        work: work::read(fields, names)?,
    })
}

fn map(
    fields: &Fields<'_>,
    names: &[&str],
    groups: &mut GroupReader,
) -> Result<Kind, DefinitionError> {
    if let Some(field) = MAP_NOT_SUPPORTED
        .iter()
        .find(|field| fields.get(field).is_some())
    {
        let what = format!("`{field}` of a Map state is not interpreted");
        return Err(DefinitionError::not_supported(&fields.place(field), &what));
    }
    fields.only("Map state", &[EVERY, PATHS, FLOW, WORK, MAP])?;
    fields.at_most_one(&["ItemProcessor", "Iterator"])?;
    fields.at_most_one(&["ItemSelector", "Parameters"])?;
    let key = if fields.get("Iterator").is_some() {
        "Iterator"
    } else {
        "ItemProcessor"
    };
    let definition = fields.required(key)?;
    let at = fields.place(key);
    let distributed = distributed(definition, &at)?;
    let mut work = work::read(fields, names)?;
    // `Parameters` of a Map state is the older name of `ItemSelector`.
    let selector = work.parameters.take();
    let percentage_path = "ToleratedFailurePercentagePath";
    fields.at_most_one(&["ToleratedFailurePercentage", percentage_path])?;
    let percentage = fields
        .number("ToleratedFailurePercentage", 0.0, 100.0)?
        .map(Percentage::Literal);
    let tolerated_percentage = match percentage {
        Some(literal) => Some(literal),
        None => fields.path(percentage_path)?.map(Percentage::Path),
    };
    Ok(Kind::Map(Map {
        at: Arc::from(fields.at),
        processor: groups.branch(definition, &at, !distributed)?,
        distributed,
        label: label(fields, groups)?,
        items: fields.path("ItemsPath")?,
        selector: fields.template("ItemSelector")?.or(selector),
        concurrency: fields.amount("MaxConcurrency", "MaxConcurrencyPath", (0, i64::MAX))?,
        tolerated_count: fields.amount(
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            (0, i64::MAX),
        )?,
        tolerated_percentage,
        work,
    }))
}

/// `Label`, which becomes part of an ARN and names this Map state alone.
fn label(
    fields: &Fields<'_>,
    groups: &mut GroupReader,
) -> Result<Option<Arc<str>>, DefinitionError> {
    let Some(label) = fields.text("Label")? else {
        return Ok(None);
    };
    let length = label.chars().count();
    if length == 0 || length > LABEL_CHARACTERS_MAX {
        let message = format!("must have 1 to {LABEL_CHARACTERS_MAX} characters, not {length}");
        return Err(fields.error("Label", &message));
    }
    let outside =
        |c: char| c.is_whitespace() || c.is_control() || r#"?*<>{}[]:;,\|^~$#%&`""#.contains(c);
    if let Some(character) = label.chars().find(|c| outside(*c)) {
        return Err(fields.error(
            "Label",
            &format!("must not have the character {character:?}"),
        ));
    }
    match groups.take_label(label) {
        true => Ok(Some(Arc::from(label))),
        false => Err(fields.error("Label", "is the label of another Map state already")),
    }
}

/// Whether the processor's `ProcessorConfig` asks for the distributed mode.
fn distributed(definition: &Json, at: &str) -> Result<bool, DefinitionError> {
    let Some(config) = definition.get("ProcessorConfig") else {
        return Ok(false);
    };
    let at = format!("{at}/ProcessorConfig");
    let fields = Fields::of(config, &at)?;
    fields.only("processor's configuration", &[&["Mode", "ExecutionType"]])?;
    let execution_type = fields.text("ExecutionType")?;
    if !matches!(execution_type, None | Some("STANDARD" | "EXPRESS")) {
        return Err(fields.error("ExecutionType", "must be STANDARD or EXPRESS"));
    }
    match fields.text("Mode")? {
        None | Some("INLINE") => Ok(false),
        Some("DISTRIBUTED") if execution_type.is_none() => {
            fields.required("ExecutionType").map(|_| true)
        }
        Some("DISTRIBUTED") => Ok(true),
        Some(_) => Err(fields.error("Mode", "must be INLINE or DISTRIBUTED")),
    }
}
