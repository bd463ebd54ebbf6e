//! `functions.rs`: one trait per function, and the enum of how it may fail.

use pipe_quote::quote;

use super::names::{FunctionNames, Names, declarations, family_name, rust_type};
use super::source::{Imported, Items, Source, imports, names_of};
use crate::model::{Function, Pipeline, Type};
use pipe_tokens::{Doc, Ident, Tokens};

/// What the items may need, by path.
const RUNTIME: &Imported = &[(
    "pipe_runtime",
    &[
        "Decimal",
        "EpochMillis",
        "Failure",
        "Fault",
        "Request",
        "Timestamp",
        "Unforeseen",
    ],
)];

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let declared = declarations(pipeline);
    let functions = || {
        let first = declared.iter().filter_map(|it| it.first());
        first.filter_map(|it| Some((*it, names.function(it)?)))
    };
    let contexts: Vec<_> = functions().map(|(_, it)| &it.context).collect();
    let items: Vec<Tokens> = functions()
        .flat_map(|(function, own)| items(pipeline, names, function, own))
        .collect();
    let items = Items::from(items);
    let types = super::types::declared_names(pipeline, names);
    let own = types.iter().map(String::as_str);
    let mentioned = items.mention(names_of(RUNTIME).chain(own));
    let types = types.iter().filter(|it| mentioned.contains(it.as_str()));
    let types = types.map(|it| Ident::new(it));
    let faults = imports(&mentioned, RUNTIME);
    let inputs = declared
        .iter()
        .filter_map(|it| it.first())
        .filter(|it| it.input == Type::Accepted)
        .map(|it| names.enumeration(&it.name, "input"));
    let inputs: Vec<_> = inputs.collect();
    let accepted = if inputs.is_empty() {
        Tokens::default()
    } else {
        quote! { use crate::accepted::{#(#inputs),*}; }
    };
    Source {
        doc: vec![format!(
            "The functions of `{}`: one trait each, and how they may fail.",
            pipeline.file
        )],
        groups: vec![
            faults,
            quote! { #accepted use crate::capabilities::{#(#contexts),*}; use crate::types::{#(#types),*}; },
        ],
        items,
        ..Source::default()
    }
    .render()
}

/// What a function gives back: `Receipt`, or `()`.
pub(super) fn output(names: &Names, function: &Function) -> Tokens {
    match &function.output {
        Some(ty) => rust_type(names, ty, &function.name, "output"),
        None => quote!(()),
    }
}

fn items(
    pipeline: &Pipeline,
    names: &Names,
    function: &Function,
    own: &FunctionNames,
) -> Vec<Tokens> {
    let FunctionNames {
        contract,
        method,
        error,
        context,
        ..
    } = own;
    let name = family_name(function);
    let place = format!(
        "`function {name}`, {}:{}.",
        pipeline.file, function.origin.line
    );
    let docs = Doc::new(if function.doc.is_empty() {
        &place
    } else {
        &function.doc
    });
    let input = rust_type(names, &function.input, &function.name, "input");
    let output = output(names, function);
    let fails = error
        .as_ref()
        .map_or_else(|| quote!(Fault), |it| quote!(#it));
    let summary = Doc::new(&place);
    let mut items = vec![quote! {
        #docs
        pub trait #contract {
            #summary
            fn #method(&self, input: #input, context: &#context) -> impl Future<Output = Result<#output, #fails>>;
        }
    }];
    if let Some(error) = error {
        items.extend(error_items(names, function, error));
    }
    items
}

fn error_items(names: &Names, function: &Function, error: &Ident) -> Vec<Tokens> {
    let docs = Doc::new(format!("How `{}` may fail.", family_name(function)));
    let wires = &function.fails;
    let errors: Vec<_> = wires.iter().map(|it| names.declared(it)).collect();
    let each = wires.iter().map(|it| Doc::new(format!("`fails {it}`")));
    let mut items = vec![quote! {
        #docs
        #[derive(Debug)]
        pub enum #error {
            #(#each #errors(#errors),)*
            /// What nobody foresaw. Every standard error becomes one with `?`.
            Fault(Fault),
        }
    }];
    items.extend(errors.iter().map(|it| {
        quote! {
            impl From<#it> for #error {
                fn from(error: #it) -> Self {
                    Self::#it(error)
                }
            }
        }
    }));
    items.push(quote! {
        impl<E: Unforeseen> From<E> for #error {
            fn from(error: E) -> Self {
                Self::Fault(error.into_fault())
            }
        }
    });
    let arms = errors
        .iter()
        .zip(wires)
        .map(|(it, wire)| quote!(#error::#it(fields) => Self::declared(#wire, &fields)));
    items.push(quote! {
        impl From<#error> for Failure {
            fn from(error: #error) -> Self {
                match error {
                    #(#arms,)*
                    #error::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    });
    items
}
