//! FIFO queues: order and lock of a group, deduplication by id and by content.

use serde_json::json;

use super::sqs::*;
use crate::simulation::{Simulation, delivery};

#[test]
fn a_fifo_group_is_in_order_and_locked_while_one_of_its_messages_is_in_flight() {
    let mut it = simulation();
    for body in ["a-1", "b-1", "a-2", "b-2"] {
        send(&mut it, FIFO, body);
    }
    let one = |it: &mut Simulation| {
        call(
            it,
            "ReceiveMessage",
            FIFO,
            json!({ "MaxNumberOfMessages": 1 }),
        )
        .1["Messages"][0]
            .clone()
    };
    let first = one(&mut it);
    assert_eq!(first["Body"], "a-1");
    // The other group is free, and gives all it has.
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["b-1", "b-2"]);
    assert!(receive(&mut it, FIFO).is_empty());
    it.restart();
    it.step(None);
    assert!(
        receive(&mut it, FIFO).is_empty(),
        "the lock survives a restart"
    );
    delete(&mut it, FIFO, &first);
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["a-2"]);
    it.now_ms += 30_000;
    assert_eq!(bodies(&receive(&mut it, FIFO)), ["b-1", "a-2", "b-2"]);
    let (status, refused) = delete(&mut it, FIFO, &first);
    assert_eq!((status, refused), (200, json!({})), "it is gone already");
}

#[test]
fn an_expired_receipt_of_a_fifo_queue_deletes_nothing() {
    let mut it = simulation();
    send(&mut it, FIFO, "a-1");
    let message = receive(&mut it, FIFO).remove(0);
    it.now_ms += 30_000;
    assert_eq!(delete(&mut it, FIFO, &message).0, 400);
    assert_eq!(receive(&mut it, FIFO).len(), 1);
}

#[test]
fn the_same_deduplication_id_is_taken_once_in_five_minutes_also_after_a_restart() {
    let mut it = simulation();
    let first = send(&mut it, FIFO, "a-1");
    let message = receive(&mut it, FIFO).remove(0);
    delete(&mut it, FIFO, &message);
    it.now_ms += 299_999;
    it.restart();
    it.step(None);
    assert_eq!(
        send(&mut it, FIFO, "a-1"),
        first,
        "same id and sequence number, even after it was deleted"
    );
    assert!(receive(&mut it, FIFO).is_empty());
    it.now_ms += 1;
    let second = send(&mut it, FIFO, "a-1");
    assert_ne!(second["MessageId"], first["MessageId"]);
    assert!(second["SequenceNumber"].as_str() > first["SequenceNumber"].as_str());
    assert_eq!(receive(&mut it, FIFO).len(), 1);
}

#[test]
fn content_is_the_deduplication_id_only_where_the_queue_says_so() {
    let mut it = simulation();
    let body = json!({ "MessageBody": "same", "MessageGroupId": "g" });
    let (status, refused) = call(&mut it, "SendMessage", FIFO, body.clone());
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("com.amazonaws.sqs#InvalidParameterValue"))
    );
    let first = call(
        &mut it,
        "SendMessage",
        "lane-dlq-local.fifo",
        json!({ "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "1" }),
    );
    assert_eq!(first.0, 200);
    let mut template = delivery();
    template["Resources"]["LaneWorkerRole"]["Properties"]["Policies"] = json!([]);
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let first = call(&mut it, "SendMessage", "lane-local.fifo", body.clone()).1;
    assert_eq!(
        call(&mut it, "SendMessage", "lane-local.fifo", body).1,
        first
    );
    let received = receive(&mut it, "lane-local.fifo");
    // sha256("same")
    assert_eq!(
        received[0]["Attributes"]["MessageDeduplicationId"],
        "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    );
}
