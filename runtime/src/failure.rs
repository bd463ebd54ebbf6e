//! How a function fails: with an error that the spec declares, or with a fault that nobody foresaw.

use std::fmt;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Anything that the spec does not foresee. A workflow sees it as the error `Fault`, which only `catch any` catches; a route answers 503,
/// so that the sender comes again. Every standard error becomes one with `?`.
#[derive(Debug)]
pub struct Fault {
    message: String,
    of_the_input: bool,
}

impl Fault {
    /// With a message for the log. It must not hold what a log must not: bodies, secrets.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            of_the_input: false,
        }
    }

    /// For an input that can never be handled, however often it comes: a route answers 400 with this message, which its sender reads; a
    /// message of a queue ends in the dead-letter queue.
    pub fn of_input(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            of_the_input: true,
        }
    }

    /// True for what [`Self::of_input`] made.
    pub fn is_of_the_input(&self) -> bool {
        self.of_the_input
    }

    /// For a function whose body nobody has written; `file` is where it belongs.
    pub fn not_written_yet(file: &str) -> Self {
        Self::new(format!("not written yet: {file}"))
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(it) = cause {
            message = format!("{message}: {it}");
            cause = it.source();
        }
        Self::new(message)
    }
}

/// What may become a [`Fault`] with `?` where a function declares errors of its own: every standard error, and a fault itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an error that this function declares nor a standard error",
    label = "not one of the function's errors",
    note = "the spec lists a function's errors after `fails`"
)]
pub trait Unforeseen {
    /// As a fault.
    fn into_fault(self) -> Fault;
}

#[diagnostic::do_not_recommend]
impl<E: std::error::Error> Unforeseen for E {
    fn into_fault(self) -> Fault {
        Fault::from(self)
    }
}

impl Unforeseen for Fault {
    fn into_fault(self) -> Fault {
        self
    }
}

/// What a function's error enum becomes on its way out.
#[derive(Debug)]
pub enum Failure {
    /// An error of the spec.
    Declared {
        /// Its name, which `catch` and `retry` match on.
        name: &'static str,
        /// Its fields, a JSON object.
        fields: Box<RawValue>,
    },
    /// Anything else.
    Fault(Fault),
}

impl Failure {
    /// A declared error with its fields.
    pub fn declared(name: &'static str, fields: &impl Serialize) -> Self {
        match to_raw_value(fields) {
            Ok(fields) => Self::Declared { name, fields },
            Err(error) => Self::Fault(Fault::from(error)),
        }
    }

    /// The `errorType` of the Lambda protocol.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Declared { name, .. } => name,
            Self::Fault(_) => "Fault",
        }
    }

    /// The `errorMessage`: the error's fields as a JSON text. A fault has one field, `reason`.
    pub fn error_message(&self) -> String {
        match self {
            Self::Declared { fields, .. } => fields.get().to_owned(),
            Self::Fault(fault) => serde_json::json!({ "reason": fault.message }).to_string(),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared { name, fields } => write!(f, "{name} {fields}"),
            Self::Fault(fault) => f.write_str(&fault.message),
        }
    }
}
