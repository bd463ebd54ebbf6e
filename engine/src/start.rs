//! Starts a local run from artifacts, a handler program and a state folder, and stops it without losing anything.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::artifacts::{self, ArtifactError, Deployment, Place};
use crate::core::{Answer, ApiRequest, Caller, Core, Input, RestoreError, Service, pipeline_of};
use crate::observe::Step;
use crate::rim::driver::{self, Driver, Threads};
use crate::rim::pool::{Observer, Pool};
use crate::rim::server::Server;
use crate::rim::{mailbox, published};
use crate::store::{DurableStore, Entry, Store, StoreError};

/// What a local run is made from.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that the compiler wrote: `infra-out/payments`.
    pub artifacts: PathBuf,
    /// The handler program, built for this machine.
    pub handler: PathBuf,
    /// Where state and secrets are kept; made when it is not there.
    pub state: PathBuf,
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Factor on waits and retry intervals: 1 is real time, 0 waits for nothing but for room in a function.
    pub time_scale: f64,
    /// Whether each different call that a policy allowed is told once.
    pub tell_calls: bool,
}

/// Why a local run cannot start.
#[derive(Debug)]
pub enum StartError {
    /// Something else listens on the port.
    PortInUse { port: u16 },
    /// The port cannot be opened for another reason.
    Port { port: u16, error: std::io::Error },
    /// The artifacts are missing, damaged, or use what a local run does not offer.
    Artifacts(ArtifactError),
    /// The handler program is not there.
    HandlerMissing { path: PathBuf },
    /// Another process runs on this state.
    Locked { path: PathBuf },
    /// The state cannot be opened or read.
    Store(StoreError),
    /// The state was read and does not fit: damaged, or from another version of the pipeline.
    State(RestoreError),
    /// The state is of another pipeline.
    OtherPipeline {
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Who was to run on it.
        pipeline: String,
    },
    /// The scale is negative or no number.
    TimeScale(f64),
    /// The operating system refused threads or randomness.
    System(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortInUse { port } => write!(f, "port {port} is in use by another program"),
            Self::Port { port, error } => write!(f, "port {port} cannot be opened: {error}"),
            Self::Artifacts(error) => error.fmt(f),
            Self::HandlerMissing { path } => {
                write!(f, "there is no handler program at {}", path.display())
            }
            Self::Locked { path } => write!(
                f,
                "{} is in use: another local run has it open",
                path.display()
            ),
            Self::Store(error) => error.fmt(f),
            Self::OtherPipeline {
                path,
                found,
                pipeline,
            } => write!(
                f,
                "{} holds the state of the pipeline `{found}`, and this is `{pipeline}`",
                path.display()
            ),
            Self::State(error) => write!(f, "the state cannot be taken up: {error}"),
            Self::TimeScale(scale) => {
                write!(f, "{scale} is no time scale: it is 0 or a positive number")
            }
            Self::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

/// A pipeline that runs.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    notices: Vec<String>,
    /// Parameters that nobody had set when it started.
    unset: Vec<String>,
    driver: Arc<Driver>,
    pool: Arc<Pool>,
    server: JoinHandle<()>,
    threads: Threads,
}

/// Starts a local run. `observer` is told each step as it happens, from several threads.
pub async fn start(
    config: Config,
    observer: impl Fn(Step) + Send + Sync + 'static,
) -> Result<Running, StartError> {
    if !config.time_scale.is_finite() || config.time_scale < 0.0 {
        return Err(StartError::TimeScale(config.time_scale));
    }
    let deployment =
        artifacts::load(&config.artifacts, &Place::default()).map_err(StartError::Artifacts)?;
    let handler = std::path::absolute(&config.handler).map_err(StartError::System)?;
    if !handler.is_file() {
        return Err(StartError::HandlerMissing {
            path: config.handler,
        });
    }
    // The port before the state: a second run of the same pipeline is told about whichever it would meet first.
    let listener = TcpListener::bind(("127.0.0.1", config.port))
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortInUse { port: config.port },
            _ => StartError::Port {
                port: config.port,
                error,
            },
        })?;
    let mailbox = config.state.join(mailbox::FILE);
    let published = config.state.join(published::FILE);
    let store = DurableStore::open(&config.state).map_err(|error| match error {
        StoreError::Locked(path) => StartError::Locked { path },
        other => StartError::Store(other),
    })?;
    let (store, content) = own_content(store, &deployment, config.state)?;
    run(
        deployment,
        handler,
        (store, content),
        listener,
        (config.time_scale, config.tell_calls),
        Arc::new(move |step: Step| {
            mailbox::keep(&mailbox, &step);
            published::keep(&published, &step);
            observer(step);
        }),
    )
    .await
}

/// What the store holds, if it is of this pipeline.
fn own_content(
    mut store: DurableStore,
    deployment: &Deployment,
    path: PathBuf,
) -> Result<(Box<dyn Store>, Vec<Entry>), StartError> {
    let content = store.load().map_err(StartError::Store)?;
    match pipeline_of(&content) {
        Some(found) if found != deployment.pipeline => Err(StartError::OtherPipeline {
            path,
            found,
            pipeline: deployment.pipeline.clone(),
        }),
        _ => Ok((Box::new(store), content)),
    }
}

async fn run(
    deployment: Deployment,
    handler: PathBuf,
    (store, content): (Box<dyn Store>, Vec<Entry>),
    listener: TcpListener,
    (time_scale, tell_calls): (f64, bool),
    observer: Arc<Observer>,
) -> Result<Running, StartError> {
    let deployment = Arc::new(deployment);
    let mut core =
        Core::restore(deployment.clone(), content, time_scale).map_err(StartError::State)?;
    if tell_calls {
        core.tell_calls();
    }
    let missing = core.missing_secrets();
    let unset = core.missing_parameters();
    let keys = core.missing_api_keys();
    let address = listener.local_addr().map_err(StartError::System)?;
    let (inputs, receiver) = std::sync::mpsc::channel();
    // Nothing is ahead of it in the channel, whose receiver is in this function.
    let _first = inputs.send(Input::Started {
        salt: random_hex().map_err(StartError::System)?,
    });
    for id in keys {
        // As long as those that API Gateway makes.
        let value = random_hex()
            .map_err(StartError::System)?
            .chars()
            .take(40)
            .collect();
        let _first = inputs.send(Input::ApiKey { id, value });
    }
    let driver = Driver::new(inputs.clone());
    let pool = Pool::new(
        &deployment,
        handler,
        format!("http://{address}"),
        inputs,
        observer.clone(),
    );
    let runtime = tokio::runtime::Handle::current();
    let threads = driver::start(&driver, core, store, receiver, &pool, &observer, runtime)
        .map_err(StartError::System)?;
    for name in missing {
        let value = random_hex().map_err(StartError::System)?;
        put_secret(&driver, &name, &value).await;
    }
    let server = tokio::spawn(
        Arc::new(Server {
            driver: driver.clone(),
            pool: pool.clone(),
        })
        .run(listener),
    );
    Ok(Running {
        address,
        notices: deployment.notices.clone(),
        unset,
        driver,
        pool,
        server,
        threads,
    })
}

/// Makes a secret that the stack reads and nobody has put there yet, through the same operation that a person would use.
async fn put_secret(driver: &Driver, name: &str, value: &str) {
    let body = json!({ "Name": name, "Type": "SecureString", "Value": value });
    // When it cannot be stored the driver has failed, and every request is told so.
    let _stored = ask_parameters(driver, "PutParameter", body).await;
}

/// One operation on parameters, as a person asks for it.
async fn ask_parameters(driver: &Driver, operation: &str, body: Value) -> Option<Answer> {
    let request = ApiRequest {
        service: Service::Ssm,
        operation: operation.to_owned(),
        body,
        payload: Vec::new(),
    };
    driver
        .ask(|call| Input::Call {
            call,
            caller: Caller::Outside,
            request,
        })
        .await
}

/// 32 bytes from the operating system, in hex.
fn random_hex() -> std::io::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex::encode(bytes))
}

impl Running {
    /// Where the AWS protocols and the routes are served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is in the template and has no effect in a local run, and which parameters nobody has set up to now, one sentence each.
    pub async fn notices(&self) -> Vec<String> {
        let address = self.address;
        let unset = self.unset().await;
        let unset = unset.iter().map(|name| {
            format!(
                "nobody has set {name} yet: AWS_ENDPOINT_URL=http://{address} AWS_DEFAULT_REGION=local aws ssm put-parameter --name {name} --type String --value …"
            )
        });
        self.notices.iter().cloned().chain(unset).collect()
    }

    /// Those of the parameters without a value at the start that have none now.
    async fn unset(&self) -> Vec<String> {
        let body = json!({ "Names": self.unset });
        let answer = ask_parameters(&self.driver, "GetParameters", body).await;
        let answer: Option<Value> =
            answer.and_then(|answer| serde_json::from_slice(&answer.body).ok());
        let invalid = answer
            .as_ref()
            .and_then(|it| it.get("InvalidParameters")?.as_array());
        let invalid = invalid.into_iter().flatten().filter_map(Value::as_str);
        invalid.map(str::to_owned).collect()
    }

    /// Whether the store has failed, after which nothing is acknowledged any more.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.driver.failed()
    }

    /// Takes no new requests, lets those at work finish for at most `limit`, ends the handlers and commits what is left.
    /// Workflows that still run go on at the next start.
    pub async fn drain_and_stop(self, limit: Duration) {
        self.driver.drain();
        let end = Instant::now() + limit;
        while self.driver.busy() && !self.driver.failed() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.server.abort();
        self.pool.stop();
        while self.pool.count() > 0 && Instant::now() < end + Duration::from_millis(500) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.driver.stop();
        let threads = self.threads;
        // Joining blocks, and the threads may be waiting for the disk.
        let _joined = tokio::task::spawn_blocking(move || threads.join()).await;
    }
}
