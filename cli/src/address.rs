//! Where and how a route of the running pipeline is called: its path with a provider in it, a function's own address, an API key.

use crate::exit::{self, Exit};
use crate::physical;
use crate::wire::Endpoint;
use pipe_compiler::model::{Pipeline, Provider, Route, Verify};
use pipe_runtime::sign;
use serde_json::Value;

/// What stands for the provider in a route's path.
const PROVIDER: &str = "{provider}";

/// The route's path on the local port; a function's own address is below `/_url/`.
pub(crate) fn path(route: &Route, provider: Option<&str>) -> String {
    let path = provider.map_or_else(
        || route.path.clone(),
        |name| route.path.replace(PROVIDER, name),
    );
    match &route.via {
        Some(function) => format!("/_url/{}{path}", physical::name(function)),
        None => path,
    }
}

/// The path of the route that a request's path fits, with the stage before it or without, and the provider that it names.
pub(crate) fn named<'a>(
    pipeline: &'a Pipeline,
    path: &'a str,
) -> Option<(&'a str, Option<&'a str>)> {
    let fits = |route: &'a Route, path: &'a str| match route.path.split_once(PROVIDER) {
        None => (route.path == path).then_some(None),
        Some((before, behind)) => {
            let name = path.strip_prefix(before)?.strip_suffix(behind)?;
            pipeline.providers.contains_key(name).then_some(Some(name))
        }
    };
    pipeline.routes.iter().find_map(|route| {
        let stage = route.stage.as_str();
        let below = path.strip_prefix('/').and_then(|it| it.strip_prefix(stage));
        let provider = fits(route, path).or_else(|| fits(route, below?))?;
        Some((route.path.as_str(), provider))
    })
}

/// The provider to send as: the named one, else the first whose webhooks can be signed here.
pub(crate) fn provider<'a>(
    pipeline: &'a Pipeline,
    route: &Route,
    named: Option<&str>,
) -> Result<Option<&'a Provider>, Exit> {
    if !matches!(route.verify, Verify::PerProvider { .. }) {
        return match named {
            None => Ok(None),
            Some(_) => Err(exit::say(
                exit::USAGE,
                &format!("`{}` has no provider in its path", route.path),
                None,
            )),
        };
    }
    let mut providers = pipeline.providers.values();
    let found = match named {
        Some(name) => providers.find(|it| it.name == name),
        None => providers.find(|it| can_be_signed(it)),
    };
    let names: Vec<&str> = pipeline.providers.keys().map(String::as_str).collect();
    found.map(Some).ok_or_else(|| {
        let message = match named {
            Some(name) => format!("`{}` has no provider `{name}`", pipeline.name),
            None => "no provider's webhooks can be signed here".to_owned(),
        };
        let help = format!("the providers are {}", names.join(", "));
        exit::say(exit::USAGE, &message, Some(&help))
    })
}

/// PayPal alone signs with a key that nobody else has.
fn can_be_signed(provider: &Provider) -> bool {
    match &provider.verify {
        Verify::Scheme { scheme, .. } => {
            sign::scheme(scheme).is_some_and(|it| it.secret_parameter().is_some())
        }
        Verify::Off { .. } => true,
        Verify::PerProvider { .. } => false,
    }
}

/// The value of the route's API key, as the running pipeline has it; nothing for a route that asks for none.
pub(crate) fn api_key(route: &Route, endpoint: &Endpoint) -> Result<Option<String>, String> {
    let Some(declared) = &route.auth else {
        return Ok(None);
    };
    let name = physical::name(declared);
    let keys = endpoint.get_signed("apigateway", "/apikeys?includeValues=true")?;
    let keys = keys.get("item").and_then(Value::as_array);
    let value = keys
        .into_iter()
        .flatten()
        .find(|key| key.get("name").and_then(Value::as_str) == Some(name.as_str()))
        .and_then(|key| key.get("value").and_then(Value::as_str));
    value
        .map(|value| Some(value.to_owned()))
        .ok_or_else(|| format!("{} has no API key `{name}`", endpoint.address()))
}
