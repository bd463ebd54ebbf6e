//! What a function is granted, as traits that are implemented for nothing else.

use pipe_quote::quote;
use pipe_tokens::{Doc, Ident, Tokens};

use super::ContextItems;
use crate::emit::rust::resources::spelled;
use crate::model::{Grant, Permission, Verb};

impl ContextItems<'_> {
    /// The traits whose absence the compiler complains about, with the mend in the complaint, and what is granted.
    pub(super) fn grants(&self) -> Vec<Tokens> {
        let (may, may_update) = (&self.own.grant, &self.own.update);
        let grant = self.grant();
        let permissions = grant
            .map(|it| it.permissions.as_slice())
            .unwrap_or_default();
        let (name, file) = (self.name(), &self.pipeline.file);
        let line = grant.map_or(self.function.origin.line, |it| it.origin.line);
        let place = format!("{file}:{line}");
        let docs = Doc::new(match grant {
            Some(_) => format!(
                "A permission of `{name}`, of which `grant {name}` ({place}) is the whole list."
            ),
            None => format!("A permission of `{name}`, to which {file} grants nothing."),
        });
        let label = format!("{place} does not grant this to the code of `{name}`");
        let mend = |permission: &str| match grant {
            Some(_) => format!("to allow it, add `{permission}` to `grant {name}` in {place}"),
            None => format!("to allow it, add to {file}: grant {name} {{{{ {permission} }}}}"),
        };
        let mut by_edges: Vec<String> = Vec::new();
        for it in permissions.iter().filter(|it| it.used_by_edge) {
            let words = self.permission(it);
            if !by_edges.contains(&words) {
                by_edges.push(words);
            }
        }
        let message = format!("`{name}` is not granted `{{Verb}}: {{Self}}`");
        let note = mend("{Verb}: {Self}");
        let mut items = Vec::new();
        items.push(if by_edges.is_empty() {
            quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
                pub trait #may<Verb> {}
            }
        } else {
            let edges = format!(
                "granted for the spec's edges, which the runtime carries out, not the code: {}",
                by_edges.join(", ")
            );
            quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note, note = #edges)]
                pub trait #may<Verb> {}
            }
        });
        if !self.used.fields.is_empty() {
            let docs = Doc::new(format!("A field that `{name}` may change."));
            let message = format!("`{name}` is not granted `update: {{Self}}.{{Field}}`");
            let note = mend("update: {Self}.{Field}");
            items.push(quote! {
                #docs
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
                pub trait #may_update<Field> {}
            });
        }
        let capabilities = permissions
            .iter()
            .filter(|it| !it.used_by_edge && !matches!(it.verb, Verb::Call | Verb::Receive));
        let mut once: Vec<Tokens> = Vec::new();
        for it in capabilities.map(|it| self.granted(it)) {
            // The members of a family that the call chooses from are one name.
            if !once.contains(&it) {
                once.push(it);
            }
        }
        if !once.is_empty() {
            items.push(quote!(#(#once)*));
        }
        items
    }

    fn granted(&self, it: &Permission) -> Tokens {
        let (may, may_update) = (&self.own.grant, &self.own.update);
        if let Some(field) = &it.field {
            let (table, field) = (
                self.names.marker(&it.resource),
                self.names.field_marker(field),
            );
            return quote!(impl #may_update<#field> for #table {});
        }
        let verb = Ident::fixed(it.verb.word());
        let spelled = spelled(self.pipeline, self.function, &it.resource);
        let resource = self.names.marker(spelled);
        quote!(impl #may<#verb> for #resource {})
    }

    fn grant(&self) -> Option<&Grant> {
        self.pipeline.grants.get(&self.function.name)
    }

    fn permission(&self, it: &Permission) -> String {
        let resource = spelled(self.pipeline, self.function, &it.resource);
        match &it.field {
            Some(field) => format!("{}: {resource}.{field}", it.verb.word()),
            None => format!("{}: {resource}", it.verb.word()),
        }
    }
}
