//! `functions.rs`: one trait per function, and the enum of how it may fail.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{FunctionNames, Names, rust_type};
use super::source::{Source, doc};
use crate::model::{Function, Pipeline, Type};

pub(super) fn render(pipeline: &Pipeline, names: &Names) -> String {
    let functions = || {
        pipeline
            .functions
            .values()
            .filter_map(|it| Some((it, names.function(&it.name)?)))
    };
    let contexts: Vec<_> = functions().map(|(_, it)| &it.context).collect();
    let mut types = BTreeSet::new();
    for (function, _) in functions() {
        let own = function.fails.iter().map(|it| names.declared(it));
        types.extend(own.map(|it| it.to_string()));
        let values = std::iter::once(&function.input).chain(&function.output);
        types.extend(values.filter_map(|it| declared(names, it)));
    }
    let types = types.iter().map(|it| super::names::ident(it));
    let failing = functions().any(|(it, _)| !it.fails.is_empty());
    let faults = if failing {
        quote!(
            use pipe_runtime::{Failure, Fault, Unforeseen};
        )
    } else {
        quote!(
            use pipe_runtime::Fault;
        )
    };
    Source {
        doc: vec![format!(
            "The functions of `{}`: one trait each, and how they may fail.",
            pipeline.file
        )],
        groups: vec![
            faults,
            quote! { use crate::capabilities::{#(#contexts),*}; use crate::types::{#(#types),*}; },
        ],
        items: functions()
            .flat_map(|(function, own)| items(pipeline, names, function, own))
            .collect(),
        ..Source::default()
    }
    .render()
}

/// The one declared name in a type.
fn declared(names: &Names, ty: &Type) -> Option<String> {
    match ty {
        Type::Record(name) | Type::Event(name) => Some(names.declared(name).to_string()),
        Type::List(it) | Type::Optional(it) => declared(names, it),
        Type::String
        | Type::Int
        | Type::Decimal
        | Type::Bool
        | Type::Timestamp
        | Type::EpochMillis
        | Type::Enum(_)
        | Type::Provider
        | Type::Request => None,
    }
}

/// What a function gives back: `Receipt`, or `()`.
pub(super) fn output(names: &Names, function: &Function) -> TokenStream {
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
) -> Vec<TokenStream> {
    let FunctionNames {
        contract,
        method,
        error,
        context,
        ..
    } = own;
    let place = format!(
        "`function {}`, {}:{}.",
        function.name, pipeline.file, function.origin.line
    );
    let docs = doc(if function.doc.is_empty() {
        &place
    } else {
        &function.doc
    });
    let input = rust_type(names, &function.input, &function.name, "input");
    let output = output(names, function);
    let fails = error
        .as_ref()
        .map_or_else(|| quote!(Fault), |it| quote!(#it));
    let summary = doc(&place);
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

fn error_items(names: &Names, function: &Function, error: &proc_macro2::Ident) -> Vec<TokenStream> {
    let docs = doc(&format!("How `{}` may fail.", function.name));
    let wires = &function.fails;
    let errors: Vec<_> = wires.iter().map(|it| names.declared(it)).collect();
    let each = wires.iter().map(|it| doc(&format!("`fails {it}`")));
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
    items.push(quote! {
        impl From<#error> for Failure {
            fn from(error: #error) -> Self {
                match error {
                    #(#error::#errors(fields) => Self::declared(#wires, &fields),)*
                    #error::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    });
    items
}
