//! What the stages after the check ask of each thing that is declared. Its kind's files answer, so that a kind costs no line in those stages.

use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::{Any, Value};
use crate::emit::graph::Picture;
use crate::emit::permissions::Sections;
use crate::kinds::Kind;
use crate::lower::Stack;
use crate::lower::grant::Rights;
use crate::lower::outputs::Outputs;
use crate::model::{Origin, Permission, Pipeline};

/// A variable of a function's environment: what it is of, `TABLE`, and its value.
pub(crate) type Variable = (&'static str, Value<Any>);

/// Something that is declared. Nothing here has a default but what is inside of one: rustc asks a new kind for each answer, and "nothing" is one.
pub(crate) trait Declared {
    /// Its kind; of a part of the model that two kinds make, the first of them.
    fn kind(&self) -> &'static Kind;

    /// Where it is declared: what is found wrong in a template is told there.
    fn origin(&self) -> Origin;

    /// Where something in it stands that has a line of its own and becomes resources.
    fn inside(&self) -> Option<Origin> {
        None
    }

    /// Adds what it becomes to the template.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>);

    /// Adds what a person looks up after a deployment: addresses, names, ARNs.
    fn outputs(&self, stack: &Stack<'_>, outputs: &mut Outputs);

    /// Adds its box to the picture, if something flows through it, and the arrows that it knows of.
    fn draw(&self, picture: &mut Picture<'_>);

    /// Adds its section to `permissions.md`, if it holds or carries something.
    fn report(&self, sections: &mut Sections<'_>);

    /// Adds the rights that a permission over it gives, and the use of the key that they need; for each verb that its kind may be granted with.
    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>);

    /// The variable that tells a function which is granted it where it is: the kind in the variable's name, and its name, ARN or URL.
    fn variable(&self, stack: &Stack<'_>, permission: &Permission) -> Option<Variable>;
}

/// The answers of a part of the model that keeps its place in `origin`, as all do: what it is, and where it stands.
macro_rules! of_kind {
    ($kind:expr) => {
        fn kind(&self) -> &'static crate::kinds::Kind {
            &$kind
        }
        fn origin(&self) -> crate::model::Origin {
            self.origin
        }
    };
}

/// Says of a part of the model that it becomes part of others, or code, and nothing of its own.
macro_rules! part_of_others {
    ($type:ty) => {
        impl crate::declared::Declared for $type {
            crate::declared::of_kind!(KIND);
            fn lower<'a>(&'a self, _: &mut crate::lower::Stack<'a>) {}
            fn outputs(&self, _: &crate::lower::Stack<'_>, _: &mut crate::lower::outputs::Outputs) {
            }
            fn draw(&self, _: &mut crate::emit::graph::Picture<'_>) {}
            fn report(&self, _: &mut crate::emit::permissions::Sections<'_>) {}
            crate::declared::granted_to_nobody!();
        }
    };
}

/// The answers about grants of what no verb names.
macro_rules! granted_to_nobody {
    () => {
        fn granted(
            &self,
            _: &crate::model::Permission,
            _: &crate::emit::cfn::template::SpecLine,
            _: &mut crate::lower::grant::Rights<'_, '_>,
        ) {
        }
        fn variable(
            &self,
            _: &crate::lower::Stack<'_>,
            _: &crate::model::Permission,
        ) -> Option<crate::declared::Variable> {
            None
        }
    };
}

pub(crate) use {granted_to_nobody, of_kind, part_of_others};

impl Pipeline {
    /// What is declared in a line; of several the one whose kind is read first.
    pub(crate) fn declared_in(&self, line: usize) -> Option<Origin> {
        let declared = self.declared().into_iter();
        let origins = declared.flat_map(|it| [Some(it.origin()), it.inside()]);
        let mut all = origins.flatten().chain([self.key.origin]);
        all.find(|it| it.line == line)
    }
}
