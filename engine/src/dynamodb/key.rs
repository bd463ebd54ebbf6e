//! Keys as bytes that sort as DynamoDB sorts: every part is self-delimiting, so a key is the parts
//! one after the other, and all items of a partition lie beside each other.

use super::failure::Failure;
use super::spec::{KeyAttribute, KeySchema, KeyType};
use super::value::{AttributeValue, Item};

const PARTITION_BYTES_MAX: usize = 2048;
const SORT_BYTES_MAX: usize = 1024;

/// Appends the value of a key attribute; anything but S, N and B cannot be one.
pub(crate) fn encode(value: &AttributeValue, out: &mut Vec<u8>) {
    match value {
        AttributeValue::N(number) => number.encode(out),
        _ => {
            encode_start(value, out);
            out.extend([0, 1]);
        }
    }
}

/// Appends what the encodings of all values that begin with this string or binary begin with.
pub(crate) fn encode_start(value: &AttributeValue, out: &mut Vec<u8>) {
    let bytes: &[u8] = match value {
        AttributeValue::S(text) => text.as_bytes(),
        AttributeValue::B(bytes) => bytes,
        _ => &[],
    };
    for &byte in bytes {
        out.push(byte);
        // A zero byte is doubled into 0 255, which sorts after the end mark 0 1.
        if byte == 0 {
            out.push(0xff);
        }
    }
}

/// The key of an item by this schema, or `None` if the item lacks a part of it or has it in another
/// type, as an item may that a sparse index leaves out.
pub(crate) fn of_item(schema: &KeySchema, item: &Item) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    for attribute in schema.attributes() {
        let value = item.get(&attribute.name)?;
        if value.type_name() != attribute.kind.name() {
            return None;
        }
        encode(value, &mut key);
    }
    Some(key)
}

/// The smallest bytes that are greater than all that begin with `prefix`; `None` means no bound.
pub(crate) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut bound = prefix.to_vec();
    while let Some(last) = bound.pop() {
        if let Some(next) = last.checked_add(1) {
            bound.push(next);
            return Some(bound);
        }
    }
    None
}

/// Checks the `Key` of a request, which must be exactly the primary key, and encodes it.
pub(crate) fn of_request(schema: &KeySchema, key: &Item) -> Result<Vec<u8>, Failure> {
    let mismatch = || Failure::validation("The provided key element does not match the schema");
    if key.len() != schema.attributes().count() {
        return Err(mismatch());
    }
    let mut encoded = Vec::new();
    for (attribute, partition) in schema.attributes().zip([true, false]) {
        let value = key.get(&attribute.name).ok_or_else(mismatch)?;
        if value.type_name() != attribute.kind.name() {
            return Err(mismatch());
        }
        check_value(attribute, value, partition, "were invalid:")?;
        encode(value, &mut encoded);
    }
    Ok(encoded)
}

/// Checks the key attributes of a whole item, and encodes them.
pub(crate) fn of_new_item(schema: &KeySchema, item: &Item) -> Result<Vec<u8>, Failure> {
    let mut encoded = Vec::new();
    for (attribute, partition) in schema.attributes().zip([true, false]) {
        let name = &attribute.name;
        let Some(value) = item.get(name) else {
            return Err(Failure::validation(format!(
                "One or more parameter values were invalid: Missing the key {name} in the item"
            )));
        };
        if value.type_name() != attribute.kind.name() {
            return Err(Failure::validation(format!(
                "One or more parameter values were invalid: Type mismatch for key {name} expected: {} \
                 actual: {}",
                attribute.kind.name(),
                value.type_name()
            )));
        }
        check_value(attribute, value, partition, "are not valid.")?;
        encode(value, &mut encoded);
    }
    Ok(encoded)
}

/// The length in bytes of a string or binary, and what the errors call it.
pub(crate) fn length(value: &AttributeValue) -> (usize, &'static str) {
    match value {
        AttributeValue::S(text) => (text.len(), "string"),
        AttributeValue::B(bytes) => (bytes.len(), "binary"),
        _ => (1, "number"),
    }
}

fn check_value(
    attribute: &KeyAttribute,
    value: &AttributeValue,
    partition: bool,
    wrong: &str,
) -> Result<(), Failure> {
    if attribute.kind == KeyType::N {
        return Ok(());
    }
    let (bytes, kind) = length(value);
    if bytes == 0 {
        return Err(Failure::validation(format!(
            "One or more parameter values {wrong} The AttributeValue for a key attribute cannot \
             contain an empty {kind} value. Key: {}",
            attribute.name
        )));
    }
    check_size(value, partition)
}

/// Whether a string or binary is short enough for its part of a key.
pub(crate) fn check_size(value: &AttributeValue, partition: bool) -> Result<(), Failure> {
    let (bytes, _) = length(value);
    // The missing blank is DynamoDB's.
    let fault = match partition {
        true if bytes > PARTITION_BYTES_MAX => {
            format!(
                "Size of hashkey has exceeded the maximum size limit of{PARTITION_BYTES_MAX} bytes"
            )
        }
        false if bytes > SORT_BYTES_MAX => format!(
            "Aggregated size of all range keys has exceeded the size limit of {SORT_BYTES_MAX} bytes"
        ),
        _ => return Ok(()),
    };
    Err(Failure::validation(format!(
        "One or more parameter values were invalid: {fault}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_values_and_none_begins_with_another() {
        let values: Vec<AttributeValue> = [
            "", "\0", "\0\0", "\0a", "\u{1}", "a", "a\0", "a\0b", "aa", "b",
        ]
        .into_iter()
        .map(|text| AttributeValue::S(text.to_owned()))
        .collect();
        let encoded: Vec<Vec<u8>> = values
            .iter()
            .map(|value| {
                let mut bytes = Vec::new();
                encode(value, &mut bytes);
                bytes
            })
            .collect();
        for (at, left) in encoded.iter().enumerate() {
            for right in &encoded[at + 1..] {
                assert!(
                    left < right && !right.starts_with(left),
                    "{left:?} {right:?}"
                );
            }
        }
    }

    #[test]
    fn the_bound_after_a_prefix_is_above_all_that_begin_with_it() {
        assert_eq!(after(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after(&[1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(after(&[0xff]), None);
    }
}
