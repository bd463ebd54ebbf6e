//! The services of a process, from its environment: a client for each kind of resource that it was given, made before the first request so
//! that none waits for it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use crate::bucket::Objects;
use crate::channel::{Channels, Post};
use crate::context::Services;
use crate::event_log::{self, EventLog, Local, Unavailable};
use crate::execution::{Executions, Started};
use crate::parameter::{ParameterStore, Secrets};
use crate::secret::Secret;
use crate::verifiers::Verifiers;

/// The variables of one kind: declared name to physical name, from `PIPE_TABLE_PAYMENT_EVENTS` and its like.
fn names(prefix: &str) -> BTreeMap<String, String> {
    let declared = |name: String| name.strip_prefix(prefix).map(str::to_ascii_lowercase);
    std::env::vars()
        .filter_map(|(name, value)| Some((declared(name)?, value)))
        .collect()
}

pub(super) async fn from_environment() -> Services {
    let parameters = names("PIPE_PARAM_");
    // A name is declared once, so secrets and parameters share one map. What was set at deploy is among them and is never asked for.
    let mut stored = names("PIPE_SECRET_");
    stored.extend(parameters.clone());
    let clients = clients(!stored.is_empty()).await;
    Services {
        log: clients.log,
        secrets: Rc::new(Secrets::new(clients.store, stored).with_plain(parameters.keys())),
        verifiers: Rc::new(Verifiers::from_environment()),
        deployed: Rc::new(parameters),
        channels: clients.channels,
        objects: clients.objects,
        executions: clients.executions,
    }
}

/// What was not given is there too, and says so when it is used.
struct Clients {
    log: Rc<dyn EventLog>,
    store: Box<dyn ParameterStore>,
    channels: Rc<dyn Channels>,
    objects: Rc<dyn Objects>,
    executions: Rc<dyn Executions>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            log: Rc::new(event_log::Memory::default()),
            store: Box::new(Nothing),
            channels: Rc::new(Nothing),
            objects: Rc::new(Nothing),
            executions: Rc::new(Nothing),
        }
    }
}

#[cfg(feature = "aws")]
async fn clients(stored: bool) -> Clients {
    let mut clients = Clients::default();
    let of = |kind: &str| names(&format!("PIPE_{kind}_"));
    let (tables, buckets, workflows) = (of("TABLE"), of("BUCKET"), of("WORKFLOW"));
    let (queues, topics, buses) = (of("QUEUE"), of("TOPIC"), of("BUS"));
    let posts = !queues.is_empty() || !topics.is_empty() || !buses.is_empty();
    let keeps = !tables.is_empty() || !buckets.is_empty() || !workflows.is_empty();
    if !posts && !keeps && !stored {
        return clients;
    }
    let http_client = crate::https::client();
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(http_client.clone())
        .timeout_config(super::connecting());
    let config = config.load().await;
    #[cfg(feature = "dynamodb")]
    if !tables.is_empty() {
        clients.log = Rc::new(crate::dynamodb::DynamoDb::new(
            &config,
            &http_client,
            tables,
        ));
    }
    #[cfg(feature = "ssm")]
    if stored {
        clients.store = Box::new(crate::ssm::Ssm::new(&config));
    }
    #[cfg(feature = "s3")]
    if !buckets.is_empty() {
        clients.objects = Rc::new(crate::s3::S3::new(&config, buckets));
    }
    #[cfg(feature = "sfn")]
    if !workflows.is_empty() {
        clients.executions = Rc::new(crate::sfn::StepFunctions::new(&config, workflows));
    }
    if posts {
        clients.channels = Rc::new(ByKind {
            #[cfg(feature = "sqs")]
            queues: crate::sqs::Sqs::new(&config, queues),
            #[cfg(feature = "sns")]
            topics: crate::sns::Sns::new(&config, topics),
            #[cfg(feature = "events")]
            buses: crate::events::Events::new(&config, buses),
        });
    }
    clients
}

#[cfg(not(feature = "aws"))]
async fn clients(_: bool) -> Clients {
    Clients::default()
}

/// Posts each message where it belongs.
#[cfg(feature = "aws")]
struct ByKind {
    #[cfg(feature = "sqs")]
    queues: crate::sqs::Sqs,
    #[cfg(feature = "sns")]
    topics: crate::sns::Sns,
    #[cfg(feature = "events")]
    buses: crate::events::Events,
}

#[cfg(feature = "aws")]
impl Channels for ByKind {
    fn post<'a>(&'a self, post: &'a Post, deadline: Instant) -> Local<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let left = deadline.saturating_duration_since(Instant::now());
            let posted = async {
                match post {
                    #[cfg(feature = "sqs")]
                    Post::Queue { .. } => self.queues.post(post).await,
                    #[cfg(feature = "sns")]
                    Post::Topic { .. } | Post::Alert { .. } => self.topics.post(post).await,
                    #[cfg(feature = "events")]
                    Post::Bus { .. } => self.buses.post(post, deadline).await,
                    #[allow(
                        unreachable_patterns,
                        reason = "none is left where every service is linked"
                    )]
                    other => Err(not_given(other.to())),
                }
            };
            match tokio::time::timeout(left, posted).await {
                Ok(posted) => posted,
                Err(_) => Err(Unavailable::new(
                    "deadline",
                    format!("{} did not answer in time", post.to()),
                )),
            }
        })
    }
}

/// What a process has that was given no such resource.
struct Nothing;

fn not_given(name: &str) -> Unavailable {
    Unavailable::new(
        "not_configured",
        format!("nothing is configured for {name}"),
    )
}

impl ParameterStore for Nothing {
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        Box::pin(async move {
            let detail = format!("{name} cannot be read here");
            Err(Unavailable::new("no_secrets", detail))
        })
    }
}

impl Channels for Nothing {
    fn post<'a>(&'a self, post: &'a Post, _: Instant) -> Local<'a, Result<(), Unavailable>> {
        Box::pin(async { Err(not_given(post.to())) })
    }
}

impl Objects for Nothing {
    fn put<'a>(
        &'a self,
        bucket: &'static str,
        _: &'a str,
        _: &'a str,
        _: Vec<u8>,
        _: Instant,
    ) -> Local<'a, Result<(), Unavailable>> {
        Box::pin(async move { Err(not_given(bucket)) })
    }

    fn get<'a>(
        &'a self,
        bucket: &'static str,
        _: &'a str,
        _: Instant,
    ) -> Local<'a, Result<Option<Vec<u8>>, Unavailable>> {
        Box::pin(async move { Err(not_given(bucket)) })
    }
}

impl Executions for Nothing {
    fn start<'a>(
        &'a self,
        workflow: &'static str,
        _: &'a str,
        _: &'a str,
        _: Instant,
    ) -> Local<'a, Result<Started, Unavailable>> {
        Box::pin(async move { Err(not_given(workflow)) })
    }
}
