//! A queue, grouped and told apart, and a catch of its throttling.

use crate::machine::{definition, fails, run};
use serde_json::{Value, json};

#[test]
fn a_message_to_a_fifo_queue_has_its_group_and_one_identity_for_all_tries() {
    let spec = r#"
pipeline lanes
secret key
param ops_email: string at deploy
event Asked once id { id: string, time: timestamp = received_at, account: string, amount: decimal }
error Stuck { why: string }
table facts { partition: id, sort: time, holds: Asked }
queue lane { fifo: true, group: account, dead_letter: lane_dead after 5, visibility: 2m }
queue lane_dead { fifo: true, retention: 14d }
topic ops { email: ops_email }
route POST /a { verify: github(secret: key), handler: take, append: facts }
function take(Asked) -> Asked
function work(Asked) { on: lane batch 5 }
workflow pass(asked: Asked) fails Stuck {
  on: facts
  send asked to lane
  catch Throttled { fail Stuck { why: "busy" } }
}
alarm dead { when: lane_dead.depth > 0 for 5m, send: ops }
alarm stuck { when: pass.failed > 0 for 5m, send: ops }
grant take { read: key, append: facts }
grant work { receive: lane }
grant pass { send: lane }
"#;
    let definition = definition("lanes.pipe", spec, "pass");
    let record = json!([{"eventName": "INSERT", "dynamodb": {"NewImage": {
        "_event": {"S": "Asked"}, "id": {"S": "a1"}, "time": {"S": "2026-11-20T15:00:00.000Z#Asked"},
        "account": {"S": "acc"}, "amount": {"N": "0.1000000000000000055"},
    }}}]);
    let mut left = 1;
    let outcome = run(&definition, &record, |task| {
        if task.state.starts_with("send") && left > 0 {
            left -= 1;
            return fails("SQS.RequestThrottledException");
        }
        Ok(json!({}))
    });
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    let sent: Vec<&Value> = outcome
        .tasks
        .iter()
        .filter(|it| it.state.starts_with("send"))
        .map(|it| &it.parameters)
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0]["MessageGroupId"], "acc");
    assert_eq!(
        sent[0]["MessageDeduplicationId"].as_str().unwrap().len(),
        64
    );
    assert!(
        sent[0]["MessageBody"]
            .as_str()
            .unwrap()
            .contains("0.1000000000000000055")
    );
    let outcome = run(&definition, &record, |task| {
        if task.state.starts_with("send") {
            fails("SQS.RequestThrottledException")
        } else {
            Ok(json!({}))
        }
    });
    assert_eq!(outcome.error.as_deref(), Some("Stuck"));
}
