//! `via: function_url NAME`: a function's own URL, for routes that stand outside the API.

use std::collections::BTreeMap;

use crate::emit::cfn::lambda_url::{Url, UrlPermission};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::Handle;
use crate::emit::piece::text_of;
use crate::model::{Pipeline, Route, Verify};

use super::prose::{proven, readable};
use super::{Stack, names};

/// The URL's logical id.
pub(crate) fn handle(function: &str) -> Handle<Url> {
    Handle::new(names::id(function, "Url"))
}

/// Adds a URL for each function that has routes of its own.
pub(crate) fn lower(stack: &mut Stack<'_>) {
    let mut functions: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in &stack.pipeline.routes {
        if let Some(function) = &route.via {
            functions.entry(function).or_default().push(route);
        }
    }
    for (function, routes) in functions {
        url(stack, function, &routes);
    }
}

fn url(stack: &mut Stack<'_>, name: &str, routes: &[&Route]) {
    let Some(first) = routes.first() else { return };
    let pipe = stack.at(&first.origin);
    let function = stack.function(name);
    let url = Url {
        auth_type: "NONE",
        target_function_arn: function.arn(),
        invoke_mode: "BUFFERED",
    };
    let because = because(stack.pipeline, routes);
    let mut resource = Resource::new(url, pipe.clone());
    resource.metadata.off_because = Some(because.clone());
    resource = resource
        .skip("CKV_AWS_258", because.clone())
        .skip("IAM-08", because.clone());
    stack.resources.add(&handle(name), resource);

    // AWS: "Control access to Lambda function URLs". Since October 2025 a caller needs both; the second opens the URL only, not Invoke.
    let pascal = names::pascal(name);
    let call = UrlPermission {
        action: "lambda:InvokeFunctionUrl",
        function_name: function.arn(),
        principal: "*",
        function_url_auth_type: Some("NONE"),
        invoked_via_function_url: None,
    };
    let invoke = UrlPermission {
        action: "lambda:InvokeFunction",
        function_url_auth_type: None,
        invoked_via_function_url: Some(true),
        ..call.clone()
    };
    for (part, permission) in [("UrlPermission", call), ("UrlInvokePermission", invoke)] {
        let id = Handle::<UrlPermission>::new(text_of((&pascal, part)));
        let mut resource = Resource::new(permission, pipe.clone());
        resource.metadata.off_because = Some(because.clone());
        stack.resources.add(&id, resource);
    }
}

/// Why anyone may call: what the routes say where they turn `verify` off, else that they verify what comes.
fn because(pipeline: &Pipeline, routes: &[&Route]) -> String {
    let reason = |route: &&Route| {
        let proven = proven(pipeline, &route.verify, readable);
        let verifies = match &route.verify {
            Verify::Off { .. } => "",
            Verify::Scheme { .. } | Verify::PerProvider { .. } => "the function verifies ",
        };
        text_of((&route.method, " ", &route.path, ": ", verifies, proven))
    };
    let reasons: Vec<String> = routes.iter().map(reason).collect();
    reasons.join("; ")
}
