//! Schemes whose signature is inside the body: what changes a signed field is refused, and no second reading of the body gets past.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    ConfigError, Delivery, Refusal, Request, Scheme, SecretFault, Verifier, scheme, sign,
};

fn code(scheme: &'static Scheme, body: &str) -> &'static str {
    let verifier = Verifier::new(
        scheme,
        scheme.vector.arguments,
        &[Secret::new(scheme.vector.secret)],
    )
    .unwrap();
    let headers: [(&str, &str); 0] = [];
    verifier
        .verify(
            &Request {
                headers: &headers,
                body: body.as_bytes(),
            },
            0,
        )
        .err()
        .map_or("accepted", |it| it.code())
}

fn changed(scheme: &'static Scheme, from: &str, to: &str) -> &'static str {
    let body = std::str::from_utf8(scheme.vector.body).unwrap();
    assert!(body.contains(from), "{body}");
    code(scheme, &body.replacen(from, to, 1))
}

/// SIG-21
#[test]
fn every_signed_field_of_an_adyen_item_is_protected() {
    let adyen = scheme("adyen").unwrap();
    for (from, to) in [
        ("7914073381342284", "7914073381342285"),
        (
            r#""merchantAccountCode""#,
            r#""originalReference":"1","merchantAccountCode""#,
        ),
        ("TestMerchant", "OtherMerchant"),
        ("order:42", "order:43"),
        ("1130", "1131"),
        ("EUR", "USD"),
        ("AUTHORISATION", "REFUND"),
        (r#""success":"true""#, r#""success":"false""#),
        (r#""eventCode":"AUTHORISATION","#, ""),
    ] {
        assert_eq!(
            changed(adyen, from, to),
            "no_matching_signature",
            "{from} to {to}"
        );
    }
    assert_eq!(
        changed(adyen, r#""live":"false""#, r#""live" : "true""#),
        "accepted",
        "`live` is not signed, and white space is free"
    );
    assert_eq!(
        changed(adyen, r#""success":"true""#, r#""success":true"#),
        "accepted",
        "the join writes both alike"
    );
}

/// SIG-21
#[test]
fn an_adyen_body_has_one_reading() {
    let adyen = scheme("adyen").unwrap();
    for (from, to) in [
        (
            r#""success":"true""#,
            r#""success":"false","success":"true""#,
        ),
        (r#""value":1130"#, r#""value":1,"value":1130"#),
        (r#""value":1130"#, r#""value":[1130]"#),
        (r#""value":1130"#, r#""value":1130.0"#),
        (r#""value":1130"#, r#""value":113e1"#),
        (r#""value":1130"#, r#""value":-0"#),
        (r#""value":1130"#, r#""value":9007199254740992"#),
        (r#"{"value":1130,"currency":"EUR"}"#, r#"[1130,"EUR"]"#),
        (r#"{"value":1130,"currency":"EUR"}"#, "null"),
        (r#""amount":{"value":1130,"currency":"EUR"},"#, ""),
        ("TestMerchant", "Test:Merchant"),
        (r#"{"live""#, r#"[{"live""#),
        ("}}}]}", "}}}]"),
    ] {
        assert_eq!(changed(adyen, from, to), "malformed_body", "{from} to {to}");
    }
    assert_eq!(
        changed(adyen, "hmacSignature", "signature"),
        "missing_header"
    );
    assert_eq!(
        code(adyen, r#"{"live":"false","notificationItems":[]}"#),
        "missing_header",
        "no item, no signature"
    );
}

/// A reader that takes a list of the values for the object would read a body that the signature does not describe.
#[test]
fn a_list_of_values_is_no_adyen_object() {
    let adyen = scheme("adyen").unwrap();
    let amount = r#"{"value":1130,"currency":"EUR"}"#;
    let data = r#"{"hmacSignature":"wvwVHV0zRTOYZ/TuTcPS49CZxzbYihzVs/oyqTRaQP8="}"#;
    let text = |amount: &str, data: &str| {
        format!(
            r#""pspReference":"7914073381342284","merchantAccountCode":"TestMerchant","merchantReference":"order:42","amount":{amount},"eventCode":"AUTHORISATION","success":"true","additionalData":{data}"#
        )
    };
    let values = |amount: &str, data: &str| {
        format!(
            r#""7914073381342284",null,"TestMerchant","order:42",{amount},"AUTHORISATION","true",{data}"#
        )
    };
    let item = format!("{{{}}}", text(amount, data));
    let listed_amount = text(r#"[1130,"EUR"]"#, data);
    let listed_data = text(
        amount,
        r#"["wvwVHV0zRTOYZ/TuTcPS49CZxzbYihzVs/oyqTRaQP8="]"#,
    );
    let wrapped =
        |item: &str| format!(r#"{{"notificationItems":[{{"NotificationRequestItem":{item}}}]}}"#);
    assert_eq!(code(adyen, &wrapped(&item)), "accepted");
    for body in [
        wrapped(&format!("{{{listed_amount}}}")),
        wrapped(&format!("{{{listed_data}}}")),
        wrapped(&format!("[{}]", values(amount, data))),
        format!(r#"{{"notificationItems":[[{item}]]}}"#),
        format!(r#"[[{{"NotificationRequestItem":{item}}}]]"#),
    ] {
        assert_eq!(code(adyen, &body), "malformed_body", "{body}");
    }
}

#[test]
fn one_unsigned_item_spoils_the_batch() {
    let adyen = scheme("adyen").unwrap();
    let more = r#"}},{"NotificationRequestItem":{"pspReference":"2","additionalData":{}}}]}"#;
    assert_eq!(
        changed(adyen, "}}}]}", &format!("}}{more}")),
        "missing_header"
    );
}

#[test]
fn a_braintree_form_has_one_signature_of_ours_and_one_payload() {
    let braintree = scheme("braintree").unwrap();
    assert_eq!(
        changed(braintree, "bt_payload=P", "bt_payload=Q"),
        "no_matching_signature"
    );
    assert_eq!(
        changed(braintree, "integration_public_key", "another_public_key"),
        "no_signature_of_scheme"
    );
    assert_eq!(
        changed(braintree, "&bt_payload=", "&bt_payload=QQ&bt_payload="),
        "malformed_body"
    );
    assert_eq!(
        changed(braintree, "&bt_payload=", "&bt_payload=%zz"),
        "malformed_body"
    );
    assert_eq!(
        changed(braintree, "&bt_payload=", "&payload="),
        "malformed_body"
    );
    assert_eq!(
        changed(braintree, "&bt_payload=", "&bt%5Fpayload=QQ&bt_payload="),
        "malformed_body",
        "a second payload that other readers of the form would find"
    );
    assert_eq!(
        changed(braintree, "&bt_payload=", "&bt_payload&bt_payload="),
        "malformed_body",
        "a second payload without a value"
    );
    for without in ["signature=", "bt_signature=&signature="] {
        assert_eq!(
            changed(braintree, "bt_signature=", without),
            "missing_header"
        );
    }
    assert_eq!(
        changed(braintree, "bt_payload=P", "bt_payload=%3Cx%3E"),
        "malformed_body"
    );
    assert_eq!(
        changed(braintree, "bt_signature=", "bt_signature=other_key%7C00%26"),
        "accepted",
        "keys of others are passed over"
    );
}

#[test]
fn a_batch_reports_the_oldest_key_it_needed() {
    let adyen = scheme("adyen").unwrap();
    let old = || Secret::new(adyen.vector.secret);
    let new = || Secret::new("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056");
    let item = |secret: Secret| {
        let body = std::str::from_utf8(adyen.vector.body).unwrap();
        let signed = sign(
            adyen,
            &[],
            secret,
            &Delivery {
                body: body.as_bytes(),
                id: "",
                now_s: 0,
            },
        )
        .unwrap();
        let body: serde_json::Value = serde_json::from_slice(&signed.body).unwrap();
        body["notificationItems"][0].clone()
    };
    let verifier = Verifier::new(adyen, &[], &[new(), old()]).unwrap();
    let key_index = |items: [serde_json::Value; 2]| {
        let body = serde_json::json!({ "live": "false", "notificationItems": items }).to_string();
        let headers: [(&str, &str); 0] = [];
        verifier
            .verify(
                &Request {
                    headers: &headers,
                    body: body.as_bytes(),
                },
                0,
            )
            .unwrap()
            .key_index
    };
    assert_eq!(key_index([item(new()), item(new())]), 0);
    assert_eq!(key_index([item(new()), item(old())]), 1);
    assert_eq!(key_index([item(old()), item(new())]), 1);
}

/// SIG-10: a new private key of Braintree's comes with a new public key, which names its signatures.
#[test]
fn braintree_changes_a_key_pair_and_each_has_its_own_name() {
    let braintree = scheme("braintree").unwrap();
    let arguments = braintree.vector.arguments;
    let (old, new) = ("the_old_private_key", "new_public_key:the_new_private_key");
    let signed = |secret: &str| {
        let delivery = Delivery {
            body: b"<notification/>",
            id: "1",
            now_s: 0,
        };
        sign(braintree, arguments, Secret::new(secret), &delivery).unwrap()
    };
    let body = |secret| String::from_utf8(signed(secret).body).unwrap();
    assert!(body(old).starts_with("bt_signature=integration_public_key%7C"));
    assert!(body(new).starts_with("bt_signature=new_public_key%7C"));
    let decided = |secrets: &[&str], by: &str| {
        let secrets: Vec<Secret> = secrets.iter().map(|it| Secret::new(*it)).collect();
        let verifier = Verifier::new(braintree, arguments, &secrets).unwrap();
        let signed = signed(by);
        let request = Request {
            headers: &signed.headers,
            body: &signed.body,
        };
        verifier.verify(&request, 0).map(|it| it.key_index)
    };
    assert_eq!(decided(&[new, old], new), Ok(0));
    assert_eq!(decided(&[new, old], old), Ok(1));
    assert_eq!(decided(&[new], new), Ok(0));
    assert_eq!(decided(&[new], old), Err(Refusal::NoSignatureOfScheme));
    assert_eq!(decided(&[old], new), Err(Refusal::NoSignatureOfScheme));
    let misnamed = "integration_public_key:the_new_private_key";
    assert_eq!(
        decided(&[new, misnamed], old),
        Err(Refusal::NoMatchingSignature),
        "the key that the name belongs to says why"
    );
    for (secret, why) in [
        ("public_key:", SecretFault::Empty),
        ("public_key:changeme", SecretFault::Placeholder),
        (
            "public_key: the_new_private_key",
            SecretFault::SurroundingWhitespace,
        ),
        (
            "long_public_key:short",
            SecretFault::TooShort { bytes_min: 16 },
        ),
    ] {
        let made = Verifier::new(braintree, arguments, &[Secret::new(secret)]);
        assert_eq!(
            made.err(),
            Some(ConfigError::BadSecret { index: 0, why }),
            "{secret}"
        );
    }
}
