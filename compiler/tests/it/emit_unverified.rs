//! SIG-25, ING-13: what strangers can reach is said three times: a warning, a reason in the template, a tag on the function.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use pipe_compiler::{check, compile};
use serde_json::{Value, json};

const HEAD: &str =
    "pipeline shop\nsecret hook_key\ntype Ping { id: string }\nfunction take(Ping)\n";

/// Codes of the diagnostics, and the template if there is one.
fn compiled(rest: &str) -> (Vec<&'static str>, Option<Value>) {
    let checked = check("shop.pipe", &format!("{HEAD}{rest}"));
    let codes = checked.diagnostics.iter().map(|it| it.code.id).collect();
    let template = checked.pipeline.map(|it| {
        let artifacts = compile(&it);
        let found = artifacts.iter().find(|it| it.path == "template.json");
        serde_json::from_slice(&found.unwrap().contents).unwrap()
    });
    (codes, template)
}

fn tags(template: &Value) -> &Value {
    &template["Resources"]["TakeFunction"]["Properties"]["Tags"]
}

#[test]
fn a_route_without_verification_does_not_compile() {
    let (codes, template) =
        compiled("route POST /a { handler: take }\ngrant take { read: hook_key }");
    assert_eq!((codes, template), (vec!["P0106"], None));
}

#[test]
fn turned_off_it_warns_and_is_found_in_the_template() {
    let (codes, template) = compiled(
        "route POST /a { verify: off because \"a test\", handler: take }\ngrant take { read: hook_key }",
    );
    assert_eq!(codes, ["P0506"]);
    let template = template.unwrap();
    assert_eq!(
        tags(&template),
        &json!([{ "Key": "pipec:verify", "Value": "off" }])
    );
    let resources = template["Resources"].as_object().unwrap();
    let method = resources
        .values()
        .find(|it| it["Type"] == "AWS::ApiGateway::Method");
    assert!(
        method.unwrap()["Metadata"].to_string().contains("a test"),
        "the reason is on the route"
    );
}

/// SEC-09: no key is changed on a schedule, and the report says of each who changes it and why.
#[test]
fn the_report_says_who_changes_each_key() {
    let spec = "pipeline shop\nsecret hook_key\nfunction take(Request)\nfunction note(Request)\n\
                route POST /a { verify: github(secret: hook_key), handler: take }\n\
                route POST /b { verify: paypal(webhook_id: \"1JE4291016473214C\"), handler: note }\n\
                grant take { read: hook_key }\ngrant note { }\n";
    let checked = check("shop.pipe", spec);
    let codes: Vec<_> = checked.diagnostics.iter().map(|it| it.code.id).collect();
    assert_eq!(codes, ["P0507"]);
    let artifacts = compile(&checked.pipeline.unwrap());
    let report = artifacts.iter().find(|it| it.path == "permissions.md");
    let report = String::from_utf8(report.unwrap().contents.clone()).unwrap();
    for said in [
        "The key hook_key is changed by hand, since who signs with it makes it.",
        "`paypal` has no key of ours: PayPal names a new certificate",
    ] {
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn one_provider_that_proves_nothing_is_enough() {
    let (codes, template) = compiled(
        "provider github { verify: github(secret: hook_key) }\nprovider acme { verify: off because \"it signs nothing\" }\n\
         route POST /{provider} { verify: provider.verify, handler: take }\ngrant take { read: hook_key }",
    );
    assert_eq!(codes, ["P0506"]);
    assert_eq!(tags(&template.unwrap())[0]["Value"], "off");
}

#[test]
fn a_verified_route_has_neither_warning_nor_tag() {
    let (codes, template) = compiled(
        "route POST /a { verify: github(secret: hook_key), handler: take }\ngrant take { read: hook_key }",
    );
    assert_eq!(codes, Vec::<&str>::new());
    assert_eq!(tags(&template.unwrap()), &Value::Null);
}

/// There is no allow-list of addresses, which could pass for a proof.
#[test]
fn addresses_and_fetching_back_are_no_schemes() {
    for (verify, said) in [
        ("fetch_back(secret: hook_key)", "let the handler ask"),
        ("source_ip", "is not a signature scheme"),
    ] {
        let text = format!(
            "{HEAD}route POST /a {{ verify: {verify}, handler: take }}\ngrant take {{ read: hook_key }}"
        );
        let checked = check("shop.pipe", &text);
        let shown =
            pipe_compiler::diag::render_human(&checked.diagnostics, "shop.pipe", &text, false);
        assert!(shown.contains("P0501") && shown.contains(said), "{shown}");
        assert!(checked.pipeline.is_none());
    }
}

/// What must be fetched to verify needs a way out of the function's network.
#[test]
fn a_provider_that_is_asked_back_is_out_of_reach_without_egress() {
    let spec = |verify: &str, egress: &str| {
        format!(
            "pipeline shop\nsecret hook_key\ntype Ping {{ id: string }}\nnetwork inside {{ egress: {egress} }}\n\
             function take(Ping) {{ network: inside }}\nroute POST /a {{ verify: {verify}, handler: take }}\ngrant take {{ read: hook_key }}"
        )
    };
    let codes = |text: &str| -> Vec<&'static str> {
        let checked = check("shop.pipe", text);
        checked.diagnostics.iter().map(|it| it.code.id).collect()
    };
    let asked = "mollie_classic(secret: hook_key)";
    assert_eq!(codes(&spec(asked, "none")), ["P0318"]);
    assert_eq!(codes(&spec(asked, "nat")), Vec::<&str>::new());
    assert_eq!(
        codes(&spec("mollie(secret: hook_key)", "none")),
        Vec::<&str>::new()
    );
}

/// What a scheme proves is said in the scheme's own words, so that one that signs little never reads like one that signs all.
#[test]
fn permissions_and_template_say_what_a_signature_proves() {
    for name in ["mollie_classic", "adyen", "github"] {
        let rest = format!(
            "route POST /a {{ verify: {name}(secret: hook_key), handler: take }}\ngrant take {{ read: hook_key }}"
        );
        let checked = check("shop.pipe", &format!("{HEAD}{rest}"));
        let covers = pipe_runtime::sign::scheme(name).unwrap().covers;
        let artifacts = compile(&checked.pipeline.unwrap());
        for path in ["permissions.md", "template.json"] {
            let found = artifacts.iter().find(|it| it.path == path).unwrap();
            let text = std::str::from_utf8(&found.contents).unwrap();
            let said = format!("`{name}`, which proves {covers}");
            assert!(text.contains(&said), "{path} of {name}");
            assert!(!text.contains("exact bytes received"), "{path} of {name}");
        }
    }
}
