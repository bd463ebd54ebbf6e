//! Generated specs, what they grant, and three views of it read from what is emitted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

pub(crate) mod generator;
mod granted;
pub(crate) mod picture;
pub(crate) mod policies;
pub(crate) mod program;

/// What a resource of the language is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Secret,
    /// Read from SSM at run time.
    Param,
    /// A parameter of the template: its value is in the environment, and no policy speaks of it.
    ParamAtDeploy,
    Table,
    Queue,
    Topic,
    Bus,
    Bucket,
    Function,
    Workflow,
}

/// One permission, as every view must show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Permission {
    /// Function (of a family its member) or workflow.
    pub(crate) to: String,
    pub(crate) verb: String,
    /// Declared name, of a family the member's: `lane_stripe`.
    pub(crate) resource: String,
    /// `stage` of `update: orders.stage`
    pub(crate) field: Option<String>,
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let field = self.field.as_ref().map(|it| format!(".{it}"));
        write!(
            f,
            "grant {} {{ {}: {}{} }}",
            self.to,
            self.verb,
            self.resource,
            field.unwrap_or_default()
        )
    }
}

/// `payment_events` as in logical ids: `PaymentEvents`.
pub(crate) fn pascal(name: &str) -> String {
    let upper = |it: &str| {
        let mut letters = it.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
        })
    };
    name.split('_').map(upper).collect()
}

/// What only one of two sets has, for the message of a failure.
pub(crate) fn difference<T: Ord + std::fmt::Display>(
    expected: &std::collections::BTreeSet<T>,
    found: &std::collections::BTreeSet<T>,
) -> String {
    let list = |it: Vec<&T>| {
        it.iter()
            .map(|it| format!("\n    {it}"))
            .collect::<String>()
    };
    format!(
        "\n  missing:{}\n  too much:{}",
        list(expected.difference(found).collect()),
        list(found.difference(expected).collect())
    )
}
