//! What functions in a private network must reach: each service that they may use needs an endpoint, or a way out.

use pipe_runtime::sign;

use crate::check::context::Context;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Network, ParameterSource, Permission, Trigger, Verb, Verify};

/// Checks every network without egress, and fills in the endpoints of one that lists none.
pub(crate) fn check(cx: &mut Context<'_>) {
    let networks: Vec<Network> = cx
        .model
        .networks
        .values()
        .filter(|it| !it.nat)
        .cloned()
        .collect();
    for network in networks {
        let needed = needed(cx, &network.name);
        if !cx
            .places
            .contains_key(&(network.name.as_str(), "endpoints"))
        {
            let mut endpoints: Vec<String> = needed.iter().map(|it| it.0.to_owned()).collect();
            endpoints.sort();
            endpoints.dedup();
            if let Some(it) = cx.model.networks.get_mut(&network.name) {
                it.endpoints = endpoints;
            }
        } else {
            let missing = needed
                .iter()
                .find(|it| !network.endpoints.iter().any(|have| have == it.0));
            if let Some((service, function)) = missing {
                let at = cx.place(&network.name, "endpoints");
                let second = cx.name_span(function);
                let message = format!(
                    "`{function}` uses `{service}`, which `{}` does not reach",
                    network.name
                );
                let end = pipe_dsl::tree::Span {
                    start: at.end,
                    end: at.end,
                };
                cx.report(
                    diag::P0318
                        .at(at, message)
                        .label(format!("`{service}` is missing"))
                        .second(second, "runs in this network, which has no egress")
                        .suggest(end, format!(", {service}")),
                );
            }
        }
        check_schemes(cx, &network);
    }
}

/// The services that functions of a network may use, each with the first function that does.
fn needed(cx: &Context<'_>, network: &str) -> Vec<(&'static str, String)> {
    let mut needed: Vec<(&'static str, String)> = Vec::new();
    for function in cx.model.functions.values() {
        if function.network.as_deref() != Some(network) {
            continue;
        }
        let granted = cx.model.grants.get(&function.name);
        for permission in granted
            .map(|it| it.permissions.as_slice())
            .unwrap_or_default()
        {
            if let Some(service) = service(cx, permission)
                && !needed.iter().any(|it| it.0 == service)
            {
                needed.push((service, function.name.clone()));
            }
        }
    }
    needed
}

fn service(cx: &Context<'_>, permission: &Permission) -> Option<&'static str> {
    // What feeds a function calls it; it calls nothing itself.
    if permission.verb == Verb::Receive {
        return None;
    }
    let name = permission.resource.as_str();
    let Some(symbol) = cx.symbols.get(name) else {
        // A member of a family of queues: other families are called, and not granted.
        return endpoint(KindId::Queue);
    };
    let parameter = cx.model.parameters.get(name);
    if parameter.is_some_and(|it| it.source == ParameterSource::AtDeploy) {
        return None;
    }
    endpoint(symbol.kind)
}

fn endpoint(kind: KindId) -> Option<&'static str> {
    kind.kind().service.map(|it| it.endpoint)
}

fn check_schemes(cx: &mut Context<'_>, network: &Network) {
    let mut found = Vec::new();
    for function in cx.model.functions.values() {
        let Trigger::Route(index) = function.trigger else {
            continue;
        };
        if function.network.as_ref() != Some(&network.name) {
            continue;
        }
        let Some(route) = cx.model.routes.get(index) else {
            continue;
        };
        for it in cx.model.ways(&route.verify) {
            let Verify::Scheme { scheme, origin, .. } = it else {
                continue;
            };
            if let Some(why) = sign::scheme(scheme).and_then(sign::Scheme::fetches) {
                let message = format!("`{scheme}` needs the internet: {why}");
                let it = diag::P0318.at(crate::check::context::span_of(*origin), message);
                found.push(
                    it.label(format!("verified by `{}`", function.name))
                        .second(cx.name_span(&network.name), "has no egress")
                        .help("give the network `egress: nat`, or the function `network: none`"),
                );
            }
        }
    }
    for it in found {
        cx.report(it);
    }
}
