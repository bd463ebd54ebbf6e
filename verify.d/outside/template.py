"""A CloudFormation template with its references resolved, as a stack would have them, for tools that read plain values."""

import json
import re

from outside import aws

NO_VALUE = object()  # not None, since a state machine may say null
PSEUDO = {
    "AWS::AccountId": aws.ACCOUNT,
    "AWS::Region": aws.REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "verify",
    "AWS::StackId": f"arn:aws:cloudformation:{aws.REGION}:{aws.ACCOUNT}:stack/verify/00000000-0000-0000-0000-000000000000",
    "AWS::NoValue": NO_VALUE,
}
KEY_ID = "11111111-2222-3333-4444-555555555555"

# For each type: the property that holds its physical name, what `Ref` gives and what `Arn` is, both from that name.
# Source: the "Return values" of each type in the CloudFormation reference, the ARN formats in the service authorization reference.
_HERE = f"{aws.REGION}:{aws.ACCOUNT}"
_TYPES = {
    "AWS::DynamoDB::Table": ("TableName", "{}", f"arn:aws:dynamodb:{_HERE}:table/{{}}"),
    "AWS::Lambda::Function": ("FunctionName", "{}", f"arn:aws:lambda:{_HERE}:function:{{}}"),
    "AWS::IAM::Role": ("RoleName", "{}", f"arn:aws:iam::{aws.ACCOUNT}:role/{{}}"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", f"arn:aws:iam::{aws.ACCOUNT}:policy/{{}}", f"arn:aws:iam::{aws.ACCOUNT}:policy/{{}}"),
    "AWS::KMS::Key": (None, KEY_ID, f"arn:aws:kms:{_HERE}:key/{KEY_ID}"),
    "AWS::KMS::Alias": ("AliasName", "{}", f"arn:aws:kms:{_HERE}:{{}}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "{}", f"arn:aws:logs:{_HERE}:log-group:{{}}:*"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", f"arn:aws:states:{_HERE}:stateMachine:{{}}", f"arn:aws:states:{_HERE}:stateMachine:{{}}"),
    "AWS::Pipes::Pipe": ("Name", "{}", f"arn:aws:pipes:{_HERE}:pipe/{{}}"),
    "AWS::SQS::Queue": ("QueueName", f"https://sqs.{aws.REGION}.amazonaws.com/{aws.ACCOUNT}/{{}}", f"arn:aws:sqs:{_HERE}:{{}}"),
    "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{_HERE}:{{}}", f"arn:aws:sns:{_HERE}:{{}}"),
    "AWS::S3::Bucket": ("BucketName", "{}", "arn:aws:s3:::{}"),
    "AWS::Events::EventBus": ("Name", "{}", f"arn:aws:events:{_HERE}:event-bus/{{}}"),
    "AWS::Events::Rule": ("Name", "{}", f"arn:aws:events:{_HERE}:rule/{{}}"),
    "AWS::SSM::Parameter": ("Name", "{}", f"arn:aws:ssm:{_HERE}:parameter{{}}"),
    "AWS::ApiGateway::RestApi": (None, "a1b2c3d4e5", f"arn:aws:apigateway:{aws.REGION}::/restapis/a1b2c3d4e5"),
    "AWS::ApiGateway::Stage": ("StageName", "{}", "{}"),
}


class Unresolved(Exception):
    """A reference to what the template does not declare, or an intrinsic that this resolver does not know."""


class Template:
    """A parsed template and values for its parameters (their defaults, else made-up ones)."""

    def __init__(self, document, **parameters):
        self.document = document
        declared = document.get("Parameters", {})
        self.parameters = {name: parameters.get(name, value.get("Default", name.lower())) for name, value in declared.items()}

    def resources(self, kind=None):
        """Logical id to resolved resource, of those whose condition holds."""
        return {name: self.resolve(resource) for name, resource in self.document["Resources"].items()
                if (kind is None or resource["Type"] == kind) and self.holds(resource)}

    def properties(self, kind):
        return {name: resource.get("Properties", {}) for name, resource in self.resources(kind).items()}

    def holds(self, resource):
        return "Condition" not in resource or self.condition(resource["Condition"])

    def condition(self, name):
        return bool(self.resolve(self.document["Conditions"][name]))

    def resolve(self, value):
        """`value` with every intrinsic replaced; a property that resolves to AWS::NoValue is left out."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if name.startswith("Fn::"):
                return self._intrinsic(name[4:], argument)
        pairs = ((name, self.resolve(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item is not NO_VALUE}

    def _ref(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        form, physical = self._resource(name)
        return form[1].format(physical)

    def _resource(self, name):
        resource = self.document["Resources"].get(name)
        if resource is None:
            raise Unresolved(f"{name} is neither a parameter nor a resource")
        form = _TYPES.get(resource["Type"], (None, "{}", "{}"))
        named = resource.get("Properties", {}).get(form[0]) if form[0] else None
        return form, self.resolve(named) if named is not None else f"verify-{name}"

    def _attribute(self, name, attribute):
        form, physical = self._resource(name)
        if attribute == "Arn":
            return form[2].format(physical)
        if attribute == "StreamArn":
            # A real label is an instant with colons; parliament takes every colon for a new part of the ARN.
            return f"{form[2].format(physical)}/stream/2026-01-01T00.00.00.000"
        if attribute in ("QueueName", "TopicName", "Name", "TableName"):
            return physical
        return f"{name}.{attribute}"

    def _intrinsic(self, name, argument):
        match name:
            case "GetAtt":
                owner, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
                return self._attribute(owner, attribute)
            case "Sub":
                return self._sub(argument)
            case "Join":
                separator, parts = argument
                return separator.join(str(part) for part in self.resolve(parts))
            case "If":
                condition, yes, no = argument
                return self.resolve(yes if self.condition(condition) else no)
            case "Equals":
                left, right = self.resolve(argument)
                return left == right
            case "Not":
                return not self.resolve(argument[0])
            case "And":
                return all(self.resolve(argument))
            case "Or":
                return any(self.resolve(argument))
            case "Select":
                index, items = argument
                return self.resolve(items)[int(index)]
            case "Split":
                separator, text = argument
                return self.resolve(text).split(separator)
            case "FindInMap":
                first, second, third = self.resolve(argument)
                return self.document["Mappings"][first][second][third]
            case "GetAZs":
                return [f"{aws.REGION}a", f"{aws.REGION}b", f"{aws.REGION}c"]
        raise Unresolved(f"Fn::{name}")

    def _sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})

        def put(match):
            name = match.group(1)
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return str(self.resolve(own[name]))
            if "." in name:
                return str(self._attribute(*name.split(".", 1)))
            return str(self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", put, text)

    def policies(self):
        """Every identity policy: (where it stands, document)."""
        for name, resource in self.resources().items():
            properties = resource.get("Properties", {})
            for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
                yield f"{name}/{policy['PolicyName']}", policy["PolicyDocument"]
            if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
                yield name, properties["PolicyDocument"]

    def resource_policies(self):
        """Every policy that stands on a resource: (where, document)."""
        for name, resource in self.resources().items():
            properties = resource.get("Properties", {})
            for key in ("KeyPolicy", "ResourcePolicy", "AssumeRolePolicyDocument"):
                if isinstance(properties.get(key), dict):
                    yield f"{name}/{key}", properties[key]
            if "PolicyDocument" in properties and not resource["Type"].startswith("AWS::IAM::"):
                document = properties["PolicyDocument"]
                # CloudWatch Logs takes its policy as a text.
                yield f"{name}/PolicyDocument", json.loads(document) if isinstance(document, str) else document


def statements(document):
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def listed(value):
    """A policy element that may be one text or a list of them."""
    return [] if value is None else value if isinstance(value, list) else [value]
