//! Values of a template with the type of what they refer to: a key's ARN in a role's place does not compile.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::size::Limits;
use crate::emit::piece::Piece;

/// A logical id: one that every template has, or one that is made of a declared name.
pub type Id = Cow<'static, str>;

/// What a value is when it is no reference: any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text;

/// The ARN of a resource of kind `R`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<R>(PhantomData<fn() -> R>);

/// What `Ref` gives for a resource of kind `R`: its name or identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<R>(PhantomData<fn() -> R>);

/// A value in a place that takes several kinds, such as `Resource` of a policy statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Any;

/// Text, or an intrinsic function that becomes text at deployment.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Text(Cow<'static, str>),
    Ref(Id),
    GetAtt(Id, &'static str),
    Sub(Cow<'static, str>),
    If(&'static str, Box<Tree>, Box<Tree>),
    Zone(u32),
}

/// A value that is, at deployment, a `T`.
#[derive(Debug)]
pub struct Value<T> {
    tree: Tree,
    of: PhantomData<fn() -> T>,
}

// Derived impls would ask the same of `T`, which is only a marker.
impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self::new(self.tree.clone())
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl<T> Value<T> {
    fn new(tree: Tree) -> Self {
        Self {
            tree,
            of: PhantomData,
        }
    }

    /// This when the named condition holds, else the other.
    pub fn when(self, condition: &'static str, otherwise: Self) -> Self {
        Self::new(Tree::If(
            condition,
            Box::new(self.tree),
            Box::new(otherwise.tree),
        ))
    }

    /// This value in a place that takes any kind.
    pub fn any(self) -> Value<Any> {
        Value::new(self.tree)
    }
}

impl Value<Text> {
    /// Text that is known now.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tree::Text(text.into()))
    }

    /// A template parameter or pseudo parameter.
    pub fn parameter(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tree::Ref(name.into()))
    }

    /// The region's availability zone of that index, counted from 0.
    pub fn zone(index: u32) -> Self {
        Self::new(Tree::Zone(index))
    }
}

impl Value<Any> {
    /// The whole-service wildcard. Only `lower::policy::unscoped` writes it, always with a reason.
    pub(crate) fn every_resource() -> Self {
        Self::new(Tree::Text("*".into()))
    }

    /// An attribute of the resource with this logical id.
    pub(crate) fn attribute_of(id: impl Into<Cow<'static, str>>, attribute: &'static str) -> Self {
        Self::new(Tree::GetAtt(id.into(), attribute))
    }
}

impl<T> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tree.serialize(serializer)
    }
}

impl<T> Value<T> {
    /// Its text, with `${…}` where something is filled in; none where all of it is something else's.
    pub(crate) fn spelled(&self) -> Option<&str> {
        match &self.tree {
            Tree::Text(text) | Tree::Sub(text) => Some(text),
            Tree::Ref(_) | Tree::GetAtt(..) | Tree::If(..) | Tree::Zone(_) => None,
        }
    }

    /// This as it stands in a text that becomes one `Fn::Sub`: with `${…}` where it refers to something.
    pub(super) fn in_text(self) -> Self {
        let text = match self.tree {
            Tree::Text(text) => Sub::default().text(&text),
            Tree::Ref(name) => Sub::default().parameter(&name),
            Tree::GetAtt(id, attribute) => Sub::default().attribute(&id, attribute),
            Tree::Sub(text) => return Self::new(Tree::Text(text)),
            // A condition or a zone has no such form, and no document that is a text has one in it.
            Tree::If(..) | Tree::Zone(_) => return self,
        };
        Self::new(Tree::Text(text.text.into()))
    }

    /// True of the resource with this logical id, of its ARN and of what lies below either.
    pub fn names(&self, id: &str) -> bool {
        match &self.tree {
            Tree::Text(text) | Tree::Ref(text) | Tree::Sub(text) => {
                let rest = text.strip_prefix("${").and_then(|it| it.strip_prefix(id));
                text == id || rest.is_some_and(|it| it.starts_with('}') || it.starts_with(".Arn}"))
            }
            Tree::GetAtt(of, attribute) => of == id && *attribute == "Arn",
            Tree::If(..) | Tree::Zone(_) => false,
        }
    }
}

/// As a person reads it: the logical id of what is referred to, or the text with its `${…}`.
impl<T> Piece for Value<T> {
    fn write(&self, to: &mut String) {
        match &self.tree {
            Tree::Text(text) | Tree::Ref(text) | Tree::Sub(text) => to.push_str(text),
            Tree::GetAtt(id, attribute) => (id, ".", attribute).write(to),
            Tree::If(condition, ..) => ("as ", condition, " says").write(to),
            Tree::Zone(index) => ("zone ", index).write(to),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // An object with one member of a name that is known is what serde calls a variant.
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Ref(name) => serializer.serialize_newtype_variant("Value", 0, "Ref", name),
            Self::Sub(text) => serializer.serialize_newtype_variant("Value", 1, "Fn::Sub", text),
            Self::GetAtt(id, attribute) => {
                let of = (id, attribute);
                serializer.serialize_newtype_variant("Value", 2, "Fn::GetAtt", &of)
            }
            Self::If(condition, then, otherwise) => {
                let ways = (condition, then, otherwise);
                serializer.serialize_newtype_variant("Value", 3, "Fn::If", &ways)
            }
            Self::Zone(index) => {
                let zones = BTreeMap::from([("Fn::GetAZs", "")]);
                let of = (index, zones);
                serializer.serialize_newtype_variant("Value", 4, "Fn::Select", &of)
            }
        }
    }
}

/// A property that is there only when the named condition of the template holds.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlyWhen<T> {
    /// The condition.
    pub condition: &'static str,
    /// The property's value when it holds.
    pub value: T,
}

impl<T: Serialize> Serialize for OnlyWhen<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing = BTreeMap::from([("Ref", "AWS::NoValue")]);
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("Fn::If", &(self.condition, &self.value, nothing))?;
        map.end()
    }
}

/// A kind of CloudFormation resource. Nothing has a default: a clash of names or a limit that was forgotten would be seen at the deploy only.
pub trait Resource: Sized + 'static {
    /// Its type name: `AWS::SQS::Queue`.
    const TYPE: &'static str;
    /// Under what name AWS knows one.
    const NAME: Naming<Self>;
    /// What of one a spec can make too large.
    const LIMITS: Limits<Self>;
}

/// Under what name AWS knows a resource of kind `R`.
#[derive(Debug)]
pub enum Naming<R> {
    /// One that nothing else of the kind can have in an account and region. The word is said of each resource whose names must differ: `table`, `log group`.
    Unique(&'static str, fn(&R) -> &Value<Text>),
    /// One that the same in another stack may have as well.
    Shared(fn(&R) -> &Value<Text>),
    /// AWS makes it up, or it has none that another stack could have.
    None,
}

impl<R> Naming<R> {
    /// The name of this resource.
    pub(super) fn of<'a>(&self, it: &'a R) -> Option<&'a Value<Text>> {
        match self {
            Self::Unique(_, name) | Self::Shared(name) => Some(name(it)),
            Self::None => None,
        }
    }

    /// The name of this resource after the word for it, if nothing else can have it.
    pub(super) fn unique_of<'a>(&self, it: &'a R) -> Option<(&'static str, &'a Value<Text>)> {
        match self {
            Self::Unique(word, name) => Some((word, name(it))),
            Self::Shared(_) | Self::None => None,
        }
    }
}

/// A resource kind whose ARN the template can ask for.
pub trait HasArn: Resource {
    /// The attribute that `Fn::GetAtt` gives it under; without one, `Ref` is the ARN.
    const ATTRIBUTE: Option<&'static str> = Some("Arn");
}

/// A declared resource, by which others refer to it.
#[derive(Debug)]
pub struct Handle<R> {
    /// Its logical id.
    pub id: Id,
    of: PhantomData<fn() -> R>,
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone())
    }
}

impl<R> Handle<R> {
    /// The handle of the resource with this logical id.
    pub fn new(id: impl Into<Id>) -> Self {
        Self {
            id: id.into(),
            of: PhantomData,
        }
    }

    /// `Ref`: name or identifier.
    pub fn name(&self) -> Value<Name<R>> {
        Value::new(Tree::Ref(self.id.clone()))
    }

    /// Another attribute than the ARN, of kind `T`.
    pub fn attribute<T>(&self, name: &'static str) -> Value<T> {
        Value::new(Tree::GetAtt(self.id.clone(), name))
    }
}

impl<R: HasArn> Handle<R> {
    /// The ARN.
    pub fn arn(&self) -> Value<Arn<R>> {
        match R::ATTRIBUTE {
            Some(attribute) => self.attribute(attribute),
            None => Value::new(Tree::Ref(self.id.clone())),
        }
    }
}

/// Builds a `Fn::Sub` in its string form. Text given to `text` can never become a reference.
#[derive(Clone, Debug)]
pub struct Sub {
    text: String,
    /// Text without a reference needs no function, and linters say so.
    refers: bool,
}

/// What most names need, so that they are not moved as they grow.
const SUB_BYTES: usize = 96;

/// What most ARNs need.
const ARN_BYTES: usize = 160;

impl Default for Sub {
    fn default() -> Self {
        Self {
            text: String::with_capacity(SUB_BYTES),
            refers: false,
        }
    }
}

impl Sub {
    /// Literal text; `${` is written `${!`, which CloudFormation gives back as `${`.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        // Most texts have none, and copying them to find that out is most of the work.
        if text.contains('$') {
            let text = text.replace("${", "${!");
            self.refers |= text.contains("${");
            self.text.push_str(&text);
        } else {
            self.text.push_str(text);
        }
        self
    }

    /// A declared name, as names in AWS are written: `payment_events` is `payment-events`.
    #[must_use]
    pub(crate) fn kebab(mut self, name: &str) -> Self {
        // Declared names have no `$`; a text of the spec that stands for one may.
        if name.contains('$') {
            return self.text(&name.replace('_', "-"));
        }
        let dashed = |it: char| if it == '_' { '-' } else { it };
        self.text.extend(name.chars().map(dashed));
        self
    }

    /// A template parameter or pseudo parameter.
    #[must_use]
    pub fn parameter(mut self, name: &str) -> Self {
        self.refers = true;
        ("${", name, "}").write(&mut self.text);
        self
    }

    /// What `Fn::GetAtt` gives.
    #[must_use]
    pub(crate) fn attribute(mut self, id: &str, attribute: &str) -> Self {
        self.refers = true;
        ("${", id, ".", attribute, "}").write(&mut self.text);
        self
    }

    /// A text or `Fn::Sub` made before.
    #[must_use]
    pub fn value(mut self, value: &Value<Text>) -> Self {
        match &value.tree {
            Tree::Text(text) => self.text(text),
            Tree::Ref(name) => self.parameter(name),
            Tree::GetAtt(id, attribute) => self.attribute(id, attribute),
            Tree::Sub(text) => {
                self.refers = true;
                self.text.push_str(text);
                self
            }
            // A name depends on no condition and no zone.
            Tree::If(..) | Tree::Zone(_) => self,
        }
    }

    /// What `Ref` gives.
    #[must_use]
    pub fn name<R>(self, handle: &Handle<R>) -> Self {
        self.parameter(&handle.id)
    }

    /// What `Fn::GetAtt` gives for the ARN.
    #[must_use]
    pub fn arn<R: HasArn>(self, handle: &Handle<R>) -> Self {
        match R::ATTRIBUTE {
            Some(attribute) => self.attribute(&handle.id, attribute),
            None => self.parameter(&handle.id),
        }
    }

    /// `arn:<partition>:<service>:<region>:<account>:`, the beginning of most ARNs.
    pub fn arn_of(service: &str) -> Self {
        let mut arn = Self {
            text: String::with_capacity(ARN_BYTES),
            refers: true,
        };
        let account = ":${AWS::Region}:${AWS::AccountId}:";
        ("arn:${AWS::Partition}:", service, account).write(&mut arn.text);
        arn
    }

    /// A text that was put together of finished pieces ([`Sub::in_json`]).
    pub(crate) fn raw(text: String) -> Self {
        let refers = text.contains("${");
        Self { text, refers }
    }

    /// This as a piece of a JSON text that becomes one `Fn::Sub` as a whole.
    pub(crate) fn in_json(self) -> String {
        self.text
    }

    /// This, then the other.
    #[must_use]
    pub fn followed_by(mut self, other: &Self) -> Self {
        self.refers |= other.refers;
        self.text.push_str(&other.text);
        self
    }

    /// Its text, with `${…}` where references stand.
    pub fn readable(self) -> String {
        self.text.replace("${!", "${")
    }

    /// The finished value; the caller says what it is.
    pub fn done<T>(self) -> Value<T> {
        let text = self.text.into();
        Value::new(if self.refers {
            Tree::Sub(text)
        } else {
            Tree::Text(text)
        })
    }
}
