//! Faults of DynamoDB, from a small HTTP server that answers by a script and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};

use super::*;
use crate::entry::keys;
use crate::entry::tests::{Payments, entry};

/// What the server does with one request.
enum Answer {
    Reply(u16, Value),
    HangUp,
    Silence,
}

use Answer::{HangUp, Reply, Silence};

/// Serves the script, one answer a request, and sends on what was asked.
fn server(script: Vec<Answer>) -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = channel();
    std::thread::spawn(move || {
        let mut script = script.into_iter();
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            while let Some(body) = request(&mut stream) {
                asked.send(body).unwrap();
                match script.next() {
                    Some(Reply(status, body)) => reply(&mut stream, status, &body.to_string()),
                    Some(Silence) => {
                        held.push(stream.try_clone().unwrap());
                        break;
                    }
                    Some(HangUp) | None => break,
                }
            }
        }
    });
    (address, requests)
}

fn request(stream: &mut TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn reply(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
}

fn log(address: &str) -> DynamoDb {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(address)
        .region(Region::new("eu-west-1"))
        .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(
            Credentials::for_tests(),
        ))
        .sleep_impl(aws_sdk_dynamodb::config::SharedAsyncSleep::new(Sleep))
        .build();
    DynamoDb::new(
        &config,
        &https::client(),
        BTreeMap::from([("payments".to_owned(), "payments-dev".to_owned())]),
    )
}

/// tokio's clock for the SDK.
#[derive(Debug)]
struct Sleep;

impl aws_sdk_dynamodb::config::AsyncSleep for Sleep {
    fn sleep(&self, duration: Duration) -> aws_sdk_dynamodb::config::Sleep {
        aws_sdk_dynamodb::config::Sleep::new(tokio::time::sleep(duration))
    }
}

fn cancelled(reasons: &[Value]) -> Answer {
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    Reply(
        400,
        json!({ "__type": kind, "Message": "cancelled", "CancellationReasons": reasons }),
    )
}

fn error(status: u16, kind: &str) -> Answer {
    Reply(
        status,
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "m" }),
    )
}

fn refused(body_sha256: &str) -> Value {
    json!({ "Code": "ConditionalCheckFailed", "Message": "m", "Item": { "_body_sha256": { "S": body_sha256 } } })
}

/// What an append of the body `ab` ends with, and the tokens it was sent under.
fn append(script: Vec<Answer>, given: Duration) -> (Result<Appended, &'static str>, Vec<String>) {
    let (address, requests) = server(script);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let entry = entry("pay_1", "ab").unwrap();
    let deadline = Instant::now() + given;
    let appended = runtime.block_on(async { log(&address).append(&entry, deadline).await });
    let tokens = requests
        .try_iter()
        .map(|it| it["ClientRequestToken"].as_str().unwrap().to_owned())
        .collect();
    (appended.map_err(|it| it.reason), tokens)
}

const GIVEN: Duration = Duration::from_secs(20);

#[test]
fn one_transaction_puts_the_fact_then_the_claim_each_only_where_nothing_is() {
    let (address, requests) = server(vec![Reply(200, json!({}))]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let entry = entry("pay_1", "ab").unwrap();
    let appended =
        runtime.block_on(async { log(&address).append(&entry, Instant::now() + GIVEN).await });
    assert_eq!(appended, Ok(Appended::Recorded));
    let request = requests.recv().unwrap();
    let puts: Vec<&Value> = request["TransactItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["Put"])
        .collect();
    assert_eq!(puts.len(), 2);
    for put in &puts {
        assert_eq!(put["TableName"], "payments-dev");
        assert_eq!(
            put["ConditionExpression"],
            "attribute_not_exists(#partition)"
        );
        assert_eq!(
            put["ExpressionAttributeNames"],
            json!({ "#partition": "id" })
        );
        assert_eq!(put["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    }
    assert_eq!(puts[0]["Item"]["amount"], json!({ "N": "99.9" }));
    assert_eq!(
        puts[1]["Item"]["id"],
        json!({ "S": "claim#Paid#pay_1#pending" })
    );
    assert_eq!(request["ClientRequestToken"].as_str().unwrap().len(), 36);
}

#[test]
fn a_claim_in_the_way_is_a_duplicate_or_a_mismatch_whatever_stands_beside_it() {
    let none = json!({ "Code": "None" });
    let conflict = json!({ "Code": "TransactionConflict", "Message": "m" });
    let said = match entry("pay_1", "ab").unwrap().claim.get("_content_sha256") {
        Some(Wire::Text(it)) => it.clone(),
        other => panic!("{other:?}"),
    };
    // Another body that says this.
    let refused_with = |said: &str| {
        let mut reason = refused("cd");
        reason["Item"]["_content_sha256"] = json!({ "S": said });
        reason
    };
    for (reasons, appended) in [
        ([none.clone(), refused("ab")], Ok(Appended::Duplicate)),
        ([none.clone(), refused("cd")], Ok(Appended::Mismatch)),
        ([none.clone(), refused_with(&said)], Ok(Appended::Duplicate)),
        (
            [none.clone(), refused_with("another")],
            Ok(Appended::Mismatch),
        ),
        ([refused("ab"), refused("ab")], Ok(Appended::Duplicate)),
        ([refused("ab"), none.clone()], Ok(Appended::Duplicate)),
        ([conflict.clone(), refused("ab")], Ok(Appended::Duplicate)),
        (
            [none.clone(), json!({ "Code": "ConditionalCheckFailed" })],
            Err("claim_unreadable"),
        ),
        (
            [
                none.clone(),
                json!({ "Code": "ValidationError", "Message": "m" }),
            ],
            Err("cancelled"),
        ),
        (
            [
                conflict,
                json!({ "Code": "ItemCollectionSizeLimitExceeded" }),
            ],
            Err("cancelled"),
        ),
    ] {
        let (got, tokens) = append(vec![cancelled(&reasons)], GIVEN);
        assert_eq!((got, tokens.len()), (appended, 1), "{reasons:?}");
    }
}

#[test]
fn what_was_not_stored_is_tried_again_under_a_new_token() {
    let none = json!({ "Code": "None" });
    for first in [
        cancelled(&[json!({ "Code": "TransactionConflict" }), none.clone()]),
        cancelled(&[none.clone(), json!({ "Code": "ThrottlingError" })]),
        cancelled(&[
            json!({ "Code": "TransactionConflict" }),
            json!({ "Code": "ProvisionedThroughputExceeded" }),
        ]),
        error(400, "ThrottlingException"),
        error(400, "ProvisionedThroughputExceededException"),
    ] {
        let (appended, tokens) = append(vec![first, Reply(200, json!({}))], GIVEN);
        assert_eq!(appended, Ok(Appended::Recorded));
        assert_eq!(tokens.len(), 2);
        assert_ne!(tokens[0], tokens[1]);
    }
}

#[test]
fn an_unknown_outcome_is_asked_again_under_the_same_token() {
    for first in [
        HangUp,
        Silence,
        error(500, "InternalServerError"),
        error(400, "TransactionInProgressException"),
        Reply(503, json!({})),
    ] {
        let (appended, tokens) = append(vec![first, Reply(200, json!({}))], GIVEN);
        assert_eq!(appended, Ok(Appended::Recorded));
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[0], tokens[1]);
    }
}

#[test]
fn what_no_try_can_mend_is_not_tried_again() {
    for kind in [
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
    ] {
        let (appended, tokens) = append(vec![error(400, kind)], GIVEN);
        assert_eq!((appended, tokens.len()), (Err("request"), 1), "{kind}");
    }
}

#[test]
fn the_deadline_ends_the_tries_and_nothing_was_acknowledged() {
    let busy = || {
        cancelled(&[
            json!({ "Code": "TransactionConflict" }),
            json!({ "Code": "None" }),
        ])
    };
    let (appended, tokens) = append(
        (0..1_000).map(|_| busy()).collect(),
        Duration::from_millis(300),
    );
    assert_eq!(appended, Err("conflict"));
    assert!(tokens.len() > 1);
    assert_eq!(
        append(vec![Silence], Duration::from_millis(100)).0,
        Err("timeout")
    );
}

/// What is configured for one service.
#[derive(Debug)]
struct Configured(&'static str);

impl aws_types::service_config::LoadServiceConfig for Configured {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let asked = (key.service_id(), key.env(), key.profile());
        (asked == ("DynamoDB", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| self.0.to_owned())
    }
}

#[test]
fn an_append_is_sent_where_the_sdk_would_send_it() {
    let of_region = |region| SdkConfig::builder().region(Region::new(region));
    let here = || of_region("eu-west-1");
    let elsewhere = || here().endpoint_url("http://127.0.0.1:4566");
    for (config, url) in [
        (here(), "https://dynamodb.eu-west-1.amazonaws.com"),
        (
            of_region("cn-north-1"),
            "https://dynamodb.cn-north-1.amazonaws.com.cn",
        ),
        (
            here().use_fips(true),
            "https://dynamodb-fips.eu-west-1.amazonaws.com",
        ),
        (
            here().use_dual_stack(true),
            "https://dynamodb.eu-west-1.api.aws",
        ),
        (elsewhere(), "http://127.0.0.1:4566"),
        (
            elsewhere().service_config(Configured("https://vpce-1.example")),
            "https://vpce-1.example",
        ),
    ] {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let found = runtime.unwrap().block_on(endpoint(&config.build()));
        assert_eq!(found.unwrap(), Endpoint::of(url).unwrap());
    }
}

#[test]
fn a_partition_is_read_whole_and_with_everything_acknowledged() {
    let first = entry("pay_1", "ab").unwrap();
    let item = |it: &Map| {
        serde_json::to_value(
            it.iter()
                .map(|(name, wire)| (name.clone(), json_of(wire)))
                .collect::<BTreeMap<_, _>>(),
        )
    };
    let page = |next: bool| {
        let mut page = json!({ "Items": [item(&first.fact).unwrap()], "Count": 1 });
        if next {
            page["LastEvaluatedKey"] = json!({ "id": { "S": "pay_1" } });
        }
        Reply(200, page)
    };
    let (address, requests) = server(vec![page(true), page(false)]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let facts = runtime.block_on(async {
        log(&address)
            .read("payments", keys::<Payments>(), "pay_1")
            .await
    });
    assert_eq!(facts, Ok(vec![first.fact.clone(), first.fact]));
    let asked: Vec<Value> = requests.try_iter().collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|it| it["ConsistentRead"] == true));
    assert_eq!(
        asked[0]["ExpressionAttributeValues"],
        json!({ ":partition": { "S": "pay_1" } })
    );
}

fn json_of(wire: &Wire) -> Value {
    match wire {
        Wire::Text(text) => json!({ "S": text }),
        Wire::Number(digits) => json!({ "N": digits }),
        other => panic!("not in this event: {other:?}"),
    }
}
