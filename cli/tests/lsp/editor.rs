//! An editor as far as `pipec lsp` can tell: a process with pipes, and messages framed by their length.

use serde_json::{Value, json};
use std::io::{BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes this long; a server that says nothing must not keep the tests for ever.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    said: Receiver<Value>,
    last_id: u64,
}

impl Editor {
    /// A server that has been greeted.
    pub(crate) fn new() -> Editor {
        let mut editor = Editor::silent();
        let capabilities =
            json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}});
        let greeting = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        let answer = editor.ask("initialize", greeting);
        assert_eq!(answer["serverInfo"]["name"], "pipec", "{answer}");
        editor.tell("initialized", json!({}));
        editor
    }

    /// A server to which nothing has been said.
    pub(crate) fn silent() -> Editor {
        Editor::started_with(&[])
    }

    /// A server to which nothing has been said but these arguments.
    pub(crate) fn started_with(arguments: &[&str]) -> Editor {
        let mut server = Command::new(env!("CARGO_BIN_EXE_pipec"))
            .arg("lsp")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Editor {
            input: server.stdin.take(),
            server,
            said,
            last_id: 0,
        }
    }

    pub(crate) fn raw(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        // A server that has ended is for the test to notice, not for this.
        let _ = write!(input, "Content-Length: {}\r\n\r\n{text}", text.len());
        let _ = input.flush();
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.raw(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// The whole answer to a request.
    pub(crate) fn answer(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.raw(&request.to_string());
        loop {
            let message = self.said.recv_timeout(PATIENCE).unwrap();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// The result of a request that is answered well.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// Opens a text, and gives what is said of it.
    pub(crate) fn open(&mut self, uri: &str, text: &str) -> Vec<Value> {
        let document = json!({"uri": uri, "languageId": "pipe", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.published(uri)
    }

    /// Changes a text, and gives what is said of it.
    pub(crate) fn change(&mut self, uri: &str, text: &str) -> Vec<Value> {
        let changed =
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text}]});
        self.tell("textDocument/didChange", changed);
        self.published(uri)
    }

    pub(crate) fn published(&mut self, uri: &str) -> Vec<Value> {
        loop {
            let message = self.said.recv_timeout(PATIENCE).unwrap();
            if message["method"] == "textDocument/publishDiagnostics" {
                assert_eq!(message["params"]["uri"], uri);
                return message["params"]["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    /// Asks about a place in an open text.
    pub(crate) fn ask_at(
        &mut self,
        method: &str,
        uri: &str,
        (line, character): (u32, u32),
    ) -> Value {
        let position = json!({"line": line, "character": character});
        self.ask(
            method,
            json!({"textDocument": {"uri": uri}, "position": position}),
        )
    }

    /// What is offered where `‸` stands in a text, by label.
    pub(crate) fn offered(&mut self, text: &str) -> Vec<String> {
        let items = self.items(text);
        items
            .iter()
            .map(|it| it["label"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn items(&mut self, text: &str) -> Vec<Value> {
        let (whole, place) = cursor(text);
        self.open(SHOP, &whole);
        let items = self.ask_at("textDocument/completion", SHOP, place);
        items.as_array().unwrap().clone()
    }

    /// What is shown where `‸` stands in a text.
    pub(crate) fn hovered(&mut self, text: &str) -> String {
        let (whole, place) = cursor(text);
        self.open(SHOP, &whole);
        let hover = self.ask_at("textDocument/hover", SHOP, place);
        hover["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The editor goes away without a word; gives how the server ended.
    pub(crate) fn vanish(mut self) -> Option<i32> {
        drop(self.input.take());
        self.ended()
    }

    pub(crate) fn ended(&mut self) -> Option<i32> {
        for _ in 0..1_200 {
            if let Some(status) = self.server.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the server does not end");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

pub(crate) const SHOP: &str = "file:///work/shop.pipe";

/// A text without its `‸`, and where that stood, in UTF-16 units.
pub(crate) fn cursor(text: &str) -> (String, (u32, u32)) {
    let (before, behind) = text.split_once('‸').unwrap();
    let line = before.matches('\n').count();
    let units = before.rsplit('\n').next().unwrap().encode_utf16().count();
    (
        format!("{before}{behind}"),
        (u32::try_from(line).unwrap(), u32::try_from(units).unwrap()),
    )
}

fn read(output: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(it) = line.strip_prefix("Content-Length: ") {
            length = it.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
