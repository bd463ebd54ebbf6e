//! A running pipeline as these tests drive it: started as a process, spoken to over HTTP.

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{self, Delivery, Signed};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long anything may take before a test gives up.
const PATIENCE_S: u64 = 120;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// An empty state folder of its own for each test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("run")
        .join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The handler program of a spec, built once for all tests.
pub(crate) fn handler(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap();
    if built.insert(name.to_owned()) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "-q", "--workspace", "--bin", name])
            .current_dir(root())
            .status()
            .unwrap();
        assert!(status.success(), "the handlers of {name} do not build");
    }
    target().join("debug").join(name)
}

/// The target folder of this build: test programs lie in its debug/deps.
pub(crate) fn target() -> PathBuf {
    std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(3)
        .unwrap()
        .to_path_buf()
}

/// `pipec run` on the committed payments, with its state and artifacts in `state`.
pub(crate) fn command(state: &Path, more: &[&str]) -> Command {
    command_of("payments", state, more)
}

/// `pipec run` on a committed spec.
pub(crate) fn command_of(spec: &str, state: &Path, more: &[&str]) -> Command {
    command_with(spec, &handler(spec), state, more)
}

/// `pipec run` on a committed spec with this handler program.
pub(crate) fn command_with(spec: &str, handler: &Path, state: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipec"));
    command
        .arg("run")
        .arg(format!("specs/{spec}.pipe"))
        .arg("--handler")
        .arg(handler);
    command
        .arg("--out")
        .arg(state.join("infra-out"))
        .arg("--state")
        .arg(state.join("state"));
    if !more.contains(&"--port") {
        command.args(["--port", "0"]);
    }
    command.args(more).current_dir(root()).env("NO_COLOR", "1");
    command
}

pub(crate) struct Pipeline {
    child: Child,
    agent: ureq::Agent,
    address: String,
    /// What it had to say when it was up.
    pub(crate) notices: Value,
    /// Where its standard output is kept, a step a line.
    stdout: PathBuf,
}

impl Pipeline {
    /// Starts payments on a free port and waits until it is up. Waits of retries are shortened.
    pub(crate) fn start(state: &Path) -> Self {
        Self::up(
            state,
            command(state, &["--format", "json", "--time-scale", "0.02"]),
        )
    }

    /// Runs a command that tells its steps as JSON, and waits until it is up.
    pub(crate) fn up(state: &Path, mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let keep = |name: &str| std::fs::File::create(state.join(name)).unwrap();
        let (mut stdout, mut stderr) = (keep("stdout.log"), keep("stderr.log"));
        let errors = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in errors.map_while(Result::ok) {
                eprintln!("{line}");
                let _ = writeln!(stderr, "{line}");
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let up: Value = loop {
            let line = lines
                .next()
                .expect("pipec run ended before it was up")
                .unwrap();
            let step: Value = serde_json::from_str(&line).unwrap();
            if step["step"] == "up" {
                break step;
            }
        };
        // The rest is read on, so that the pipe never fills, and kept for those who look for what must not be in it.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = writeln!(stdout, "{line}");
            }
        });
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(PATIENCE_S)))
            .http_status_as_error(false);
        Self {
            child,
            agent: config.build().into(),
            address: up["address"].as_str().unwrap().to_owned(),
            notices: up["notices"].clone(),
            stdout: state.join("stdout.log"),
        }
    }

    /// The steps of one kind so far, in order.
    pub(crate) fn steps(&self, step: &str) -> Vec<Value> {
        let said = std::fs::read_to_string(&self.stdout).unwrap();
        let steps = said
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        steps.filter(|it: &Value| it["step"] == step).collect()
    }

    /// Waits until something holds.
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(
                start.elapsed().as_secs() < PATIENCE_S,
                "not within {PATIENCE_S} s: {what}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Signs with the secret of this run.
    pub(crate) fn sign(&self, body: &[u8]) -> Signed {
        self.try_sign(body).unwrap()
    }

    pub(crate) fn try_sign(&self, body: &[u8]) -> Result<Signed, String> {
        Ok(sign_with(
            &self.parameter("/payments/local/webhook-key")?,
            body,
        ))
    }

    /// Signs by any scheme with the secret of this run that is stored under a name.
    pub(crate) fn sign_as(
        &self,
        scheme: &str,
        arguments: &[(&str, &str)],
        secret: &str,
        body: &[u8],
    ) -> Signed {
        let secret = self.parameter(secret).unwrap();
        sign_by(scheme, arguments, &secret, body)
    }

    pub(crate) fn parameter(&self, name: &str) -> Result<String, String> {
        let input = json!({ "Name": name, "WithDecryption": true });
        let parameter = self.call("AmazonSSM.GetParameter", &input)?;
        Ok(parameter["Parameter"]["Value"].as_str().unwrap().to_owned())
    }

    /// Puts what a secret holds.
    pub(crate) fn put_secret(&self, name: &str, value: &str) {
        let put =
            json!({ "Name": name, "Type": "SecureString", "Value": value, "Overwrite": true });
        self.call("AmazonSSM.PutParameter", &put).unwrap();
    }

    /// Posts to the route of payments; an error is a broken connection.
    pub(crate) fn post(
        &self,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<(u16, Value), String> {
        self.post_to("/webhooks", headers, body)
    }

    /// Posts to a path; an error is a broken connection.
    pub(crate) fn post_to(
        &self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<(u16, Value), String> {
        let mut request = self.agent.post(format!("http://{}{path}", self.address));
        for (name, value) in headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        {
            request = request.header(name, value);
        }
        let mut response = request
            .header("content-type", "application/json")
            .send(body)
            .map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let text = response
            .body_mut()
            .read_to_string()
            .map_err(|error| error.to_string())?;
        Ok((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }

    /// The text of an object.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> String {
        self.get("s3", &format!("/{bucket}/{key}"))
    }

    /// What a service, or a route where the service is none, answers to a GET; anything but 200 fails the test.
    pub(crate) fn get(&self, service: &str, path: &str) -> String {
        let mut request = self.agent.get(format!("http://{}{path}", self.address));
        if !service.is_empty() {
            let scope = format!("test/20261120/us-east-1/{service}/aws4_request");
            request = request.header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={scope}"),
            );
        }
        let mut response = request.call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}: {text}");
        text
    }

    /// An AWS JSON operation.
    pub(crate) fn call(&self, target: &str, input: &Value) -> Result<Value, String> {
        let request = self
            .agent
            .post(format!("http://{}/", self.address))
            .header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.0");
        let mut response = request
            .send(input.to_string())
            .map_err(|error| error.to_string())?;
        let text = response
            .body_mut()
            .read_to_string()
            .map_err(|error| error.to_string())?;
        assert_eq!(response.status().as_u16(), 200, "{target}: {text}");
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// Everything in the table of payments, claims too.
    pub(crate) fn items(&self) -> Vec<Value> {
        self.items_of("payment-events-local")
    }

    /// Everything in a table, claims too.
    pub(crate) fn items_of(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut input = json!({ "TableName": table, "ConsistentRead": true });
        loop {
            let page = self.call("DynamoDB_20120810.Scan", &input).unwrap();
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) => input["ExclusiveStartKey"] = key.clone(),
                None => return items,
            }
        }
    }

    /// The recorded facts of payments.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.facts("payment-events-local")
    }

    /// The facts recorded in a table.
    pub(crate) fn facts(&self, table: &str) -> Vec<Value> {
        let items = self.items_of(table).into_iter();
        items.filter(|item| item.get("_event").is_some()).collect()
    }

    /// The executions of the settling workflow that did not end as duplicates.
    pub(crate) fn executions(&self) -> Vec<Value> {
        let machines = self
            .call("AWSStepFunctions.ListStateMachines", &json!({}))
            .unwrap();
        let arn = machines["stateMachines"][0]["stateMachineArn"].clone();
        let mut executions = Vec::new();
        let mut input = json!({ "stateMachineArn": arn });
        loop {
            let page = self
                .call("AWSStepFunctions.ListExecutions", &input)
                .unwrap();
            executions.extend(page["executions"].as_array().unwrap().iter().cloned());
            match page["nextToken"].as_str() {
                Some(token) => input["nextToken"] = json!(token),
                None => return executions,
            }
        }
    }

    /// Waits until so many payments are settled and nothing runs.
    pub(crate) fn until_settled(&self, payments: usize) {
        let start = Instant::now();
        loop {
            let settled = self
                .events()
                .iter()
                .filter(|event| event["_event"]["S"] == "PaymentSettled")
                .count();
            let running = self
                .executions()
                .iter()
                .filter(|execution| execution["status"] == "RUNNING")
                .count();
            if settled >= payments && running == 0 {
                return;
            }
            assert!(
                start.elapsed().as_secs() < PATIENCE_S,
                "{settled} of {payments} settled, {running} running"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ctrl-C, and how it ended.
    pub(crate) fn interrupt(&mut self) -> ExitStatus {
        signal(self.child.id(), "INT");
        self.child.wait().unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9` after a while.
    pub(crate) fn kill_after(&self, wait: Duration) -> JoinHandle<()> {
        let id = self.child.id();
        std::thread::spawn(move || {
            std::thread::sleep(wait);
            signal(id, "KILL");
        })
    }

    pub(crate) fn reap(&mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(id: u32, name: &str) {
    Command::new("kill")
        .args(["-s", name, &id.to_string()])
        .status()
        .unwrap();
}

pub(crate) fn sign_with(secret: &str, body: &[u8]) -> Signed {
    let arguments = [("header", "X-Webhook-Signature"), ("encoding", "hex")];
    sign_by("hmac_sha256", &arguments, secret, body)
}

fn sign_by(scheme: &str, arguments: &[(&str, &str)], secret: &str, body: &[u8]) -> Signed {
    let now_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let delivery = Delivery {
        body,
        id: "1",
        now_s: i64::try_from(now_s).unwrap(),
    };
    let secret = Secret::new(secret.as_bytes().to_vec());
    sign::sign(sign::scheme(scheme).unwrap(), arguments, secret, &delivery).unwrap()
}

/// HMAC-SHA256 in hex with any key, also one that the runtime would refuse.
pub(crate) fn hmac_hex(key: &[u8], body: &[u8]) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
