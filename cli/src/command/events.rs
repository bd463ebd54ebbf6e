//! `pipec events`: the event log of the running pipeline as a timeline.

use crate::arguments::{Events, MessageFormat, OutputFormat};
use crate::exit::{self, Exit};
use crate::terminal::printable;
use crate::wire::Endpoint;
use pipe_compiler::model::{Pipeline, Table};
use serde_json::{Map, Value, json};

pub(crate) fn run(arguments: &Events) -> Result<(), Exit> {
    let pipeline = crate::spec::check(&arguments.spec, MessageFormat::Human)?;
    let endpoint = Endpoint::new(arguments.port);
    let mut found = 0;
    for table in pipeline.tables.values() {
        let mut items =
            read(&endpoint, table, arguments.partition.as_deref()).map_err(|error| {
                exit::say(
                    exit::USAGE,
                    &error,
                    Some("start the pipeline with `pipec run`, or name its port with --port"),
                )
            })?;
        items.retain(|item| item.contains_key("_event"));
        items.sort_by_key(|item| (plain(item.get(&table.partition)), sort_text(item, table)));
        found += items.len();
        crate::output::print(&lines(&pipeline, table, &items, arguments.format))?;
    }
    if found == 0 && arguments.format == OutputFormat::Human {
        return crate::output::print(&match &arguments.partition {
            Some(partition) => format!("no event of `{partition}`\n"),
            None => "no event yet\n".to_owned(),
        });
    }
    Ok(())
}

type Item = Map<String, Value>;

/// All items of a table, or of one partition of it, page by page.
fn read(endpoint: &Endpoint, table: &Table, partition: Option<&str>) -> Result<Vec<Item>, String> {
    let mut input = Map::new();
    input.insert(
        "TableName".to_owned(),
        json!(crate::physical::name(&table.name)),
    );
    input.insert("ConsistentRead".to_owned(), json!(true));
    let operation = match partition {
        None => "DynamoDB_20120810.Scan",
        Some(value) => {
            input.insert(
                "KeyConditionExpression".to_owned(),
                json!("#partition = :partition"),
            );
            input.insert(
                "ExpressionAttributeNames".to_owned(),
                json!({ "#partition": table.partition }),
            );
            input.insert(
                "ExpressionAttributeValues".to_owned(),
                json!({ ":partition": { "S": value } }),
            );
            "DynamoDB_20120810.Query"
        }
    };
    let mut items = Vec::new();
    loop {
        let mut page = endpoint.call(operation, &Value::Object(input.clone()))?;
        if let Some(Value::Array(more)) = page.get_mut("Items").map(Value::take) {
            items.extend(more.into_iter().filter_map(|item| match item {
                Value::Object(item) => Some(item),
                _ => None,
            }));
        }
        match page.get_mut("LastEvaluatedKey").map(Value::take) {
            Some(key @ Value::Object(_)) => {
                input.insert("ExclusiveStartKey".to_owned(), key);
            }
            _ => return Ok(items),
        }
    }
}

/// The instant, cut from what follows it in the sort key, and then the rest, so that one instant's facts have an order.
fn sort_text(item: &Item, table: &Table) -> String {
    table
        .sort
        .as_ref()
        .map(|(sort, _)| plain(item.get(sort)))
        .unwrap_or_default()
}

/// An attribute value without its type.
fn plain(value: Option<&Value>) -> String {
    let Some(Value::Object(typed)) = value else {
        return String::new();
    };
    match typed.iter().next() {
        Some((_, Value::String(text))) => text.clone(),
        Some((_, other)) => other.to_string(),
        None => String::new(),
    }
}

/// The facts of one table as they are printed.
fn lines(pipeline: &Pipeline, table: &Table, items: &[Item], format: OutputFormat) -> String {
    let mut lines = String::new();
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::Style::new().dimmed();
    let mut partition = String::new();
    for item in items {
        if format == OutputFormat::Json {
            lines.push_str(&format!("{}\n", Value::Object(item.clone())));
            continue;
        }
        let own = plain(item.get(&table.partition));
        if own != partition {
            lines.push_str(&format!("{bold}{}{bold:#}\n", printable(&own)));
            partition = own;
        }
        let sort = sort_text(item, table);
        let instant = sort.split('#').next().unwrap_or_default();
        let event = plain(item.get("_event"));
        let fields = pipeline
            .events
            .get(&event)
            .map(|event| event.fields.as_slice())
            .unwrap_or_default();
        let shown: Vec<String> = fields
            .iter()
            .filter(|field| {
                field.name != table.partition
                    && table
                        .sort
                        .as_ref()
                        .is_none_or(|(sort, _)| *sort != field.name)
            })
            .filter_map(|field| {
                item.get(&field.name)
                    .map(|value| format!("{}={}", field.name, printable(&plain(Some(value)))))
            })
            .collect();
        lines.push_str(&format!(
            "  {dim}{}{dim:#}  {:<18} {}\n",
            printable(instant),
            event,
            shown.join("  ")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_shown_without_its_type() {
        assert_eq!(plain(Some(&json!({ "N": "99.90" }))), "99.90");
        assert_eq!(plain(Some(&json!({ "BOOL": true }))), "true");
        assert_eq!(plain(None), "");
    }
}
