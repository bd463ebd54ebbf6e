//! What can be typed after `pipec`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Port of the local AWS endpoint when none is given.
pub(crate) const PORT: u16 = 4700;

/// Compiles payment-webhook pipelines to AWS, and runs the same artifacts on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "pipec",
    version,
    propagate_version = true,
    after_help = "Examples:
  pipec new shop                        a project with a working pipeline
  pipec run specs/payments.pipe         compile, build and run it here
  pipec send specs/payments.pipe        sign a webhook and post it
  pipec compile specs/payments.pipe     write infra-out/payments for AWS
  pipec explain P0101                   what a diagnostic means
  pipec explain standard_webhooks       what a word of the language means

Exit codes: 0 fine, 1 errors in the spec or its handlers, 2 usage or a missing file, 101 a bug of pipec."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check specs and print what is wrong with them.
    Check(Check),
    /// Write CloudFormation, States Language, handlers, permissions and the graph.
    Compile(Compile),
    /// Explain a word of the language: a declaration, an attribute, a statement, a signature scheme, a metric, a provider, an event or a diagnostic.
    Explain {
        /// Such as queue, queue.fifo, append, standard_webhooks, depth, stripe.invoice.paid or P0101; without one, all words are listed.
        word: Option<String>,
    },
    /// Print what a shell needs to complete pipec's commands, options, words and specs.
    Completions {
        /// The shell that reads it.
        shell: Shell,
    },
    /// Format specs in place.
    Fmt(Fmt),
    /// Serve an editor on standard input and output: the language server protocol.
    Lsp(Lsp),
    /// Make a project with a working pipeline in a new folder.
    New(New),
    /// Build the deployable ARM64 package.
    Build(Build),
    /// Compile, build and run a pipeline on this machine.
    Run(Run),
    /// Sign a webhook as the provider would and post it to the running pipeline.
    Send(Send),
    /// Tell why a captured request was refused: wrong secret, re-serialised body, stale clock, wrong scheme or URL.
    ExplainDelivery(ExplainDelivery),
    /// Print the recorded events of the running pipeline as a timeline.
    Events(Events),
}

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// With the source lines, for people.
    #[default]
    Human,
    /// One line each: `file:line:column: error[P0101]: message`.
    Short,
    /// One JSON object a line, on standard output.
    Json,
}

/// How the steps of a run are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns, for people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The shells that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// `source <(pipec completions bash)` in `~/.bashrc`.
    Bash,
    /// `source <(pipec completions zsh)` in `~/.zshrc`, below `compinit`.
    Zsh,
    /// `pipec completions fish | source` in `~/.config/fish/config.fish`.
    Fish,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Specs to check; `-` reads standard input.
    #[arg(required = true)]
    pub(crate) specs: Vec<PathBuf>,
    /// Exit with 1 at a warning too.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// How diagnostics are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) message_format: MessageFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Specs to compile.
    #[arg(required = true)]
    pub(crate) specs: Vec<PathBuf>,
    /// Where the artifacts go, one folder per pipeline.
    #[arg(long, default_value = "infra-out")]
    pub(crate) out: PathBuf,
    /// How diagnostics are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) message_format: MessageFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Specs to format; `-` reads standard input and writes standard output.
    #[arg(required = true)]
    pub(crate) specs: Vec<PathBuf>,
    /// Change nothing; exit with 1 if something would change.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// Speak on standard input and output, as it always does: for clients that say so.
    #[arg(long)]
    pub(crate) stdio: bool,
    /// The editor's process, which clients may name; the server ends with its standard input, so it need not know.
    #[arg(long = "clientProcessId", value_name = "ID", hide = true)]
    pub(crate) client_process_id: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Name of the pipeline and of the new folder: lower-case words joined by `_`.
    pub(crate) name: String,
    /// Folder of the `pipe-runtime` crate; without it, the one this pipec was built from, or the published version.
    #[arg(long)]
    pub(crate) runtime: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The spec whose handlers are packaged.
    pub(crate) spec: PathBuf,
    /// Where the artifacts are.
    #[arg(long, default_value = "infra-out")]
    pub(crate) out: PathBuf,
    /// Target triple of the program in the package.
    #[arg(long, default_value = "aarch64-unknown-linux-gnu")]
    pub(crate) target: String,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The spec to run.
    pub(crate) spec: PathBuf,
    /// Where the artifacts go and are read from.
    #[arg(long, default_value = "infra-out")]
    pub(crate) out: PathBuf,
    /// Port of the local endpoint; 0 takes a free one.
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
    /// Where state is kept; the default is `.pipec/NAME`.
    #[arg(long)]
    pub(crate) state: Option<PathBuf>,
    /// Factor on waits: 1 is real time, 0 never waits. A function that had no room is asked again in real time.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) time_scale: f64,
    /// Sign and send these bodies once the pipeline is up: a file, or a folder of `.json` files.
    #[arg(long, value_name = "PATH")]
    pub(crate) send: Option<PathBuf>,
    /// The value of a parameter that is made outside the stack; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// Stop when what was sent has come to its end.
    #[arg(long, requires = "send")]
    pub(crate) once: bool,
    /// Build the handlers with optimisation.
    #[arg(long)]
    pub(crate) release: bool,
    /// Run this handler program instead of building one.
    #[arg(long, value_name = "FILE")]
    pub(crate) handler: Option<PathBuf>,
    /// Tell each call that a policy allowed, once: what of the grants is used.
    #[arg(long)]
    pub(crate) calls: bool,
    /// How steps are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: OutputFormat,
}

/// What `pipec send --tamper` changes after signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tamper {
    /// One digit of the signature.
    #[value(alias = "sig")]
    Signature,
    /// One byte of the body.
    Body,
    /// The time of signing, by a second.
    #[value(alias = "ts")]
    Timestamp,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The spec whose route is called.
    pub(crate) spec: PathBuf,
    /// The body to send, or a folder of `.json` bodies; without it, one made up from the event type.
    #[arg(long, value_name = "PATH")]
    pub(crate) body: Option<PathBuf>,
    /// The event that a body is made up for, of those that the route accepts, as in `stripe.charge.refunded`; without it, the sender's first.
    /// With --body it is what the headers say, where a provider says it there.
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Option<String>,
    /// A value in a made-up body: JSON, or else a text. May be given several times.
    #[arg(long, value_name = "FIELD.FIELD=VALUE", conflicts_with = "body")]
    pub(crate) set: Vec<String>,
    /// How many webhooks; made-up bodies differ in what tells their events apart unless --set says that, a given one is repeated.
    #[arg(long, default_value_t = 1)]
    pub(crate) count: u32,
    /// Send each webhook twice, as a provider does that saw no answer.
    #[arg(long)]
    pub(crate) duplicate: bool,
    /// The route, by its path; without it, the first one that takes a POST.
    #[arg(long, value_name = "PATH")]
    pub(crate) route: Option<String>,
    /// The provider that sends, where the route is one for each; without it, the first whose webhooks can be signed here.
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Sign with the old key of a secret that is being changed.
    #[arg(long)]
    pub(crate) previous_key: bool,
    /// Sign with the private key in this file, for schemes whose verifier has a public one.
    #[arg(long, value_name = "FILE")]
    pub(crate) private_key: Option<PathBuf>,
    /// An argument of the scheme that is a parameter of the deployment.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) argument: Vec<String>,
    /// Change this after signing; the pipeline must refuse it.
    #[arg(long, value_enum)]
    pub(crate) tamper: Option<Tamper>,
    /// Port of the running pipeline.
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainDelivery {
    /// The spec whose route refused it.
    pub(crate) spec: PathBuf,
    /// The request: raw HTTP (headers, an empty line, the body), or JSON with `headers` and `body` or `body_base64`.
    pub(crate) delivery: PathBuf,
    /// The route, by its path; without it, the one that the request names, else the first that takes a POST.
    #[arg(long, value_name = "PATH")]
    pub(crate) route: Option<String>,
    /// The provider that sends, where the route is one for each.
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// When it came, Unix seconds; without it, what the capture says, else the time that it was signed at.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) received_at: Option<i64>,
    /// The secret, in a file; without it, the running pipeline's.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<PathBuf>,
    /// An argument of the scheme that is a parameter of the deployment.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) argument: Vec<String>,
    /// The certificate that the request names, PEM, for schemes that fetch one.
    #[arg(long, value_name = "FILE", requires = "root")]
    pub(crate) certificate: Option<PathBuf>,
    /// The root that the certificate must lie under, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// Port of the running pipeline.
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The spec whose log is read.
    pub(crate) spec: PathBuf,
    /// Only the events of this partition (a payment's id).
    pub(crate) partition: Option<String>,
    /// Port of the running pipeline.
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
    /// How events are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: OutputFormat,
}
