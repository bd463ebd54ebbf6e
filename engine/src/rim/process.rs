//! The process of one Lambda environment: the handler program, and the Runtime API that only it can reach.

use std::io::ErrorKind;
use std::process::Stdio;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::environment::Event;
use super::pool::Pool;
use super::{output, runtime_api};
use crate::artifacts::Function;

/// A program that runs.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) child: Child,
    server: tokio::task::JoinHandle<()>,
}

impl Process {
    /// Ends the program and its Runtime API.
    pub(super) async fn end(mut self) {
        self.server.abort();
        // A process that is already gone cannot be killed, which is as good.
        let _gone = self.child.kill().await;
    }
}

/// Why a program does not run.
#[derive(Debug)]
pub(super) struct NotStarted {
    pub(super) error: std::io::Error,
    /// This machine is short of something for now: ports, descriptors, processes, memory, or a file that is still being
    /// written. All else is the program's own fault and stays.
    pub(super) is_shortage: bool,
}

impl NotStarted {
    fn program(error: std::io::Error) -> Self {
        /// `ENFILE` and `EMFILE`, the same numbers on Linux and macOS; the standard library has no kind for them.
        const TOO_MANY_OPEN_FILES: [i32; 2] = [23, 24];
        let is_shortage = matches!(
            error.kind(),
            ErrorKind::WouldBlock
                | ErrorKind::OutOfMemory
                | ErrorKind::ExecutableFileBusy
                | ErrorKind::ResourceBusy
                | ErrorKind::Interrupted
        ) || error
            .raw_os_error()
            .is_some_and(|number| TOO_MANY_OPEN_FILES.contains(&number));
        Self { error, is_shortage }
    }

    /// A port of this machine's own choice is none of the program's business.
    fn port(error: std::io::Error) -> Self {
        Self {
            error,
            is_shortage: true,
        }
    }
}

/// Binds the Runtime API and starts the handler program with exactly the environment that Lambda would give it.
pub(super) async fn start(
    pool: &Arc<Pool>,
    function: &Function,
    number: u64,
    events: &mpsc::Sender<Event>,
) -> Result<Process, NotStarted> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(NotStarted::port)?;
    let address = listener.local_addr().map_err(NotStarted::port)?;
    let mut command = Command::new(&pool.handler);
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    // A stand-in for a provider: the runtime believes it only on this machine.
    for name in [
        "PIPE_LOCAL_CA",
        "PIPE_LOCAL_CERTIFICATES",
        "PIPE_LOCAL_PROVIDER",
    ] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.envs(&function.environment);
    command.envs([
        ("AWS_LAMBDA_RUNTIME_API", address.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            function.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_LOG_GROUP_NAME", function.log_group.clone()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", format!("local/{number}")),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("_HANDLER", function.handler.clone()),
        ("TZ", ":UTC".to_owned()),
        ("AWS_REGION", pool.region.clone()),
        ("AWS_DEFAULT_REGION", pool.region.clone()),
        ("AWS_ENDPOINT_URL", pool.endpoint.clone()),
        ("AWS_ACCESS_KEY_ID", Pool::access_key(number)),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
    ]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(NotStarted::program)?;
    for stream in [
        child.stdout.take().map(output::Stream::Out),
        child.stderr.take().map(output::Stream::Err),
    ]
    .into_iter()
    .flatten()
    {
        tokio::spawn(output::forward(pool.clone(), function.name.clone(), stream));
    }
    let server = tokio::spawn(runtime_api::serve(listener, events.clone()));
    Ok(Process { child, server })
}
