//! Where declarations stand, of all kinds: what is found wrong in a template is told at the line of the spec that it comes from.

use super::{Origin, Pipeline, Trigger};

impl Pipeline {
    /// What is declared in a line; of several the one that comes first here.
    pub(crate) fn declared_in(&self, line: usize) -> Option<Origin> {
        // Each field is named, so that a kind cannot be forgotten: rustc asks for it.
        let Self {
            name: _,
            file: _,
            doc: _,
            key,
            secrets,
            parameters,
            providers,
            networks,
            api_keys,
            events,
            types,
            errors,
            tables,
            queues,
            topics,
            buses,
            rules,
            buckets,
            routes,
            functions,
            retries,
            workflows,
            alarms,
            dashboards,
            grants,
        } = self;
        let mut all = (functions.values().map(|it| it.origin))
            .chain(workflows.values().map(|it| it.origin))
            .chain(rules.values().map(|it| it.origin))
            .chain(buses.values().map(|it| it.origin))
            .chain(topics.values().map(|it| it.origin))
            .chain(queues.values().map(|it| it.origin))
            .chain(tables.values().map(|it| it.origin))
            .chain(buckets.values().map(|it| it.origin))
            .chain(parameters.values().map(|it| it.origin))
            .chain(secrets.values().map(|it| it.origin))
            .chain(routes.iter().map(|it| it.origin))
            .chain(api_keys.values().map(|it| it.origin))
            .chain(networks.values().map(|it| it.origin))
            .chain(alarms.values().map(|it| it.origin))
            .chain(dashboards.values().map(|it| it.origin))
            .chain(grants.values().map(|it| it.origin))
            .chain(providers.values().map(|it| it.origin))
            .chain(events.values().map(|it| it.origin))
            .chain(types.values().map(|it| it.origin))
            .chain(errors.values().map(|it| it.origin))
            .chain(retries.values().map(|it| it.origin))
            // What stands inside of a declaration, on a line of its own.
            .chain(
                queues
                    .values()
                    .filter_map(|it| Some(it.on.as_ref()?.origin)),
            )
            .chain(functions.values().filter_map(|it| match &it.trigger {
                Trigger::Topic(on) => Some(on.origin),
                Trigger::Nothing
                | Trigger::Route(_)
                | Trigger::Rules(_)
                | Trigger::Workflows(_)
                | Trigger::Queue { .. }
                | Trigger::Stream { .. } => None,
            }))
            .chain([key.origin]);
        all.find(|it| it.line == line)
    }
}
