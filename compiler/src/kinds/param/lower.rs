//! `param`: an SSM parameter that the stack makes, one that it only names, or a parameter of the template.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::ssm;
use crate::emit::cfn::template::{self, Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Sub, Text, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::param::KIND;
use crate::lower::grant::{self, Rights};
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, names};
use crate::model::{self, ParameterSource, Permission, Piece, Pipeline, Type};

impl Declared for model::Parameter {
    of_kind!(KIND);

    /// Adds the SSM parameter, where the spec gives its value.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let ParameterSource::Value(value) = &self.source else {
            return;
        };
        let doc = crate::lower::prose::readable(self.doc.trim());
        let resource = ssm::Parameter {
            name: physical(&stack.pipeline.name, self).done(),
            kind: "String",
            value: value.clone(),
            description: (!doc.is_empty()).then_some(doc),
        };
        let handle = Handle::<ssm::Parameter>::new(names::id(&self.name, "Parameter"));
        let pipe = stack.at(&self.origin);
        stack.resources.add(&handle, Resource::new(resource, pipe));
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        if matches!(self.source, ParameterSource::Value(_)) {
            // `Ref` of a parameter is its name.
            let value = Value::parameter(names::pascal(&self.name) + "Parameter").any();
            let told = text_of(("Parameter ", &self.name));
            outputs.add(&self.name, "ParameterName", told, value);
        }
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        // An address that a topic writes to is said at the topic.
        let mut permissions = picture
            .pipeline
            .grants
            .values()
            .flat_map(|it| &it.permissions);
        if !permissions.any(|it| it.resource == self.name) {
            return;
        }
        let from = match self.source {
            ParameterSource::External => "SSM, made outside",
            ParameterSource::Value(_) => "SSM, made by the stack",
            ParameterSource::AtDeploy => "set at deployment",
        };
        picture.add(
            Part::Setting,
            KIND.keyword,
            &self.name,
            self.origin,
            vec![from.to_owned()],
        );
    }

    fn report(&self, _: &mut Sections<'_>) {}

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        // One that is set at deployment stands in the environment and needs no right.
        if self.source != ParameterSource::AtDeploy {
            let arn = arn(&rights.stack.pipeline.name, self);
            let actions = &["ssm:GetParameter"];
            rights.add(grant::one(permission, pipe, "Read", "read", actions, arn));
        }
    }

    fn variable(&self, stack: &Stack<'_>, _: &Permission) -> Option<Variable> {
        let value = match self.source {
            ParameterSource::AtDeploy => deploy_value(&self.name).any(),
            ParameterSource::External | ParameterSource::Value(_) => {
                physical(&stack.pipeline.name, self).done()
            }
        };
        Some(("PARAM", value))
    }
}

/// The name in SSM: as written, or `/<pipeline>/<EnvironmentSuffix>/<name>`.
pub(crate) fn physical(pipeline: &str, parameter: &model::Parameter) -> Sub {
    match &parameter.physical {
        Some(written) => names::written(written),
        None => names::ssm(pipeline, &parameter.name),
    }
}

/// The ARN. IAM writes the slash at the beginning of a name once.
pub(crate) fn arn(pipeline: &str, parameter: &model::Parameter) -> Value<Any> {
    let written = parameter.physical.as_ref().and_then(|it| it.first());
    let absolute = match written {
        Some(Piece::Text(text)) => text.starts_with('/'),
        Some(_) => false,
        None => true,
    };
    let arn = Sub::arn_of("ssm").text(if absolute { "parameter" } else { "parameter/" });
    arn.followed_by(&physical(pipeline, parameter)).done()
}

/// The value of an `at deploy` parameter.
pub(crate) fn deploy_value(name: &str) -> Value<Text> {
    Value::parameter(names::pascal(name))
}

/// The template parameters of the `at deploy` ones.
pub(crate) fn at_deploy(
    pipeline: &Pipeline,
) -> impl Iterator<Item = (String, template::Parameter)> {
    let parameters = pipeline.parameters.values();
    parameters
        .filter(|it| it.source == ParameterSource::AtDeploy)
        .map(|it| (names::pascal(&it.name), template_parameter(pipeline, it)))
}

fn template_parameter(pipeline: &Pipeline, parameter: &model::Parameter) -> template::Parameter {
    let mut topics = pipeline.topics.values();
    let told = topics.find(|it| it.email.as_ref() == Some(&parameter.name));
    let (allowed_pattern, constraint_description) = match parameter.ty {
        _ if told.is_some() => (Some(r"^[^@\s]+@[^@\s]+$"), Some("an e-mail address")),
        Type::Int => (Some(r"^-?[0-9]{1,18}$"), Some("a whole number")),
        Type::Decimal => (
            Some(r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"),
            Some("a decimal number, such as 12.50"),
        ),
        Type::Bool => (Some("^(true|false)$"), Some("true or false")),
        _ => (Some(r"^.{1,4096}$"), Some("a text that is not empty")),
    };
    let doc = crate::lower::prose::readable(parameter.doc.trim());
    let described = if !doc.is_empty() {
        doc
    } else if let Some(topic) = told {
        text_of(("E-mail address that the topic ", &topic.name, " writes to"))
    } else {
        text_of(("Value of the parameter ", &parameter.name))
    };
    template::Parameter {
        kind: "String",
        description: described.into(),
        default: None,
        allowed_pattern,
        allowed_values: Vec::new(),
        constraint_description,
    }
}
