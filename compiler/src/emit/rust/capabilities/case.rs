//! The rules and cases that send to a function, as an enum of their names.

use pipe_quote::quote;
use pipe_tokens::{Doc, Ident, Tokens};

use super::ContextItems;
use crate::emit::rust::names::variant;
use crate::model::Trigger;

impl ContextItems<'_> {
    /// The rules that send to it, as an enum: `StatusUpdatesCase::Large`.
    pub(super) fn case(&self) -> Vec<Tokens> {
        let (Some(case), Trigger::Rules(rules)) = (&self.own.case, &self.function.trigger) else {
            return Vec::new();
        };
        let docs = Doc::new(format!(
            "The rule or case that fired when `{}` is called.",
            self.name()
        ));
        let variants = self.cases(rules);
        let declared = variants
            .iter()
            .zip(rules)
            .map(|((_, docs), _)| Doc::new(docs));
        let variants: Vec<_> = variants.iter().map(|(name, _)| name).collect();
        let call = self.names.local("call");
        vec![
            quote! {
                #docs
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub enum #case { #(#declared #variants),* }
            },
            quote! {
                impl #case {
                    /// The rule's declared name, of a case `<group>_<case>`.
                    pub fn as_str(self) -> &'static str {
                        match self { #(Self::#variants => #rules),* }
                    }

                    fn of(#call: &Call) -> Result<Self, Fault> {
                        match #call.case_name() {
                            #(Some(#rules) => Ok(Self::#variants),)*
                            _ => Err(Fault::new("no rule of the spec made this call")),
                        }
                    }
                }
            },
        ]
    }

    /// Variants and their documentation. The cases of one group are called as in the spec; rules of several keep their whole names.
    fn cases(&self, rules: &[String]) -> Vec<(Ident, String)> {
        let rule = |it: &String| self.pipeline.rules.get(it);
        let case = |it: &String| rule(it).and_then(|it| it.case.clone());
        let first = rules.first().and_then(case).map(|(group, _)| group);
        let is_of_first = |it: &String| first.is_some() && case(it).map(|it| it.0) == first;
        let one_group = rules.iter().all(is_of_first);
        let variant_of = |it: &String| {
            let name = case(it)
                .filter(|_| one_group)
                .map_or_else(|| it.clone(), |it| it.1);
            let line = rule(it).map(|it| it.origin.line).unwrap_or_default();
            let words = match case(it) {
                Some((group, case)) => format!(
                    "`{case}` of `rules {group}`, {}:{line}.",
                    self.pipeline.file
                ),
                None => format!("`rule {it}`, {}:{line}.", self.pipeline.file),
            };
            (variant(&name), words)
        };
        rules.iter().map(variant_of).collect()
    }
}
