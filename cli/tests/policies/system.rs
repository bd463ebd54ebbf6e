//! A compiled system that runs in this process, with its real handlers, on a template that may have lost something.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pipe_engine::artifacts::Call;
use pipe_engine::{Config, Running, Step, StepKind};
use serde_json::{Value, json};

use crate::pipeline;

/// How long anything may take before a test gives up.
const PATIENCE_S: u64 = 90;
/// A day of waiting lasts less than a second.
const TIME_SCALE: f64 = 0.000_01;

/// A system that runs.
pub(crate) struct System {
    name: String,
    /// Its own: artifacts, state, and what a test puts there.
    pub(crate) folder: PathBuf,
    runtime: tokio::runtime::Runtime,
    running: Option<Running>,
    steps: Arc<Mutex<Vec<Step>>>,
    agent: ureq::Agent,
}

/// The template that the compiler wrote.
pub(crate) fn template(name: &str) -> Value {
    let path = pipeline::root().join(format!("infra-out/{name}/template.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl System {
    /// Starts it in a state folder of its own, which `run` names.
    pub(crate) fn start(name: &str, run: &str, template: &Value) -> Self {
        let folder = pipeline::folder(&format!("policies/{name}-{run}"));
        let artifacts: PathBuf = folder.join(name);
        std::fs::create_dir_all(&artifacts).unwrap();
        std::fs::write(artifacts.join("template.json"), template.to_string()).unwrap();
        let steps: Arc<Mutex<Vec<Step>>> = Arc::default();
        let seen = Arc::clone(&steps);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let config = Config {
            artifacts,
            handler: pipeline::handler(name),
            state: folder.join("state"),
            port: 0,
            time_scale: TIME_SCALE,
            tell_calls: true,
        };
        let observer = move |step| seen.lock().unwrap().push(step);
        let running = runtime
            .block_on(pipe_engine::start(config, observer))
            .unwrap_or_else(|error| panic!("{name} {run}: {error}"));
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(PATIENCE_S)))
            .http_status_as_error(false);
        let system = Self {
            name: name.to_owned(),
            folder,
            runtime,
            running: Some(running),
            steps,
            agent: agent.build().into(),
        };
        for parameter in ["downstream", "paypal-webhook-id"] {
            let name = format!("/{}/local/{parameter}", name.replace('_', "-"));
            let input =
                json!({ "Name": name, "Type": "String", "Value": "8PT597110X687430LKGECATA" });
            system.call("AmazonSSM.PutParameter", &input);
        }
        system
    }

    fn address(&self) -> String {
        self.running.as_ref().unwrap().address().to_string()
    }

    /// `pipec send`, and what it printed.
    pub(crate) fn send(&self, more: &[&str]) -> String {
        let address = self.address();
        let port = address.rsplit(':').next().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_pipec"))
            .args(["send", &format!("specs/{}.pipe", self.name), "--port", port])
            .args(more)
            .current_dir(pipeline::root())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said + &String::from_utf8_lossy(&output.stderr)
    }

    /// An operation of the JSON protocols, by the person at the machine.
    pub(crate) fn call(&self, target: &str, input: &Value) -> Value {
        let (status, answer) = self.request(target, input, None);
        assert_eq!(status, 200, "{target} {input}: {answer}");
        answer
    }

    /// The same by the code of a function on a resource whose ARN contains this, with the credentials of its environment, which are numbered.
    pub(crate) fn call_as(&self, (function, resource): (&str, &str), target: &str, input: &Value) {
        let started = |step: &Step| matches!(&step.kind, StepKind::EnvironmentStarted { function: it, .. } if it.starts_with(function));
        assert!(self.watch(started), "{function} was never called");
        let role = format!("{}Role", pascal(function));
        let is_theirs = |call: &Call| call.role.as_ref().is_some_and(|it| it.contains(&role));
        let action = target.rsplit('.').next().unwrap();
        for number in 1..=100 {
            let key = format!("AKIALOCAL{number:011}");
            let credentials =
                format!("AWS4-HMAC-SHA256 Credential={key}/20261120/us-east-1/any/aws4_request");
            self.request(target, input, Some(&credentials));
            let steps = self.steps(0);
            let mut calls = steps.iter().filter_map(call_of);
            if calls.any(|it| {
                is_theirs(it)
                    && it.request.action.ends_with(action)
                    && it.request.resource.contains(resource)
            }) {
                return;
            }
        }
        panic!("{function} has no credentials that allow {target}");
    }

    fn request(&self, target: &str, input: &Value, credentials: Option<&str>) -> (u16, Value) {
        let request = self.agent.post(format!("http://{}/", self.address()));
        let mut request = request
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0");
        if let Some(credentials) = credentials {
            request = request.header("authorization", credentials);
        }
        let mut response = request.send(input.to_string()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (response.status().as_u16(), answer)
    }

    /// A plain request to a path.
    pub(crate) fn get(&self, path: &str) -> u16 {
        let request = self.agent.get(format!("http://{}{path}", self.address()));
        request.call().unwrap().status().as_u16()
    }

    /// The steps from the one with this number on.
    pub(crate) fn steps(&self, from: usize) -> Vec<Step> {
        self.steps.lock().unwrap()[from..].to_vec()
    }

    /// Looks at the steps as they come, until `look` is content or patience ends; whether it became content.
    pub(crate) fn watch(&self, mut look: impl FnMut(&Step) -> bool) -> bool {
        let start = Instant::now();
        let mut seen = 0;
        while start.elapsed().as_secs() < PATIENCE_S {
            for step in self.steps(seen) {
                seen += 1;
                if look(&step) {
                    return true;
                }
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for System {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime
                .block_on(running.drain_and_stop(Duration::from_millis(200)));
        }
    }
}

/// The call that a step tells of.
pub(crate) fn call_of(step: &Step) -> Option<&Call> {
    match &step.kind {
        StepKind::Allowed { call } => Some(call),
        _ => None,
    }
}

/// `webhook-receiver` as in logical ids: `WebhookReceiver`.
fn pascal(name: &str) -> String {
    let parts = name.split('-').map(|it| it[..1].to_uppercase() + &it[1..]);
    parts.collect()
}
