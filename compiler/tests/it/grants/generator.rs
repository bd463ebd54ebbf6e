//! Valid specs as text, made of a list of numbers: fewer and smaller numbers are a smaller spec, so that proptest shrinks well.
//!
//! Beside the text stands what it grants, known from having written it and not from any part of the compiler.

mod written;

use super::Kind;
use written::{capabilities, grants};

/// The providers of families.
pub(crate) const PROVIDERS: [&str; 2] = ["square", "stripe"];

/// A spec and what it grants.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) text: String,
    pub(crate) grants: Vec<Grant>,
    /// Resources by declared name, families by the family's.
    pub(crate) resources: Vec<(String, Kind)>,
    /// Declared as `per provider`.
    pub(crate) families: Vec<String>,
    /// Edges that need no grant: from, to, word of the picture.
    pub(crate) flows: Vec<(String, String, String)>,
}

/// `grant NAME { … }`
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) to: String,
    pub(crate) is_workflow: bool,
    /// Byte range of the whole declaration.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) items: Vec<Item>,
}

/// One permission as written.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) verb: &'static str,
    /// `orders`, `lane`, `lane[stripe]`
    pub(crate) written: String,
    pub(crate) field: Option<&'static str>,
    /// The spec itself uses it; otherwise it is the code's.
    pub(crate) by_edge: bool,
    /// One-based line in the text.
    pub(crate) line: usize,
}

/// A function or workflow under way.
struct Subject {
    name: String,
    is_workflow: bool,
    items: Vec<Item>,
}

struct Choices<'a> {
    rest: std::slice::Iter<'a, u8>,
}

impl Choices<'_> {
    /// 0 when the numbers have run out, so that a shorter list is a smaller spec.
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.rest.next().copied().unwrap_or(0)) % limit
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 1
    }
}

/// What is declared beside functions and workflows.
#[derive(Default)]
struct World {
    text: String,
    resources: Vec<(String, Kind)>,
    families: Vec<String>,
    flows: Vec<(String, String, String)>,
    subjects: Vec<Subject>,
}

impl World {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn has(&self, name: &str) -> bool {
        self.resources.iter().any(|it| it.0 == name)
    }

    fn declare(&mut self, name: &str, kind: Kind, text: &str) {
        self.resources.push((name.to_owned(), kind));
        self.line(text);
    }

    fn flow(&mut self, from: &str, to: &str, word: &str) {
        self.flows
            .push((from.to_owned(), to.to_owned(), word.to_owned()));
    }
}

impl Subject {
    fn new(name: &str, is_workflow: bool) -> Self {
        Self {
            name: name.to_owned(),
            is_workflow,
            items: Vec::new(),
        }
    }

    /// Grants; what an edge uses stays the edge's.
    fn may(
        &mut self,
        verb: &'static str,
        written: &str,
        field: Option<&'static str>,
        by_edge: bool,
    ) {
        let same = |it: &&mut Item| it.verb == verb && it.written == written && it.field == field;
        match self.items.iter_mut().find(same) {
            Some(item) => item.by_edge |= by_edge,
            None => self.items.push(Item {
                verb,
                written: written.to_owned(),
                field,
                by_edge,
                line: 0,
            }),
        }
    }

    fn edge(&mut self, verb: &'static str, written: &str) {
        self.may(verb, written, None, true);
    }
}

const BEGINNING: &str = "pipeline sample
secret hook_key
event Placed once id {
  id:     string
  at:     timestamp = received_at
  amount: decimal
  stage:  open | shut | kept
}
event Ended once id { id: string, at: timestamp, note: string }";

/// The spec that these numbers stand for.
pub(crate) fn spec(numbers: &[u8]) -> Spec {
    let mut choices = Choices {
        rest: numbers.iter(),
    };
    let mut world = World::default();
    world.resources.push(("hook_key".to_owned(), Kind::Secret));
    world.line(BEGINNING);
    resources(&mut world, &mut choices);
    route(&mut world, &mut choices);
    consumers(&mut world, &mut choices);
    rules(&mut world, &mut choices);
    listeners(&mut world, &mut choices);
    workflows(&mut world, &mut choices);
    families(&mut world, &mut choices);
    capabilities(&mut world, &mut choices);
    grants(world)
}

fn resources(world: &mut World, choices: &mut Choices<'_>) {
    let index = if choices.yes() {
        "\n  index ByStage { partition: stage, sort: at }"
    } else {
        ""
    };
    let orders =
        format!("table orders {{\n  partition: id\n  sort: at\n  holds: Placed, Ended{index}\n}}");
    world.declare("orders", Kind::Table, &orders);
    let optional: [(&str, Kind, &str); 11] = [
        ("other_key", Kind::Secret, "secret other_key"),
        (
            "address",
            Kind::ParamAtDeploy,
            "param address: string at deploy",
        ),
        ("limit", Kind::Param, "param limit: int = 5"),
        ("endpoint", Kind::Param, "param endpoint: string"),
        (
            "archive",
            Kind::Table,
            "table archive { partition: id, holds: Placed }",
        ),
        (
            "inbox",
            Kind::Queue,
            "queue inbox { visibility: 5m, dead_letter: inbox_dead after 5 }\nqueue inbox_dead { }",
        ),
        (
            "outbox",
            Kind::Queue,
            "queue outbox { visibility: 5m, fifo: true, group: id, dead_letter: outbox_dead after 5 }\nqueue outbox_dead { fifo: true, group: id }",
        ),
        ("news", Kind::Topic, "topic news { holds: Placed }"),
        ("ops", Kind::Topic, "topic ops { }"),
        (
            "market",
            Kind::Bus,
            "bus market { source: \"sample\", holds: Placed }",
        ),
        ("papers", Kind::Bucket, "bucket papers { }"),
    ];
    for (name, kind, text) in optional {
        if choices.yes() {
            world.declare(name, kind, text);
        }
    }
}

/// Sinks of a route or function, with their grants.
fn sinks(world: &World, choices: &mut Choices<'_>, subject: &mut Subject) -> String {
    let mut text = String::new();
    for (keyword, name, more) in [
        ("append", "orders", ""),
        ("append", "archive", ""),
        ("write", "papers", " key \"in/${id}.json\""),
        ("send", "inbox", ""),
        ("send", "outbox", " where amount > 5"),
        ("send", "news", ""),
        ("send", "market", " where stage == open"),
    ] {
        if world.has(name) && choices.yes() {
            text.push_str(&format!("  {keyword}: {name}{more}\n"));
            subject.edge(keyword, name);
        }
    }
    text
}

fn route(world: &mut World, choices: &mut Choices<'_>) {
    let mut take = Subject::new("take", false);
    take.edge("read", "hook_key");
    let sinks = sinks(world, choices, &mut take);
    world.line(&format!(
        "route POST /orders {{\n  verify: github(secret: hook_key)\n  handler: take\n{sinks}}}"
    ));
    world.line("function take(Placed) -> Placed");
    world.flow("POST /orders", "take", "handler");
    world.subjects.push(take);
}

fn consumers(world: &mut World, choices: &mut Choices<'_>) {
    for queue in ["inbox", "outbox"] {
        // What is sent to a queue is what its consumer takes, so a queue that code may send to has one.
        if !world.has(queue) {
            continue;
        }
        let name = format!("drain_{queue}");
        let mut drain = Subject::new(&name, false);
        drain.edge("receive", queue);
        let sinks = sinks(world, choices, &mut drain);
        // A queue that its own consumer feeds would never be empty.
        let own = format!("  send: {queue}");
        let sinks: String = sinks
            .lines()
            .filter(|it| !it.starts_with(&own))
            .map(|it| format!("{it}\n"))
            .collect();
        drain
            .items
            .retain(|it| !(it.verb == "send" && it.written == queue));
        world.line(&format!(
            "function {name}(Placed) -> Placed {{\n  on: {queue} batch 5\n{sinks}}}"
        ));
        world.subjects.push(drain);
    }
}

fn rules(world: &mut World, choices: &mut Choices<'_>) {
    if !world.has("market") {
        return;
    }
    for (rule, condition) in [
        ("large", " where amount > 100"),
        ("shut_ones", " where stage == shut"),
    ] {
        let mut targets = Vec::new();
        if choices.yes() {
            targets.push(format!("on_{rule}"));
        }
        for name in ["ops", "news", "inbox"] {
            if world.has(name) && choices.yes() {
                targets.push(name.to_owned());
            }
        }
        if targets.is_empty() {
            continue;
        }
        world.line(&format!(
            "rule {rule} on market{condition} send {}",
            targets.join(", ")
        ));
        world.flow("market", rule, "on");
        for target in &targets {
            world.flow(rule, target, "send");
        }
        if targets[0].starts_with("on_") {
            world.line(&format!("function on_{rule}(Placed)"));
            world.subjects.push(Subject::new(&targets[0], false));
        }
    }
}

/// Functions that a topic or a stream feeds.
fn listeners(world: &mut World, choices: &mut Choices<'_>) {
    if world.has("news") && choices.yes() {
        world.line("function listen(Placed) { on: news }");
        world.flow("news", "listen", "on");
        world.subjects.push(Subject::new("listen", false));
    }
    if world.has("archive") && choices.yes() {
        world.line("function follow(Placed) { on: archive batch 10 }");
        world.flow("archive", "follow", "on");
        world.subjects.push(Subject::new("follow", false));
    }
}

fn workflows(world: &mut World, choices: &mut Choices<'_>) {
    let started = choices.yes();
    if started {
        world.resources.push(("later".to_owned(), Kind::Workflow));
    }
    if choices.yes() {
        workflow(
            world,
            choices,
            "settle",
            "\n  on: orders where stage == open",
        );
        world.flow("orders", "settle", "on Placed");
    }
    if started {
        workflow(world, choices, "later", "");
    }
}

fn workflow(world: &mut World, choices: &mut Choices<'_>, name: &str, on: &str) {
    let mut subject = Subject::new(name, true);
    let mut body = String::new();
    for step in &["first", "then"][..choices.below(3)] {
        let function = format!("{name}_{step}");
        body.push_str(&format!("  {function}(it)\n"));
        subject.edge("call", &function);
        world.resources.push((function.clone(), Kind::Function));
        world.line(&format!("function {function}(Placed)"));
        world.subjects.push(Subject::new(&function, false));
    }
    let ended = "Ended { id: it.id, at: started_at, note: \"over\" }";
    let statements = [
        (
            "append",
            "orders",
            None,
            format!("append {ended} to orders"),
        ),
        (
            "update",
            "orders",
            Some("stage"),
            "update orders.stage = shut for it".to_owned(),
        ),
        (
            "write",
            "papers",
            None,
            "put it to papers key \"out/${it.id}.json\"".to_owned(),
        ),
        ("send", "news", None, "publish it to news".to_owned()),
        (
            "send",
            "ops",
            None,
            "publish \"over\", \"It is over.\" to ops".to_owned(),
        ),
        ("send", "market", None, "send it to market".to_owned()),
        ("send", "inbox", None, "send it to inbox".to_owned()),
        ("send", "outbox", None, "send it to outbox".to_owned()),
        ("start", "later", None, "start later(it)".to_owned()),
    ];
    for (verb, resource, field, text) in statements {
        if world.has(resource) && !(name == "later" && resource == "later") && choices.yes() {
            body.push_str(&format!("  {text}\n"));
            subject.may(verb, resource, field, true);
        }
    }
    if on.is_empty() || body.is_empty() {
        body.push_str("  done\n");
    }
    world.line(&format!("workflow {name}(it: Placed) {{{on}\n{body}}}"));
    world.subjects.push(subject);
}

fn families(world: &mut World, choices: &mut Choices<'_>) {
    if !choices.yes() {
        return;
    }
    for (name, scheme) in [("square", "github"), ("stripe", "stripe")] {
        let key = format!("{name}_key");
        world.declare(&key, Kind::Secret, &format!("secret {key}"));
        world.line(&format!(
            "provider {name} {{ verify: {scheme}(secret: {key}) }}"
        ));
    }
    let lane = "queue lane per provider { visibility: 5m, fifo: true, group: id, dedupe: content, dead_letter: lane_dead after 5 }";
    world.declare("lane", Kind::Queue, lane);
    world.line("queue lane_dead per provider { fifo: true, group: id }");
    world
        .families
        .extend(["lane".to_owned(), "work".to_owned()]);
    world.line("route POST /notes/{provider} {\n  verify: provider.verify\n  handler: shape\n  send: lane[provider]\n}");
    world.flow("POST /notes/{provider}", "shape", "handler");
    world.line("function shape(Request) -> Placed");
    let mut shape = Subject::new("shape", false);
    shape.edge("read", "square_key");
    shape.edge("read", "stripe_key");
    shape.edge("send", "lane");
    let mut work = Subject::new("work", false);
    work.edge("receive", "lane");
    let sinks = sinks(world, choices, &mut work);
    world.line(&format!(
        "function work(Placed) -> Placed per provider {{\n  on: lane batch 5\n{sinks}}}"
    ));
    world.subjects.extend([shape, work]);
}
