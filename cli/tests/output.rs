//! Standard output that cannot be written: a full disk is an error, a reader that has gone is none, and neither is a panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PIPEC: &str = env!("CARGO_BIN_EXE_pipec");

/// Every command that says something on standard output without a running pipeline, and its exit code when it is heard.
fn commands() -> Vec<(Vec<&'static str>, i32)> {
    let json = ["--message-format", "json"];
    vec![
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec!["explain", "--help"], 0),
        (vec!["explain"], 0),
        (vec!["explain", "P0101"], 0),
        (vec!["completions", "bash"], 0),
        (vec!["completions", "zsh"], 0),
        (vec!["completions", "fish"], 0),
        (vec!["fmt", "-"], 0),
        (vec!["new", "shop"], 0),
        ([&["check"], &json[..], &["broken.pipe"]].concat(), 1),
        ([&["compile"], &json[..], &["broken.pipe"]].concat(), 1),
        (
            [&["compile"], &json[..], &["broken.pipe", "payments.pipe"]].concat(),
            1,
        ),
        ([&["check"], &json[..], &["warned.pipe"]].concat(), 0),
        (
            vec![
                "explain-delivery",
                "payments.pipe",
                "captured.http",
                "--secret",
                "secret.txt",
            ],
            1,
        ),
    ]
}

/// A folder with what the commands read.
fn project(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("output")
        .join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/payments.pipe");
    let text = std::fs::read_to_string(spec).unwrap();
    for (file, text) in [
        ("payments.pipe", text.clone()),
        ("broken.pipe", "pipeline broken\nnonsense here\n".to_owned()),
        (
            "warned.pipe",
            text.replacen("pipeline payments", "pipeline warned\n\nsecret unused", 1),
        ),
        ("captured.http", "X-A: b\n\n{}".to_owned()),
        ("secret.txt", "8f1c3b2a59687d408f1c3b2a59687d40".to_owned()),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// Runs a command with this standard output; standard input holds a spec.
fn run(folder: &Path, arguments: &[&str], stdout: Stdio) -> Output {
    let mut child = Command::new(PIPEC)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who reads no standard input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(b"pipeline piped\n");
    child.wait_with_output().unwrap()
}

#[test]
fn every_command_here_says_something_and_ends_as_it_should() {
    let folder = project("heard");
    for (arguments, code) in commands() {
        let output = run(&folder, &arguments, Stdio::piped());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(!output.stdout.is_empty(), "{arguments:?}: {told}");
    }
}

/// Something that answers every call as a running pipeline might that has recorded one event; gives its port.
fn running() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                let value = line.to_lowercase();
                if let Some(value) = value.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let body = r#"{"Parameter":{"Value":"8f1c3b2a59687d408f1c3b2a59687d40"},"Items":[{"_event":{"S":"PaymentReceived"},"paymentId":{"S":"p"},"timestamp":{"S":"t"}}]}"#;
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length";
            write!(stream, "{head}: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    port.to_string()
}

/// What asks a running pipeline, or is one.
#[test]
fn events_send_and_run_take_a_full_disk_for_an_error_and_a_closed_pipe_for_none() {
    let folder = project("running");
    let port = running();
    for command in ["events", "send"] {
        let arguments = [command, "payments.pipe", "--port", &port];
        let heard = run(&folder, &arguments, Stdio::piped());
        assert_eq!(heard.status.code(), Some(0), "{heard:?}");
        assert!(!heard.stdout.is_empty(), "{heard:?}");
        ends(&folder, &arguments, full(), 2);
        ends(&folder, &arguments, closed(), 0);
    }
    // A handler is started when it is needed, which is never.
    let arguments = [
        "run",
        "payments.pipe",
        "--handler",
        "/bin/true",
        "--port",
        "0",
    ];
    ends(&folder, &arguments, full(), 2);
}

/// A full disk, where the system offers one to try with.
fn full() -> Option<Stdio> {
    let full = OpenOptions::new().write(true).open("/dev/full");
    full.ok().map(Stdio::from)
}

/// A pipe that nobody reads.
fn closed() -> Option<Stdio> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Some(writer.into())
}

/// The command ends with this code there; with 2 it has said why, once, and else nothing of an error.
fn ends(folder: &Path, arguments: &[&str], stdout: Option<Stdio>, code: i32) {
    let Some(stdout) = stdout else { return };
    let output = run(folder, arguments, stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    let expected = usize::from(code == 2);
    for text in ["error: ", "error: standard output: "] {
        assert_eq!(
            told.matches(text).count(),
            expected,
            "{arguments:?}: {told}"
        );
    }
    assert!(!told.contains("panicked"), "{arguments:?}: {told}");
}

#[test]
fn a_full_disk_is_an_error() {
    let folder = project("full");
    for (arguments, _) in commands() {
        ends(&folder, &arguments, full(), 2);
    }
}

#[test]
fn a_reader_that_has_gone_is_no_error_and_hides_no_finding() {
    let folder = project("gone");
    for (arguments, code) in commands() {
        ends(&folder, &arguments, closed(), code);
    }
    // Nobody listened, and all was compiled that could be.
    assert!(folder.join("infra-out/payments/template.json").exists());
}
