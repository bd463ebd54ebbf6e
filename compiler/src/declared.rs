//! What the stages after the check ask of each thing that is declared. Its kind's file answers, so that a kind costs no line anywhere else.

use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::{Any, Value};
use crate::emit::graph::Picture;
use crate::emit::permissions::Sections;
use crate::lower::Stack;
use crate::lower::grant::Rights;
use crate::lower::outputs::Outputs;
use crate::model::{Origin, Permission, Pipeline};

/// Something that is declared. Nothing here has a default but what few kinds have: rustc asks a new kind for each answer, and "nothing" is one.
pub(crate) trait Declared {
    /// Where it is declared: what is found wrong in a template is told there.
    fn origin(&self) -> Origin;

    /// Where something in it stands that has a line of its own and becomes resources.
    fn inside(&self) -> Option<Origin> {
        None
    }

    /// Adds the rights that a permission over it gives, and the use of the key that they need. Only what grants name has any.
    fn granted(&self, _: &Permission, _: &SpecLine, _: &mut Rights<'_, '_>) {}

    /// The variable that tells a function which is granted it where it is: its kind, and its name, ARN or URL.
    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<(&'static str, Value<Any>)> {
        None
    }

    /// Adds what it becomes to the template.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>);

    /// Adds what a person looks up after a deployment: addresses, names, ARNs.
    fn outputs(&self, stack: &Stack<'_>, outputs: &mut Outputs);

    /// Adds its box to the picture, if something flows through it.
    fn draw(&self, picture: &mut Picture<'_>);

    /// Adds its section to `permissions.md`, if it holds or carries something.
    fn report(&self, sections: &mut Sections<'_>);
}

/// Says of a part of the model that it becomes part of others, or code, and nothing of its own.
macro_rules! part_of_others {
    ($type:ty) => {
        impl crate::declared::Declared for $type {
            fn origin(&self) -> crate::model::Origin {
                self.origin
            }
            fn lower<'a>(&'a self, _: &mut crate::lower::Stack<'a>) {}
            fn outputs(&self, _: &crate::lower::Stack<'_>, _: &mut crate::lower::outputs::Outputs) {
            }
            fn draw(&self, _: &mut crate::emit::graph::Picture<'_>) {}
            fn report(&self, _: &mut crate::emit::permissions::Sections<'_>) {}
        }
    };
}

pub(crate) use part_of_others;

impl Pipeline {
    /// What is declared in a line; of several the one whose kind is read first.
    pub(crate) fn declared_in(&self, line: usize) -> Option<Origin> {
        let declared = self.declared().into_iter();
        let origins = declared.flat_map(|it| [Some(it.origin()), it.inside()]);
        let mut all = origins.flatten().chain([self.key.origin]);
        all.find(|it| it.line == line)
    }
}
