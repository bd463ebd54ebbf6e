//! ING-07, at the moment itself: a handler is held right before its append, or right behind it, and killed there with `kill -9`, alone or with
//! the whole machine. Nobody has been answered then, and the provider's next attempt leaves one event.

use crate::pipeline::{Pipeline, command_with, folder, handler, signal};
use crate::{body, counts};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long a handler may take to come to its append.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the handler is when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The table has not been asked yet.
    Before,
    /// The table has answered that it is recorded, and the handler has not heard it.
    Behind,
}

/// What stands between the handlers and the tables: it passes everything on, but for appends while it is shut.
struct Gate {
    address: SocketAddr,
    state: &'static Mutex<State>,
    held: Receiver<()>,
}

#[derive(Default)]
struct State {
    tables: Option<SocketAddr>,
    shut: Option<Side>,
}

impl Gate {
    /// Stands as long as the tests run.
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state: &Mutex<State> = Box::leak(Box::default());
        let (holding, held) = channel();
        std::thread::spawn(move || {
            for handler in listener.incoming().map_while(Result::ok) {
                let holding = holding.clone();
                // A connection that breaks concerns those at its ends.
                std::thread::spawn(move || pass(handler, state, &holding));
            }
        });
        Self {
            address,
            state,
            held,
        }
    }

    fn shut(&self, side: Side) {
        self.state.lock().unwrap().shut = Some(side);
    }

    fn open(&self) {
        self.state.lock().unwrap().shut = None;
        while self.held.try_recv().is_ok() {}
    }
}

fn pass(handler: TcpStream, state: &Mutex<State>, holding: &Sender<()>) -> std::io::Result<()> {
    let tables = state.lock().unwrap().tables.expect("the pipeline is up");
    let mut to_tables = TcpStream::connect(tables)?;
    let mut requests = BufReader::new(handler.try_clone()?);
    let mut answers = BufReader::new(to_tables.try_clone()?);
    let mut to_handler = handler;
    let hold = |side: Side, request: &[u8]| {
        let is_append =
            String::from_utf8_lossy(request).contains("DynamoDB_20120810.TransactWriteItems");
        if is_append && state.lock().unwrap().shut == Some(side) {
            // Nobody listens any more when the test is over.
            let _ = holding.send(());
            loop {
                std::thread::park();
            }
        }
    };
    while let Some(request) = message(&mut requests)? {
        hold(Side::Before, &request);
        to_tables.write_all(&request)?;
        let Some(answer) = message(&mut answers)? else {
            break;
        };
        hold(Side::Behind, &request);
        to_handler.write_all(&answer)?;
    }
    Ok(())
}

/// One message of HTTP, head and body; nothing where the other end is done.
fn message(from: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let start = message.len();
        if from.read_until(b'\n', &mut message)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&message[start..]).to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    from.take(length).read_to_end(&mut message)?;
    Ok(Some(message))
}

/// A handler program that reaches AWS through the gate and leaves the id of its process in a file named after the function.
fn through(gate: &Gate, state: &Path) -> PathBuf {
    let script = state.join("handler.sh");
    let (handler, folder) = (handler("payments"), state.display());
    let text = format!(
        "#!/bin/sh\necho $$ > '{folder}'/\"$AWS_LAMBDA_FUNCTION_NAME.pid\"\nAWS_ENDPOINT_URL=http://{} exec '{}'\n",
        gate.address,
        handler.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

fn start(gate: &Gate, program: &Path, state: &Path) -> Pipeline {
    let more = ["--format", "json", "--time-scale", "0.02"];
    let pipeline = Pipeline::up(state, command_with("payments", program, state, &more));
    let tables = SocketAddr::from(([127, 0, 0, 1], pipeline.port()));
    gate.state.lock().unwrap().tables = Some(tables);
    pipeline
}

#[test]
fn who_is_killed_on_either_side_of_an_append_has_answered_nobody_and_one_event_is_left() {
    let state = folder("boundary");
    let gate = Gate::new();
    let program = through(&gate, &state);
    let mut pipeline = start(&gate, &program, &state);
    for (payment, side, whole) in [
        ("pay_before", Side::Before, false),
        ("pay_behind", Side::Behind, false),
        ("pay_before_all", Side::Before, true),
        ("pay_behind_all", Side::Behind, true),
    ] {
        let signed = pipeline.sign(&body(payment));
        gate.shut(side);
        let answered = std::thread::scope(|scope| {
            let posting = scope.spawn(|| pipeline.post(&signed.headers, &signed.body));
            gate.held
                .recv_timeout(PATIENCE)
                .expect("the handler appends");
            assert!(
                !posting.is_finished(),
                "{payment}: answered before its append was"
            );
            let id = std::fs::read_to_string(state.join("validate-local.pid")).unwrap();
            signal(id.trim().parse().unwrap(), "KILL");
            if whole {
                signal(pipeline.id(), "KILL");
            }
            posting.join().unwrap()
        });
        let unanswered = answered.as_ref().is_ok_and(|(status, _)| *status < 500);
        assert!(!unanswered, "{payment}: {answered:?}");
        gate.open();
        if whole {
            pipeline.reap();
            pipeline = start(&gate, &program, &state);
        }
        let received = (payment.to_owned(), "PaymentReceived".to_owned());
        let recorded = counts(&pipeline.events()).get(&received).copied();
        let (expected, outcome) = match side {
            Side::Before => (None, "recorded"),
            Side::Behind => (Some(1), "duplicate"),
        };
        assert_eq!(recorded, expected, "{payment}: what is in the table");
        // The very bytes again, as the provider sends them that saw no answer.
        let (status, answer) = pipeline.post(&signed.headers, &signed.body).unwrap();
        assert_eq!(
            (status, answer["outcome"].as_str()),
            (200, Some(outcome)),
            "{payment}"
        );
    }
    pipeline.until_settled(4);
    let counts = counts(&pipeline.events());
    assert_eq!(counts.len(), 8, "{counts:?}");
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(pipeline.executions().len(), 4);
}
