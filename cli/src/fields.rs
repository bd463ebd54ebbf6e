//! The fields that `--set` may name in a made-up body: those of the declared type, or of the described event.

use pipe_compiler::model::{Field, Pipeline, Type};
use pipe_compiler::providers::{self, Event, FieldKind, Place, Provider};

/// Objects in objects are followed so far; a type may hold itself.
const DEPTH_MAX: usize = 8;

/// Paths into a body, as `--set` writes them.
#[derive(Debug, Default)]
pub(crate) struct Known {
    paths: Vec<String>,
    /// Below these stands what no type says.
    open: Vec<String>,
}

impl Known {
    /// Of a declared type.
    pub(crate) fn declared(pipeline: &Pipeline, fields: &[Field]) -> Self {
        let mut known = Self::default();
        for field in fields {
            known.add_declared(pipeline, field.name.clone(), &field.ty, 0);
        }
        known
    }

    /// Of a provider's event.
    pub(crate) fn described(provider: &Provider, event: &Event) -> Self {
        let mut known = Self::default();
        for field in provider.common.iter().chain(event.fields) {
            known.add_described(provider, "", field, 0);
        }
        for place in provider.event_id.iter().chain([&provider.event_type]) {
            if let Place::Body(path) = place {
                known.paths.push((*path).to_owned());
            }
        }
        known
    }

    /// Whether a value can stand there; otherwise what to tell who wrote it.
    pub(crate) fn check(&self, path: &str) -> Result<(), String> {
        let below = |it: &str, of: &str| it.strip_prefix(of).is_some_and(|it| it.starts_with('.'));
        let is_known = self.paths.iter().any(|it| it == path || below(it, path))
            || self.open.iter().any(|it| below(path, it));
        if is_known {
            return Ok(());
        }
        let paths = self.paths.iter().map(String::as_str);
        Err(match pipe_compiler::nearest(path, paths) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("it has {}", self.paths.join(", ")),
        })
    }

    fn add_declared(&mut self, pipeline: &Pipeline, path: String, ty: &Type, depth: usize) {
        match ty {
            Type::Optional(inner) => return self.add_declared(pipeline, path, inner, depth),
            Type::List(inner) => {
                self.add_declared(pipeline, format!("{path}.0"), inner, depth + 1);
            }
            Type::Record(name) | Type::Event(name) if depth < DEPTH_MAX => {
                let record = pipeline.types.get(name).map(|it| &it.fields);
                let fields = record.or_else(|| pipeline.events.get(name).map(|it| &it.fields));
                for field in fields.into_iter().flatten() {
                    let path = format!("{path}.{}", field.name);
                    self.add_declared(pipeline, path, &field.ty, depth + 1);
                }
            }
            Type::Record(_) | Type::Event(_) | Type::Request | Type::Accepted => {
                self.open.push(path.clone());
            }
            _ => {}
        }
        self.paths.push(path);
    }

    fn add_described(
        &mut self,
        provider: &Provider,
        within: &str,
        field: &providers::Field,
        depth: usize,
    ) {
        let path = format!("{within}{}", field.path);
        let (record, inside) = match field.kind {
            FieldKind::Record(name) => (provider.record(name), format!("{path}.")),
            FieldKind::Records(name) => (provider.record(name), format!("{path}.0.")),
            FieldKind::Texts | FieldKind::TextList => {
                self.open.push(path.clone());
                (None, String::new())
            }
            _ => (None, String::new()),
        };
        match record {
            Some(_) if depth >= DEPTH_MAX => self.open.push(path.clone()),
            Some(record) => {
                for field in record.fields {
                    self.add_described(provider, &inside, field, depth + 1);
                }
            }
            None => {}
        }
        self.paths.push(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_event_knows_its_fields_at_every_depth() {
        let provider = providers::provider("stripe").unwrap();
        let known = Known::described(provider, provider.event("invoice.paid").unwrap());
        for path in [
            "id",
            "type",
            "data",
            "data.object",
            "data.object.amount_paid",
        ] {
            assert_eq!(known.check(path), Ok(()), "{path}");
        }
        assert_eq!(known.check("data.object.metadata.order"), Ok(()));
        let told = known.check("data.object.amont_paid").unwrap_err();
        assert_eq!(told, "did you mean `data.object.amount_paid`?");
        assert!(known.check("data.object.amount_paid.x").is_err());
    }
}
