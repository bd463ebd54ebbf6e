//! The stack's own parameters: they were made when the template first had them so.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use crate::simulation::{START_MS, Simulation, delivery, deployment};

fn template(value: &str) -> Value {
    let mut template = delivery();
    let properties = json!({ "Name": "/delivery/limit", "Type": "String", "Value": value });
    let parameter = json!({ "Type": "AWS::SSM::Parameter", "Properties": properties });
    template["Resources"]
        .as_object_mut()
        .unwrap()
        .insert("Limit".into(), parameter);
    template
}

/// Value, version and the time of the last change.
fn told(it: &mut Simulation) -> (Value, Value, Value) {
    let body = json!({ "Name": "/delivery/limit" });
    let (status, answer) = it.aws(Service::Ssm, "GetParameter", body);
    assert_eq!(status, 200, "{answer}");
    let of = |name: &str| answer["Parameter"][name].clone();
    (of("Value"), of("Version"), of("LastModifiedDate"))
}

#[allow(clippy::cast_precision_loss, reason = "an instant of this era")]
fn seconds(ms: u64) -> Value {
    json!(ms as f64 / 1000.0)
}

#[test]
fn a_parameter_of_the_stack_was_changed_when_its_template_was() {
    let mut it = Simulation::new(&template("10"), 1.0);
    it.step(None);
    it.now_ms += 60_000;
    it.restart();
    it.step(None);
    assert_eq!(told(&mut it), (json!("10"), json!(1), seconds(START_MS)));
    it.deployment = deployment(&template("20")).into();
    it.restart();
    it.step(None);
    let changed = (json!("20"), json!(2), seconds(START_MS + 60_000));
    assert_eq!(told(&mut it), changed);
    it.now_ms += 60_000;
    let put = json!({ "Name": "/delivery/limit", "Value": "30", "Overwrite": true });
    it.aws(Service::Ssm, "PutParameter", put);
    it.restart();
    it.step(None);
    let put = (json!("30"), json!(3), seconds(START_MS + 120_000));
    assert_eq!(told(&mut it), put);
}
