//! Stream records, in the shape in which Lambda and Pipes see them.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::spec::{StreamView, TableSpec};
use super::value::{Item, item_size, item_to_json};

/// One change to one item of a table that has a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRecord {
    /// The table's name.
    pub table: String,
    /// The stream's ARN.
    pub stream_arn: String,
    /// Counts the records of the stream from 1, without gaps.
    pub sequence: u64,
    /// The record: `eventID`, `eventName`, `dynamodb` and so on.
    pub record: Value,
}

/// The record for a change, or `None` where the table has no stream.
pub(crate) fn record(
    spec: &TableSpec,
    sequence: u64,
    old: Option<&Item>,
    new: Option<&Item>,
    now_ms: i64,
) -> Option<StreamRecord> {
    let view = spec.stream?;
    let stream_arn = spec.stream_arn()?;
    let event_name = match (old, new) {
        (None, _) => "INSERT",
        (Some(_), Some(_)) => "MODIFY",
        (Some(_), None) => "REMOVE",
    };
    let present = new.or(old)?;
    let keys: Item = spec
        .key
        .attributes()
        .filter_map(|key| Some((key.name.clone(), present.get(&key.name)?.clone())))
        .collect();
    let mut size = item_size(&keys);
    let mut change = Map::new();
    // Streams tell the time to the second.
    change.insert(
        "ApproximateCreationDateTime".into(),
        json!(now_ms.div_euclid(1000)),
    );
    change.insert("Keys".into(), item_to_json(&keys));
    let images = [
        (
            "NewImage",
            new,
            matches!(view, StreamView::NewImage | StreamView::NewAndOldImages),
        ),
        (
            "OldImage",
            old,
            matches!(view, StreamView::OldImage | StreamView::NewAndOldImages),
        ),
    ];
    for (name, image, shown) in images {
        if let (Some(image), true) = (image, shown) {
            size += item_size(image);
            change.insert(name.into(), item_to_json(image));
        }
    }
    change.insert("SequenceNumber".into(), json!(sequence_number(sequence)));
    change.insert("SizeBytes".into(), json!(size));
    change.insert("StreamViewType".into(), json!(view.name()));
    // `json!` would copy the change.
    let record = Value::from_iter([
        ("eventID", event_id(&stream_arn, sequence).into()),
        ("eventName", event_name.into()),
        ("eventVersion", "1.1".into()),
        ("eventSource", "aws:dynamodb".into()),
        ("awsRegion", spec.region().into()),
        ("dynamodb", Value::Object(change)),
        ("eventSourceARN", stream_arn.as_str().into()),
    ]);
    Some(StreamRecord {
        table: spec.name.clone(),
        stream_arn,
        sequence,
        record,
    })
}

/// Sequence numbers are long decimals; all of one length, so that they sort as text too.
fn sequence_number(sequence: u64) -> String {
    format!("1{sequence:020}")
}

/// An identifier that is the same whenever the same change is made again after a restart.
fn event_id(stream_arn: &str, sequence: u64) -> String {
    let digest = Sha256::digest(format!("{stream_arn}/{sequence}"));
    let mut id = hex::encode(digest);
    id.truncate(32);
    id
}
