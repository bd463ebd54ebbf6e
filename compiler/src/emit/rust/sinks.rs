//! What `run` hands to the runtime of a function: where its messages come from and where its output goes, as data.

use pipe_quote::quote;

use super::names::Names;
use super::resources::named;
use crate::model::{
    Condition, Function, Literal, Operator, Piece, Pipeline, Sink, SinkTo, Target, Trigger, Type,
};
use pipe_tokens::Tokens;

/// What is expected of a function's output, by itself or by the route that it handles, and its sinks in order.
pub(super) fn of_function(pipeline: &Pipeline, names: &Names, function: &Function) -> Vec<Tokens> {
    let of_route = match function.trigger {
        Trigger::Route(index) => pipeline.routes.get(index),
        _ => None,
    };
    let Some(output) = function.output.as_ref() else {
        return Vec::new();
    };
    let (expect, sinks) = match of_route {
        Some(route) => (&route.expect, &route.sinks),
        None => (&function.expect, &function.sinks),
    };
    let expect = expect.iter().map(|it| {
        let condition = condition(&it.condition);
        quote!(sink::expect(#condition))
    });
    let sinks = sinks.iter();
    let sinks = sinks.filter_map(|it| sink(names, function, output, it));
    expect.chain(sinks).collect()
}

fn sink(names: &Names, function: &Function, output: &Type, sink: &Sink) -> Option<Tokens> {
    let ty = names.declared(named(output)?);
    let made = match &sink.to {
        SinkTo::Append(table) => {
            let table = names.marker(table);
            quote!(sink::append::<#table, #ty>())
        }
        SinkTo::Write { bucket, key } => {
            let (bucket, key) = (names.marker(bucket), key.iter().filter_map(piece));
            if is_event(output) {
                quote!(sink::write_event::<#bucket, #ty>(&[#(#key),*]))
            } else {
                quote!(sink::write::<#bucket>(&[#(#key),*]))
            }
        }
        SinkTo::Send(target) => {
            let channel = match target {
                Target::Queue(name) => names.marker(own_name(function, name)),
                Target::QueueOfProvider(family) => names.marker(family),
                Target::Topic(name) | Target::Bus(name) => names.marker(name),
                // Only rules send to functions and logs.
                Target::Function(_) | Target::Log { .. } => return None,
            };
            quote!(sink::send::<#channel, #ty>())
        }
    };
    let only = sink.filter.as_ref().map(|it| {
        let filter = condition(it);
        quote!(.only(#filter))
    });
    Some(quote!(#made #only))
}

/// The family's name for a member's own member of another family: the call's provider says which one is meant.
fn own_name<'a>(function: &Function, name: &'a str) -> &'a str {
    let member = function.member.as_ref();
    member
        .and_then(|it| name.strip_suffix(it.provider.as_str())?.strip_suffix('_'))
        .unwrap_or(name)
}

fn is_event(ty: &Type) -> bool {
    match ty {
        Type::Event(_) => true,
        Type::List(it) | Type::Optional(it) => is_event(it),
        _ => false,
    }
}

fn piece(it: &Piece) -> Option<Tokens> {
    match it {
        Piece::Text(text) => Some(quote!(Piece::Text(#text))),
        Piece::Field(name) => Some(quote!(Piece::Field(#name))),
        Piece::Date(name) => Some(quote!(Piece::Date(#name))),
        // Only in physical names.
        Piece::Suffix => None,
    }
}

/// `where` of an edge, which may have none.
pub(super) fn filter(it: Option<&Condition>) -> Tokens {
    it.map_or_else(|| quote!(Where::Always), condition)
}

/// `where` as data that the runtime decides on.
fn condition(it: &Condition) -> Tokens {
    match it {
        Condition::Compare {
            field,
            ty,
            operator,
            value,
        } => compare(field, ty, *operator, value),
        Condition::StartsWith { field, prefix, .. } => {
            quote!(Where::StartsWith(#field, #prefix))
        }
        Condition::Present { field, .. } => quote!(Where::Present(#field)),
        Condition::And(all) => {
            let all = all.iter().map(condition);
            quote!(Where::All(&[#(#all),*]))
        }
        Condition::Or(any) => {
            let any = any.iter().map(condition);
            quote!(Where::Any(&[#(#any),*]))
        }
        Condition::Not(it) => {
            let it = condition(it);
            quote!(Where::Not(&#it))
        }
    }
}

fn compare(field: &str, ty: &Type, operator: Operator, value: &Literal) -> Tokens {
    let relation = match operator {
        Operator::Equal => quote!(Relation::Equal),
        Operator::NotEqual => quote!(Relation::NotEqual),
        Operator::Less => quote!(Relation::Less),
        Operator::LessOrEqual => quote!(Relation::LessOrEqual),
        Operator::Greater => quote!(Relation::Greater),
        Operator::GreaterOrEqual => quote!(Relation::GreaterOrEqual),
    };
    let base = match ty {
        Type::Optional(it) => it,
        ty => ty,
    };
    match value {
        Literal::Number(digits) => quote!(Where::Number(#field, #relation, #digits)),
        Literal::Bool(it) => quote!(Where::Bool(#field, #relation, #it)),
        Literal::String(text) if *base == Type::Timestamp => {
            quote!(Where::Instant(#field, #relation, #text))
        }
        Literal::String(text) | Literal::Variant(text) => {
            quote!(Where::Text(#field, #relation, #text))
        }
    }
}

/// `on::Queue { … }`
pub(super) fn from_queue(
    pipeline: &Pipeline,
    names: &Names,
    function: &Function,
    queue: &str,
) -> Tokens {
    let declared = pipeline.queues.get(queue);
    let fifo = declared.is_some_and(|it| it.fifo);
    let dead_letter = declared.and_then(|it| it.dead_letter.as_ref());
    let receives_max = match dead_letter.map(|it| it.1) {
        Some(receives) => quote!(Some(#receives)),
        None => quote!(None),
    };
    let name = own_name(function, queue);
    let per_provider = name != queue;
    let known_by = known_by(pipeline, names, function);
    quote! {
        on::Queue {
            name: #name,
            per_provider: #per_provider,
            fifo: #fifo,
            receives_max: #receives_max,
            known_by: #known_by,
        }
    }
}

/// `on::stream::<…>(…)`
pub(super) fn from_stream(
    names: &Names,
    table: &str,
    event: &str,
    filter: Option<&Condition>,
) -> Tokens {
    let (table, event) = (names.marker(table), names.declared(event));
    let filter = self::filter(filter);
    quote!(on::stream::<#table, #event>(#filter))
}

/// What a message is known by: the event that the function appends, where the message has all its `once` fields; else the message itself,
/// where it is an event.
pub(super) fn known_by(pipeline: &Pipeline, names: &Names, function: &Function) -> Tokens {
    let appends = function
        .sinks
        .iter()
        .any(|it| matches!(it.to, SinkTo::Append(_)));
    let appended = function
        .output
        .as_ref()
        .filter(|_| appends)
        .and_then(event_name);
    let known = [appended, event_name(&function.input)];
    let known = known
        .into_iter()
        .flatten()
        .find(|name| has_identity(pipeline, &function.input, name));
    match known {
        Some(event) => {
            let event = names.declared(event);
            quote!(on::known_by::<#event>())
        }
        None => quote!(None),
    }
}

fn event_name(ty: &Type) -> Option<&str> {
    named(ty).filter(|_| is_event(ty))
}

/// True when a value of this type has every `once` field of the event, under the same name and of the same type.
fn has_identity(pipeline: &Pipeline, input: &Type, event: &str) -> bool {
    let (Some(event), Some(name)) = (pipeline.events.get(event), named(input)) else {
        return false;
    };
    let of_event = pipeline.events.get(name).map(|it| &it.fields);
    let Some(fields) = of_event.or_else(|| pipeline.types.get(name).map(|it| &it.fields)) else {
        return false;
    };
    let declared = |name: &str| event.fields.iter().find(|it| it.name == name);
    event.once.iter().all(|name| {
        let same = |ty: &Type| fields.iter().any(|it| it.name == *name && it.ty == *ty);
        declared(name).is_some_and(|it| same(&it.ty))
    })
}
