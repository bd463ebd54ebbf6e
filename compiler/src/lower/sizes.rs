//! What a finished template has too much of: each thing in it measured against the table of limits.

use std::collections::BTreeMap;

use crate::diag;
use crate::emit::cfn::size::Size;
use crate::emit::cfn::template::{Properties, Resource, SpecLine, Template};
use crate::limits::{self, Limit};
use crate::model::{Origin, Pipeline};

use super::Lowered;
use super::physical;
use super::refuse::Refusal;
use super::resolved::Resolved;

/// Everything that is beyond a limit, and what would be there twice.
pub fn oversize(pipeline: &Pipeline, lowered: &Lowered) -> Vec<Refusal> {
    let template = &lowered.template;
    let mut sizes = Sizes {
        pipeline,
        lowered,
        template,
        resolved: Resolved::new(&template.resources),
        found: Vec::new(),
    };
    sizes.whole();
    sizes.buses();
    for (id, resource) in &template.resources.0 {
        sizes.resource(id, resource);
    }
    for dashboard in pipeline.dashboards.values() {
        let metrics = dashboard.graphs.iter().map(|it| it.show.len()).sum();
        let (limit, origin) = (&limits::DASHBOARD_METRICS, dashboard.origin);
        sizes.hold(limit, &dashboard.name, origin, metrics);
    }
    let mut found = sizes.found;
    found.extend(physical::twins(pipeline, template));
    found
}

struct Sizes<'a> {
    pipeline: &'a Pipeline,
    lowered: &'a Lowered,
    template: &'a Template,
    resolved: Resolved<'a>,
    found: Vec<Refusal>,
}

impl Sizes<'_> {
    /// The template itself. Its text is made only where its resources fit.
    fn whole(&mut self) {
        let of_pipeline = self.pipeline.key.origin;
        let counts = [
            (&limits::RESOURCES, self.template.resources.0.len()),
            (&limits::PARAMETERS, self.template.parameters.0.len()),
            (&limits::OUTPUTS, self.template.outputs.0.len()),
        ];
        for (limit, count) in counts {
            self.refuse(&diag::P0420, limit, "", of_pipeline, count);
        }
        if self.found.is_empty() {
            let bytes = self.lowered.template_text().len();
            self.refuse(&diag::P0420, &limits::TEMPLATE, "", of_pipeline, bytes);
        }
        let parts = self.template.resources.0.iter();
        let parts = parts.filter(|(_, it)| matches!(it.properties, Properties::PathPart(_)));
        let count = parts.count();
        let deepest = self.pipeline.routes.iter().max_by_key(|it| it.path.len());
        let origin = deepest.map_or(of_pipeline, |it| it.origin);
        self.hold(&limits::PATH_PARTS, "", origin, count);
        for (name, parameter) in &self.template.parameters.0 {
            let length = parameter.description.chars().count();
            let declared = self.pipeline.parameters.values();
            let declared = declared
                .into_iter()
                .find(|it| super::pascal(&it.name) == *name);
            let origin = declared.map_or(of_pipeline, |it| it.origin);
            let limit = &limits::DEPLOY_PARAMETER_DESCRIPTION;
            self.hold(limit, name, origin, length);
        }
    }

    fn buses(&mut self) {
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in self.pipeline.rules.values() {
            *rules.entry(&rule.bus).or_default() += 1;
        }
        for (name, count) in rules {
            if let Some(bus) = self.pipeline.buses.get(name) {
                self.hold(&limits::RULES, name, bus.origin, count);
            }
        }
    }

    /// What each type says that a spec can make too large of it.
    fn resource(&mut self, id: &str, resource: &Resource) {
        resource.properties.sizes(&mut |limit, size| {
            let size = self.longest(limit, size);
            if size > limit.most {
                let origin = self.origin(&resource.metadata.pipe);
                self.hold(limit, id, origin, size);
            }
        });
    }

    /// How much it can be at the longest. A document is measured only where it could be too long at all.
    fn longest(&mut self, limit: &Limit, size: Size<'_>) -> usize {
        match size {
            Size::Count(count) => count,
            Size::Characters(text) => text.chars().count(),
            Size::Deployed(text) => self.resolved.text(text).chars().count(),
            Size::Document(document) => {
                let most = document.bytes_most();
                if most <= limit.most {
                    return most;
                }
                self.resolved.longest(&document.json()).to_string().len()
            }
        }
    }

    fn hold(&mut self, limit: &Limit, name: &str, origin: Origin, size: usize) {
        self.refuse(&diag::P0421, limit, name, origin, size);
    }

    fn refuse(
        &mut self,
        code: &'static diag::Code,
        limit: &Limit,
        name: &str,
        origin: Origin,
        size: usize,
    ) {
        let Some(reason) = limit.refused(size) else {
            return;
        };
        let message = if name.is_empty() {
            reason
        } else {
            format!("`{name}`: {reason}")
        };
        self.found.push(Refusal {
            code,
            origin,
            message,
        });
    }

    /// The declaration at a place such as `payments.pipe:31`.
    fn origin(&self, place: &SpecLine) -> Origin {
        let pipeline = self.pipeline;
        pipeline
            .declared_in(place.line())
            .unwrap_or(pipeline.key.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::cfn::size::Document;
    use crate::lower::tests::lowered_specs;

    /// What is not measured because it cannot be too long must really be shorter than that.
    #[test]
    fn no_document_is_longer_than_it_is_said_to_be_at_most() {
        let mut measured = 0;
        for (file, lowered) in lowered_specs() {
            let template = lowered.template;
            let mut resolved = Resolved::new(&template.resources);
            for (id, resource) in &template.resources.0 {
                let mut measure = |document: &dyn Document| {
                    let length = resolved.longest(&document.json()).to_string().len();
                    assert!(length < document.bytes_most(), "{file} {id}: {length}");
                    measured += 1;
                };
                resource.properties.sizes(&mut |_, size| {
                    if let Size::Document(it) = size {
                        measure(it);
                    }
                });
                // No limit is near this one, and it is a policy like the others.
                if let Properties::Role(it) = &resource.properties {
                    measure(&it.assume_role_policy_document);
                }
            }
        }
        assert!(measured > 100, "{measured}");
    }
}
