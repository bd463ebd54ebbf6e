//! The statements of a template's policies, and the template without one of them.

use pipe_engine::artifacts::{self, ArtifactError, Deployment, Place};
use serde_json::Value;

/// One statement of a policy of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    /// Logical id of the role or resource that the policy belongs to.
    pub(crate) owner: String,
    /// Type of that resource: `AWS::IAM::Role`.
    pub(crate) kind: String,
    /// `Sid`; of a permission of Lambda the logical id.
    pub(crate) sid: String,
    pub(crate) allows: bool,
    /// Says who may take a role, not what the role may do.
    pub(crate) is_trust: bool,
    at: At,
}

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// The whole resource is one statement.
    Whole,
    /// JSON pointer below the resource, and the place in the list of statements there.
    List(String, usize),
    /// The same in a document that is written as text.
    Text(String, usize),
}

impl std::fmt::Display for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.sid, self.owner)
    }
}

/// Properties that hold policy documents.
const DOCUMENTS: [&str; 3] = ["PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy"];

/// Every statement of every policy of the template.
pub(crate) fn all(template: &Value) -> Vec<Statement> {
    let mut found = Vec::new();
    for (owner, resource) in template["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        let mut add = |statement: &Value, is_trust: bool, at: At| {
            let sid = statement["Sid"].as_str().unwrap_or(owner);
            found.push(Statement {
                owner: owner.clone(),
                kind: kind.to_owned(),
                sid: sid.to_owned(),
                allows: statement["Effect"] != "Deny",
                is_trust,
                at,
            });
        };
        if kind == "AWS::Lambda::Permission" {
            add(resource, false, At::Whole);
            continue;
        }
        let mut documents: Vec<String> = DOCUMENTS
            .iter()
            .map(|it| format!("/Properties/{it}"))
            .collect();
        let own = resource["Properties"]["Policies"].as_array();
        documents.extend(
            (0..own.map_or(0, Vec::len))
                .map(|it| format!("/Properties/Policies/{it}/PolicyDocument")),
        );
        for at in documents {
            let Some(document) = resource.pointer(&at) else {
                continue;
            };
            let is_trust = at.ends_with("AssumeRolePolicyDocument");
            if let Some(text) = document["Fn::Sub"].as_str() {
                let parsed: Value = serde_json::from_str(text).unwrap();
                for (index, it) in parsed["Statement"].as_array().unwrap().iter().enumerate() {
                    add(it, is_trust, At::Text(at.clone(), index));
                }
                continue;
            }
            for (index, it) in document["Statement"].as_array().unwrap().iter().enumerate() {
                add(it, is_trust, At::List(at.clone(), index));
            }
        }
    }
    found
}

/// The template without these statements.
pub(crate) fn without(template: &Value, statements: &[&Statement]) -> Value {
    let mut template = template.clone();
    let resources = template["Resources"].as_object_mut().unwrap();
    // From the back, so that the places of those before stay right.
    let mut statements = statements.to_vec();
    statements.sort_by(|one, other| one.at.cmp(&other.at));
    for statement in statements.into_iter().rev() {
        let resource = resources.get_mut(&statement.owner).unwrap();
        match &statement.at {
            At::Whole => {
                resources.remove(&statement.owner);
            }
            At::List(at, index) => {
                let document = resource.pointer_mut(at).unwrap();
                document["Statement"].as_array_mut().unwrap().remove(*index);
            }
            At::Text(at, index) => {
                let document = resource.pointer_mut(at).unwrap();
                let text = document["Fn::Sub"].as_str().unwrap();
                let mut parsed: Value = serde_json::from_str(text).unwrap();
                parsed["Statement"].as_array_mut().unwrap().remove(*index);
                document["Fn::Sub"] = parsed.to_string().into();
            }
        }
    }
    template
}

/// What the engine makes of a template.
pub(crate) fn deployment(name: &str, template: &Value) -> Result<Deployment, ArtifactError> {
    artifacts::read(template, &name.replace('_', "-"), &Place::default())
}
