//! What the generated program can do: capabilities of its contexts, what its `run` has the runtime do, and the tasks of its machines.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use serde_json::Value;

use super::generator::{PROVIDERS, Spec};
use super::{Permission, pascal};

/// The capabilities in `capabilities.rs`, of families for each member.
pub(crate) fn capabilities(spec: &Spec, source: &str) -> BTreeSet<Permission> {
    let file = syn::parse_file(source).unwrap();
    let mut subjects: BTreeMap<String, String> = BTreeMap::new();
    for item in &file.items {
        if let syn::Item::Trait(item) = item {
            // `#[diagnostic::on_unimplemented(message = "`take` is not granted …")]` says whose grant the trait is.
            let attributes: String = item
                .attrs
                .iter()
                .map(|it| it.to_token_stream().to_string())
                .collect();
            if let Some((_, rest)) = attributes.split_once("message = \"`") {
                subjects.insert(
                    item.ident.to_string(),
                    rest.split('`').next().unwrap().to_owned(),
                );
            }
        }
    }
    let mut found = BTreeSet::new();
    for item in &file.items {
        let syn::Item::Impl(item) = item else {
            continue;
        };
        let Some((path, _)) = &item.trait_ else {
            continue;
        };
        let last = path.segments.last().unwrap();
        let Some(subject) = subjects.get(&last.ident.to_string()) else {
            continue;
        };
        let argument = last.arguments.to_token_stream().to_string();
        let argument = argument
            .trim_matches(['<', '>', ' '])
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned();
        let resource = item.self_ty.to_token_stream().to_string();
        let is_update = last.ident.to_string().ends_with("Update");
        let (verb, field) = if is_update {
            ("update".to_owned(), Some(argument))
        } else {
            (argument, None)
        };
        found.extend(expanded(spec, subject, &verb, &resource, field.as_ref()));
    }
    found
}

/// A permission in the names of the program, for each member that it stands for.
fn expanded(
    spec: &Spec,
    subject: &str,
    verb: &str,
    resource: &str,
    field: Option<&String>,
) -> Vec<Permission> {
    let one = |to: String, resource: String| Permission {
        to,
        verb: verb.to_owned(),
        resource,
        field: field.cloned(),
    };
    let is_family = |name: &str| spec.families.iter().any(|it| it == name);
    let of_provider = |name: &str, provider: &str| {
        if is_family(name) {
            format!("{name}_{provider}")
        } else {
            name.to_owned()
        }
    };
    if is_family(subject) || is_family(resource) {
        return PROVIDERS
            .iter()
            .map(|it| one(of_provider(subject, it), of_provider(resource, it)))
            .collect();
    }
    vec![one(subject.to_owned(), resource.to_owned())]
}

/// What the runtime is told to do for each function, in `lib.rs`.
pub(crate) fn edges(spec: &Spec, source: &str) -> BTreeSet<Permission> {
    let file = syn::parse_file(source).unwrap();
    let plain = |it: &dyn quote::ToTokens| it.to_token_stream().to_string().replace(' ', "");
    let routes: BTreeMap<String, String> = file
        .items
        .iter()
        .filter_map(|it| match it {
            syn::Item::Const(it) => Some((it.ident.to_string(), plain(&it.expr))),
            _ => None,
        })
        .collect();
    let run = file.items.iter().find_map(|it| match it {
        syn::Item::Fn(it) if it.sig.ident == "run" => Some(it),
        _ => None,
    });
    let mut found = BTreeSet::new();
    for (function, body) in arms(run.unwrap()) {
        let mut add = |verb: &str, resource: &str| {
            // A member's own is that of its provider, which the runtime takes from the function's name.
            let member = function
                .strip_prefix(spec.declared(&function))
                .and_then(|it| it.strip_prefix('_'));
            let is_family = spec.families.iter().any(|it| it == resource);
            let members: Vec<String> = match member {
                _ if !is_family => vec![resource.to_owned()],
                Some(own) => vec![format!("{resource}_{own}")],
                None => PROVIDERS
                    .iter()
                    .map(|it| format!("{resource}_{it}"))
                    .collect(),
            };
            found.extend(members.into_iter().map(|resource| Permission {
                to: function.clone(),
                verb: verb.to_owned(),
                resource,
                field: None,
            }));
        };
        for (verb, sign) in [
            ("append", "sink::append::<"),
            ("write", "sink::write_event::<"),
            ("write", "sink::write::<"),
            ("send", "sink::send::<"),
            ("receive", "on::Queue{name:\""),
        ] {
            after(&body, sign).for_each(|it| add(verb, name(it)));
        }
        for route in after(&body, ".route(&") {
            let route = &routes[name(route)];
            after(route, "secret:Some(\"").for_each(|it| add("read", name(it)));
            after(route, "Parameter::Stored(\"").for_each(|it| add("read", name(it)));
        }
    }
    found
}

/// Arms of the `match` over the function's name in `let serve = async |invocation| match …`, with their bodies as text without blanks.
fn arms(run: &syn::ItemFn) -> Vec<(String, String)> {
    let Some(syn::Stmt::Local(serve)) = run.block.stmts.first() else {
        panic!("`run` begins with `let serve`")
    };
    let Some(syn::Expr::Closure(serve)) = serve.init.as_ref().map(|it| &*it.expr) else {
        panic!("`serve` is a closure")
    };
    let syn::Expr::Match(serve) = &*serve.body else {
        panic!("it is a match")
    };
    let arm = |it: &syn::Arm| {
        let pattern = it.pat.to_token_stream().to_string();
        let body = it.body.to_token_stream().to_string().replace(' ', "");
        // Members of a family share an arm: `"work_square" | "work_stripe"`.
        let names: Vec<String> = pattern
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        names
            .into_iter()
            .map(|name| (name, body.clone()))
            .collect::<Vec<_>>()
    };
    serve.arms.iter().flat_map(arm).collect()
}

/// What follows each time that `sign` stands in a text.
fn after<'a>(text: &'a str, sign: &str) -> impl Iterator<Item = &'a str> {
    text.split(sign)
        .skip(1)
        .map(|it| &it[..it.len().min(80)])
        .collect::<Vec<_>>()
        .into_iter()
}

/// The name that a text begins with.
fn name(text: &str) -> &str {
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_')
        .next()
        .unwrap()
}

/// What the tasks of a machine do.
pub(crate) fn tasks(spec: &Spec, workflow: &str, machine: &Value) -> BTreeSet<Permission> {
    let mut found = BTreeSet::new();
    walk(machine, &mut |task| {
        let service = task["Resource"]
            .as_str()
            .unwrap()
            .trim_start_matches("arn:aws:states:::");
        let parameters = task["Parameters"].to_string();
        let (verb, suffix) = match service {
            "lambda:invoke" => ("call", "Function}"),
            "aws-sdk:dynamodb:transactWriteItems" | "aws-sdk:dynamodb:putItem" => {
                ("append", "Table}")
            }
            "aws-sdk:dynamodb:updateItem" => ("update", "Table}"),
            "sns:publish" => ("send", "Topic}"),
            "sqs:sendMessage" => ("send", "Queue}"),
            "events:putEvents" => ("send", "Bus}"),
            "aws-sdk:s3:putObject" => ("write", "Bucket}"),
            "states:startExecution" => ("start", "StateMachine}"),
            other => panic!("`{workflow}` has a task that no verb stands for: {other}"),
        };
        let field = (verb == "update").then(|| {
            task["Parameters"]["ExpressionAttributeNames"]["#field"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        for substitution in after(&parameters, "${") {
            let id = substitution.split_inclusive('}').next().unwrap();
            let Some(pascal_name) = id.strip_suffix(suffix) else {
                continue;
            };
            let resource = spec
                .resources
                .iter()
                .find(|it| pascal(&it.0) == pascal_name);
            found.insert(Permission {
                to: workflow.to_owned(),
                verb: verb.to_owned(),
                resource: resource
                    .unwrap_or_else(|| panic!("{id} is nothing"))
                    .0
                    .clone(),
                field: field.clone(),
            });
        }
    });
    found
}

fn walk(machine: &Value, see: &mut impl FnMut(&Value)) {
    match machine {
        Value::Object(fields) => {
            if fields.get("Type").and_then(Value::as_str) == Some("Task") {
                see(machine);
            }
            fields.values().for_each(|it| walk(it, see));
        }
        Value::Array(items) => items.iter().for_each(|it| walk(it, see)),
        _ => {}
    }
}
