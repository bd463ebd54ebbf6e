//! What a metric is of: what alarms watch and dashboards draw.

use super::Pipeline;

/// What a metric is of. Families and `functions` are expanded by the checker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A function by its model name.
    Function(String),
    /// A queue by its model name.
    Queue(String),
    /// A table.
    Table(String),
    /// A topic.
    Topic(String),
    /// A bus.
    Bus(String),
    /// A workflow.
    Workflow(String),
    /// All routes of the API: `route.latency`.
    Api,
    /// A secret.
    Secret(String),
}

/// `webhook_dlq.depth`, `functions.duration.p99`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What it is of.
    pub subject: Subject,
    /// Word in `metrics::METRICS`: `depth`.
    pub name: &'static str,
    /// CloudWatch's statistic: `Average`, `p99`. The metric's own when not written.
    pub statistic: &'static str,
}

impl Pipeline {
    /// True where an alarm tells of dead letters in the queue: how many there are, or how old.
    #[must_use]
    pub fn tells_of_dead_letters(&self, queue: &str) -> bool {
        self.tells_of(&Subject::Queue(queue.to_owned()), &["depth", "age"])
    }

    /// True where an alarm tells of the workflow's failures.
    #[must_use]
    pub fn tells_of_failures(&self, workflow: &str) -> bool {
        self.tells_of(&Subject::Workflow(workflow.to_owned()), &["failed"])
    }

    fn tells_of(&self, subject: &Subject, metrics: &[&str]) -> bool {
        let mut alarms = self.alarms.values().map(|it| &it.metric);
        alarms.any(|it| it.subject == *subject && metrics.contains(&it.name))
    }
}
