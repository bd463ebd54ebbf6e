//! A local run in a process of its own, for tests that kill it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::{handler, try_http};

/// The process and where it listens.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// What it has told so far, a line of JSON for each step.
    pub told: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub fn start(artifacts: &Path, state: &Path) -> Self {
        let mut child = Self::spawn(artifacts, state);
        let out = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(out).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.parse().ok());
        let Some(address) = address else {
            let output = child.wait_with_output().expect("it ended");
            panic!(
                "the engine did not start: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        // Somebody must read on, or the engine would wait for its own output.
        let told = Arc::<Mutex<Vec<String>>>::default();
        let heard = told.clone();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| heard.lock().expect("no panic").push(line));
        });
        Self {
            child,
            address,
            told,
        }
    }

    pub fn spawn(artifacts: &Path, state: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_engine-under-test"))
            .args([artifacts, &handler(), state, Path::new("0"), Path::new("0")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the engine can be started")
    }

    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    pub fn aws(&self, target: &str, body: &Value) -> Value {
        let headers = [
            ("X-Amz-Target", target),
            ("Content-Type", "application/x-amz-json-1.0"),
        ];
        try_http(
            self.address,
            "POST",
            "/",
            &headers,
            body.to_string().as_bytes(),
        )
        .expect("an answer")
        .json()
    }

    /// Every item or execution of a paged list.
    pub fn pages(
        &self,
        target: &str,
        mut body: Value,
        list: &str,
        token: (&str, &str),
    ) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let mut page = self.aws(target, &body);
            all.extend(
                page[list]
                    .as_array_mut()
                    .map(std::mem::take)
                    .unwrap_or_default(),
            );
            match page.get(token.0) {
                Some(next) => body[token.1] = next.clone(),
                None => return all,
            }
        }
    }
}
