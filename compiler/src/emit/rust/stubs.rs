//! The user's crate as it is before the user writes it: everything compiles, and every function fails with where to write it.

use std::collections::BTreeSet;

use pipe_quote::quote;

use super::functions::output;
use super::manifest;
use super::names::{FunctionNames, Names, declarations, family_name, pascal, rust_type};
use super::source::Source;
use crate::emit::artifact::Artifact;
use crate::model::{Function, Pipeline, Type};
use pipe_tokens::{Doc, Ident, Tokens};

/// The files of `specs/NAME/`, with paths below it. They are written when they are missing, and never again. `generated` leads from there to
/// the generated crate, with `/`: `../../infra-out/NAME/handlers`.
pub fn user_stubs(pipeline: &Pipeline, generated: &str) -> Vec<Artifact> {
    let names = Names::new(pipeline);
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest::user(pipeline, generated)),
        ("src/main.rs".to_owned(), main(pipeline)),
    ];
    for members in declarations(pipeline) {
        if let Some(function) = members.first()
            && let Some(own) = names.function(function)
        {
            files.push((
                format!("src/{}.rs", module(function)),
                stub(pipeline, &names, function, own),
            ));
        }
    }
    let artifact = |(path, contents): (String, String)| Artifact {
        path,
        contents: contents.into_bytes(),
    };
    files.into_iter().map(artifact).collect()
}

/// A function called `main` would be the program itself.
fn module(function: &Function) -> String {
    match family_name(function) {
        name @ ("main" | "lib") => format!("{name}_function"),
        name => name.to_owned(),
    }
}

fn handlers(pipeline: &Pipeline) -> Ident {
    Ident::new(&manifest::handlers_name(pipeline).replace('-', "_"))
}

/// The struct that implements the traits. It is named like the pipeline, unless a type of the spec is.
fn functions_name(pipeline: &Pipeline) -> Ident {
    let name = pascal(&pipeline.name);
    let taken = pipeline
        .events
        .keys()
        .chain(pipeline.types.keys())
        .chain(pipeline.errors.keys())
        .any(|it| *it == name)
        || pipeline.functions.keys().any(|it| pascal(it) == name);
    Ident::new(&if taken {
        format!("{name}Functions")
    } else {
        name
    })
}

fn main(pipeline: &Pipeline) -> String {
    let (handlers, name) = (handlers(pipeline), functions_name(pipeline));
    let declared = declarations(pipeline);
    let modules = declared.iter().filter_map(|it| it.first());
    let modules = modules.map(|it| Ident::new(&module(it)));
    let docs = Doc::new("What the functions share: clients, settings.");
    Source {
        doc: vec![format!("The functions of `{}`. One program serves them all; Lambda says which one a process is for.", pipeline.file)],
        groups: vec![quote!(#(mod #modules;)*), quote!(use std::process::ExitCode;)],
        items: vec![
            quote! {
                #docs
                #[derive(Debug, Default)]
                struct #name;
            },
            quote! {
                fn main() -> ExitCode {
                    #handlers::run(#name)
                }
            },
        ]
        .into(),
        ..Source::default()
    }
    .render()
}

fn stub(pipeline: &Pipeline, names: &Names, function: &Function, own: &FunctionNames) -> String {
    let FunctionNames {
        contract,
        method,
        error,
        context,
        ..
    } = own;
    let (handlers, name) = (handlers(pipeline), functions_name(pipeline));
    let input = rust_type(names, &function.input, &function.name, "input");
    let output = output(names, function);
    let (fails, fault) = match error {
        Some(error) => (
            quote!(#error),
            quote!(Err(Fault::not_written_yet(file!()).into())),
        ),
        None => (quote!(Fault), quote!(Err(Fault::not_written_yet(file!())))),
    };
    let mut imports = BTreeSet::from([
        "Fault".to_owned(),
        contract.to_string(),
        context.to_string(),
    ]);
    imports.extend(error.as_ref().map(ToString::to_string));
    imports.extend(
        std::iter::once(&function.input)
            .chain(&function.output)
            .filter_map(|it| imported(names, &function.name, it)),
    );
    let imports = imports.iter().map(|it| Ident::new(it));
    let body: Tokens = quote! {
        impl #contract for #name {
            async fn #method(&self, _input: #input, _context: &#context) -> Result<#output, #fails> {
                #fault
            }
        }
    };
    let about = function.doc.lines().next().unwrap_or("not written yet.");
    Source {
        doc: vec![format!("`function {}`: {about}", family_name(function))],
        groups: vec![
            quote!(use #handlers::{#(#imports),*};),
            quote!(use crate::#name;),
        ],
        items: vec![body].into(),
        ..Source::default()
    }
    .render()
}

/// The name to import for a type.
fn imported(names: &Names, function: &str, ty: &Type) -> Option<String> {
    match ty {
        Type::Record(name) | Type::Event(name) => Some(names.declared(name).to_string()),
        Type::List(it) | Type::Optional(it) => imported(names, function, it),
        Type::Decimal => Some("Decimal".to_owned()),
        Type::Timestamp => Some("Timestamp".to_owned()),
        Type::EpochMillis => Some("EpochMillis".to_owned()),
        Type::Provider => Some("Provider".to_owned()),
        Type::Request => Some("Request".to_owned()),
        Type::Accepted => Some(names.enumeration(function, "input").to_string()),
        Type::String | Type::Int | Type::Bool | Type::Enum(_) => None,
    }
}
