//! `pipec run`: compiles, builds, and runs the same artifacts on this machine.

use crate::arguments::{MessageFormat, OutputFormat, Run};
use crate::cargo;
use crate::exit::{self, Exit};
use crate::parameter::{self, Setting};
use crate::physical;
use crate::project::Project;
use crate::timeline;
use crate::webhook::{self, Choice, Sender};
use pipe_compiler::model::Pipeline;
use pipe_engine::{Config, StartError, Step, StepKind};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a drain may take before what is left is left to the next start.
const DRAIN_TIMEOUT_S: u64 = 5;
/// A run that was told to stop `--once` everything is over counts as over when nothing has happened for so long.
const QUIET_MS: u64 = 1500;
/// How often that is looked at.
const LOOK_MS: u64 = 50;

pub(crate) fn run(arguments: &Run) -> Result<(), Exit> {
    if !(arguments.time_scale.is_finite() && arguments.time_scale >= 0.0) {
        return Err(exit::say(
            exit::USAGE,
            "--time-scale takes a number that is 0 or more",
            None,
        ));
    }
    let pipeline = crate::spec::compile(&arguments.spec, &arguments.out, MessageFormat::Human)?;
    let project = Project::new(&arguments.spec, &arguments.out);
    let settings = parameter::settings(&pipeline, &arguments.param)?;
    let bodies = arguments.send.as_deref().map(webhook::bodies).transpose()?;
    let handler = handler(arguments, &project)?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| exit::say(exit::USAGE, &format!("no threads to run on: {error}"), None))?;
    runtime.block_on(serve(
        arguments, &pipeline, &project, handler, bodies, settings,
    ))
}

fn handler(arguments: &Run, project: &Project) -> Result<PathBuf, Exit> {
    if let Some(handler) = &arguments.handler {
        return Ok(handler.clone());
    }
    cargo::build(&cargo::Build {
        project,
        release: arguments.release,
        target: None,
        extra: Vec::new(),
    })
}

async fn serve(
    arguments: &Run,
    pipeline: &Pipeline,
    project: &Project,
    handler: PathBuf,
    bodies: Option<Vec<Vec<u8>>>,
    settings: Vec<Setting>,
) -> Result<(), Exit> {
    let start = Instant::now();
    let progress = Arc::new(Mutex::new(Progress::default()));
    let format = arguments.format;
    let seen = Arc::clone(&progress);
    let observer = move |step: Step| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.see(&step);
        // Behind a line that could not be written there are no more. The pipeline goes on.
        if seen.unheard.is_none() {
            seen.unheard = timeline::print(&step, format).err();
        }
    };
    let config = Config {
        artifacts: project.artifacts.clone(),
        handler,
        state: arguments
            .state
            .clone()
            .unwrap_or_else(|| project.state.clone()),
        port: arguments.port,
        time_scale: arguments.time_scale,
        tell_calls: arguments.calls,
    };
    let running = pipe_engine::start(config, observer)
        .await
        .map_err(refused)?;
    let port = running.address().port();
    // Before it is said to be up, since what is said then is also which parameters have no value. The client blocks, so it has a thread
    // of its own.
    let set = tokio::task::spawn_blocking(move || parameter::set(&settings, port));
    let set = set.await.unwrap_or(Err(exit::USAGE));
    let notices = running.notices().await;
    let told = set.and_then(|()| {
        let up = match format {
            OutputFormat::Human => {
                let address = running.address();
                banner(pipeline, project, arguments, (address, &notices), start.elapsed())
            }
            OutputFormat::Json => {
                let up = serde_json::json!({ "step": "up", "address": running.address().to_string(), "notices": notices });
                format!("{up}\n")
            }
        };
        crate::output::print(&up)
    });
    let drain = Duration::from_secs(DRAIN_TIMEOUT_S);
    if let Err(exit) = told
        && exit != exit::FINE
    {
        running.drain_and_stop(drain).await;
        return Err(exit);
    }
    let sent = match bodies {
        Some(bodies) => send(pipeline.clone(), port, bodies).await,
        None => Ok(()),
    };
    if sent.is_ok() {
        if arguments.once {
            until_quiet(&progress).await;
        } else {
            interrupted().await;
        }
    }
    running.drain_and_stop(drain).await;
    let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
    sent.and(progress.unheard.take().map_or(Ok(()), Err))
}

/// Signs and posts on a thread of its own: the client blocks.
async fn send(pipeline: Pipeline, port: u16, bodies: Vec<Vec<u8>>) -> Result<(), Exit> {
    let sending = tokio::task::spawn_blocking(move || {
        let sender = Sender::new(&pipeline, port, Choice::default())?;
        for body in &bodies {
            let _provider = sender.play(body)?;
            sender.post(&sender.sign(body, webhook::now_s())?)?;
        }
        Ok(())
    });
    match sending.await {
        Ok(sent) => sent,
        Err(error) => Err(exit::say(
            exit::USAGE,
            &format!("sending was cut off: {error}"),
            None,
        )),
    }
}

/// Waits for Ctrl-C or SIGTERM; a second one while draining ends the process at once.
async fn interrupted() {
    signal().await;
    anstream::eprintln!(
        "\nstopping: what is under way is finished first; Ctrl-C again stops at once"
    );
    tokio::spawn(async {
        signal().await;
        // What was acknowledged is on disk already; nothing is lost by leaving now.
        std::process::exit(130);
    });
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler the default one ends the process, which is safe too.
        std::future::pending::<()>().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// What is still under way.
#[derive(Debug, Default)]
struct Progress {
    executions: BTreeSet<String>,
    last: Option<Instant>,
    /// Why the timeline cannot be written any more.
    unheard: Option<Exit>,
}

impl Progress {
    fn see(&mut self, step: &Step) {
        self.last = Some(Instant::now());
        match &step.kind {
            StepKind::PipeStarted { execution, .. }
            | StepKind::ExecutionStarted { execution, .. } => {
                self.executions.insert(execution.clone());
            }
            StepKind::ExecutionSucceeded { execution, .. }
            | StepKind::ExecutionFailed { execution, .. } => {
                self.executions.remove(execution);
            }
            _ => {}
        }
    }
}

async fn until_quiet(progress: &Mutex<Progress>) {
    let quiet = Duration::from_millis(QUIET_MS);
    loop {
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        let progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.executions.is_empty() && progress.last.is_none_or(|last| last.elapsed() > quiet)
        {
            return;
        }
    }
}

/// What is told when the pipeline is up.
fn banner(
    pipeline: &Pipeline,
    project: &Project,
    arguments: &Run,
    (address, notices): (SocketAddr, &[String]),
    wall: Duration,
) -> String {
    let bold = anstyle::Style::new().bold();
    let spec = arguments.spec.display();
    let mut told = format!(
        "{bold}{}{bold:#} is up, {} ms\n",
        pipeline.name,
        wall.as_millis()
    );
    for route in &pipeline.routes {
        let path = crate::address::path(route, None);
        told.push_str(&format!("  {:<8} http://{address}{path}\n", route.method));
    }
    let keys: BTreeSet<&String> = pipeline
        .routes
        .iter()
        .filter_map(|route| route.auth.as_ref())
        .collect();
    for key in keys {
        let name = physical::name(key);
        told.push_str(&format!(
            "  API key  AWS_ENDPOINT_URL=http://{address} AWS_DEFAULT_REGION=local aws apigateway get-api-keys --name-query {name} --include-values\n"
        ));
    }
    if let Some(table) = pipeline.tables.keys().next() {
        let table = physical::name(table);
        told.push_str(&format!(
            "  AWS CLI  AWS_ENDPOINT_URL=http://{address} AWS_DEFAULT_REGION=local aws dynamodb scan --table-name {table}\n"
        ));
    }
    let port = if address.port() == crate::arguments::PORT {
        String::new()
    } else {
        format!(" --port {}", address.port())
    };
    told.push_str(&format!("  try      pipec send {spec}{port}\n"));
    told.push_str(&format!("           pipec events {spec}{port}\n"));
    let state = arguments.state.as_ref().unwrap_or(&project.state);
    told.push_str(&format!(
        "  state    {} (Ctrl-C stops; remove the folder to start afresh)\n",
        state.display()
    ));
    for notice in notices {
        told.push_str(&format!("  note     {notice}\n"));
    }
    told.push('\n');
    told
}

fn refused(error: StartError) -> Exit {
    let help = match &error {
        StartError::PortInUse { .. } => Some(
            "another pipeline may be running; --port names another port, --port 0 takes a free one",
        ),
        StartError::Locked { .. } => {
            Some("another pipec runs on this state; stop it, or name another folder with --state")
        }
        StartError::OtherPipeline { .. } => {
            Some("name another folder with --state, or remove this one to start afresh in it")
        }
        _ => None,
    };
    exit::say(exit::USAGE, &error.to_string(), help)
}
