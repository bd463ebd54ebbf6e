//! Adyen signs fields of each item, in the body.

use serde_json::Value;

use super::super::hash::{Hash, base64, hmac};
use super::cases::{Case, spelled_hex};

/// The body with the right signature of its first item where one is wanted.
pub(super) fn sealed(case: &Case, body: &[u8]) -> Vec<u8> {
    let body = String::from_utf8_lossy(body).into_owned();
    let items: Option<Value> = serde_json::from_str(&body.replace('\u{1}', "")).ok();
    let signed = items
        .as_ref()
        .and_then(|it| message(it.pointer("/notificationItems/0/NotificationRequestItem")?));
    let tag = hmac(
        Hash::Sha256,
        &spelled_hex(case.secret),
        signed.unwrap_or_default().as_bytes(),
    );
    body.replace('\u{1}', &base64(&tag)).into_bytes()
}

fn message(item: &Value) -> Option<String> {
    let scalar = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Bool(it)) => Some(it.to_string()),
        Some(Value::Number(it)) => Some(it.to_string()),
        Some(_) => None,
    };
    let fields = [
        "/pspReference",
        "/originalReference",
        "/merchantAccountCode",
        "/merchantReference",
        "/amount/value",
        "/amount/currency",
        "/eventCode",
        "/success",
    ];
    let fields: Option<Vec<String>> = fields.iter().map(|it| scalar(item.pointer(it))).collect();
    Some(fields?.join(":"))
}

/// False where the slow reading refuses; `None` where it cannot tell, since it does not keep how a number was written.
pub(super) fn accepts(case: &Case, body: &[u8]) -> Option<bool> {
    let Ok(notification) = serde_json::from_slice::<Value>(body) else {
        return Some(false);
    };
    let Some(items) = notification["notificationItems"].as_array() else {
        return Some(false);
    };
    let signed = |wrapper: &Value| {
        let item = &wrapper["NotificationRequestItem"];
        let right = base64(&hmac(
            Hash::Sha256,
            &spelled_hex(case.secret),
            message(item)?.as_bytes(),
        ));
        Some(item["additionalData"]["hmacSignature"] == right)
    };
    let all = !items.is_empty() && items.iter().all(|it| signed(it) == Some(true));
    // Fields given twice and colons inside fields are refused by ours and read by this; so only "accepts" is compared.
    if all { None } else { Some(false) }
}
