//! Compiled JSONPath: `$.order.items[0]`, `$$.Execution.Id`, `$variable.field`, with wildcards, slices, filters and descent.
//!
//! The dialect is that of the Java library which Step Functions uses (Jayway): a definite path that leads nowhere is an
//! error, an indefinite one gives an array, perhaps an empty one. As with Step Functions, filters have no regular
//! expressions and find no scalars.

mod filter;
mod read;
mod reference;
mod select;

pub(crate) use reference::ReferencePath;

use std::fmt;
use std::sync::Arc;

use super::json::Json;
use filter::Filter;

/// What the roots of paths refer to while a state is evaluated.
pub(crate) trait Environment {
    /// The context object, `$$`.
    fn context(&self) -> Json;
    /// The value of a workflow variable, `$name`.
    fn variable(&self, name: &str) -> Option<Json>;
    /// The next number of the execution's own random sequence.
    fn random(&self) -> u64;
}

/// A path as it was written, ready to be evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    text: Arc<str>,
    root: Root,
    steps: Vec<Step>,
    definite: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Root {
    /// `$`
    Data,
    /// `$$`
    Context,
    /// `$name`
    Variable(Arc<str>),
}

#[derive(Clone, Debug)]
enum Step {
    Key(Arc<str>),
    /// `['a','b']`: at the end of a path an object of those members, before it each of them.
    Keys(Vec<Arc<str>>),
    Index(i64),
    Indexes(Vec<i64>),
    Slice {
        from: Option<i64>,
        to: Option<i64>,
        step: i64,
    },
    Wildcard,
    /// `..`, which applies the following step to every descendant.
    Descend,
    Filter(Filter),
    Function(Function),
}

/// What may stand at the end of a path with `()`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Length,
    Keys,
    Min,
    Max,
    Sum,
    Avg,
    First,
    Last,
}

/// Why a path has no value here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PathError {
    /// The data has nothing at the end of the path; holds the path in the bracket form that Step Functions reports.
    NoResult(String),
    /// A variable that was never assigned.
    NoVariable(Arc<str>),
    /// A function met a value that it does not take.
    Function(String),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::NoResult(path) => write!(f, "No results for path: {path}"),
            PathError::NoVariable(name) => write!(f, "The variable '${name}' does not exist"),
            PathError::Function(message) => f.write_str(message),
        }
    }
}

impl Path {
    /// Compiles a path; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Path, String> {
        read::path(text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is `$`, so that evaluating it changes nothing.
    pub(crate) fn is_data(&self) -> bool {
        self.root == Root::Data && self.steps.is_empty()
    }

    /// The value of the path, where `data` is `$`.
    pub(crate) fn resolve(
        &self,
        data: &Json,
        environment: &dyn Environment,
    ) -> Result<Json, PathError> {
        match &self.root {
            Root::Data => self.select(data),
            Root::Context => self.select(&environment.context()),
            Root::Variable(name) => match environment.variable(name) {
                Some(value) => self.select(&value),
                None => Err(PathError::NoVariable(name.clone())),
            },
        }
    }

    /// The path in the form `$['a'][0]`, up to and including step `last`.
    fn bracket_form(&self, last: usize) -> String {
        let mut text = match &self.root {
            Root::Variable(name) => format!("${name}"),
            Root::Data | Root::Context => "$".to_owned(),
        };
        for step in self.steps.iter().take(last + 1) {
            match step {
                Step::Key(key) => text.push_str(&format!("['{key}']")),
                Step::Keys(keys) => {
                    let quoted: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
                    text.push_str(&format!("[{}]", quoted.join(",")));
                }
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                Step::Wildcard => text.push_str("[*]"),
                Step::Descend => text.push_str(".."),
                Step::Indexes(_) | Step::Slice { .. } | Step::Filter(_) | Step::Function(_) => {
                    text.push_str("[...]")
                }
            }
        }
        text
    }
}
