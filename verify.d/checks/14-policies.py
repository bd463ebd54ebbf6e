"""parliament finds nothing in any identity policy, references resolved, that has no reason in the template; beyond it: no wildcard without one."""

import json
import re
from collections import Counter

import parliament

from outside import aws, place, report
from outside.template import Template, listed, statements

# Actions without resource-level permission, where `Resource: *` is all that AWS takes.
# Source: the service authorization reference, actions whose "Resource types" column is empty.
NO_RESOURCES = {
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
    "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "cloudwatch:PutMetricData",
}
CONFUSED_DEPUTY = {"aws:sourcearn", "aws:sourceaccount"}


def check(found):
    count = findings = 0
    for path in place.templates():
        document = json.loads(path.read_text(encoding="utf-8"))
        template = Template(document)
        for where, policy in template.policies():
            count += 1
            name = f"{path.parent.name}/{where}"
            findings += explained(found, name, policy, notes(document, where))
            judge(found, name, policy, because(document, where))
        for where, policy in template.resource_policies():
            judge_standing_on_resource(found, f"{path.parent.name}/{where}", policy)
        trusted(found, path.parent.name, template)
        invokable(found, path.parent.name, template)
    found.need(count, "there are policies")
    found.show(f"parliament: {findings} findings in {count} policies, all with a reason in the template; no wildcard action, each wildcard resource has its reason")


def explained(found, name, policy, sources):
    """Expects a reason in the template for each thing that parliament finds, and that it finds each thing that has one. Gives how many it finds.

    A reason stands with a statement and is for one kind of finding: `Metadata.statements.SID.parliament.skip`, of {id, comment}."""
    whole = Counter(map(text_of, parliament.analyze_policy_string(json.dumps(policy)).findings))
    alone = Counter()
    for statement in statements(policy):
        sid = statement.get("Sid")
        # parliament says where in a text it found something; of one statement at a time it is plain which.
        seen = parliament.analyze_policy_string(json.dumps(policy | {"Statement": [statement]})).findings
        alone.update(map(text_of, seen))
        reasons = {one["id"]: one.get("comment", "") for one in sources.get(sid, {}).get("parliament", {}).get("skip", [])}
        for finding in seen:
            reason = reasons.get(finding.issue, "")
            found.expect(len(reason.split()) >= 3, f"{name}/{sid} says in the template why {finding.issue} is rightly so", text_of(finding))
        found.expect(set(reasons) <= {finding.issue for finding in seen}, f"{name}/{sid} gives reasons for what is found alone", reasons)
    found.equal(f"what parliament finds in {name} beyond its statements", list((whole - alone).elements()), [])
    return whole.total()


def text_of(finding):
    return f"{finding.issue} {finding.detail}"


def notes(document, where):
    """Sid to what the template says of the statement."""
    return document["Resources"][where.split("/")[0]].get("Metadata", {}).get("statements", {})


def because(document, where):
    """Sid to the reason that the template gives for it."""
    return {sid: note.get("because") for sid, note in notes(document, where).items()}


def judge(found, name, policy, reasons):
    for statement in statements(policy):
        sid = statement.get("Sid")
        found.expect(sid, f"{name}: every statement has a Sid", statement)
        actions, resources = listed(statement.get("Action")), listed(statement.get("Resource"))
        found.expect("NotAction" not in statement and "NotResource" not in statement, f"{name}/{sid} says what is allowed, not what is not")
        found.expect(not any("*" in action or "?" in action for action in actions), f"{name}/{sid} has no wildcard action", actions)
        for resource in resources:
            if "*" not in resource:
                continue
            found.expect(reasons.get(sid), f"{name}/{sid} says why its resource has a wildcard", resource)
            if resource == "*":
                found.expect(set(actions) <= NO_RESOURCES, f"{name}/{sid} may not name resources, so that `*` is right", actions)
            elif not where_of_account_logs(name):
                found.expect(named_before_wildcard(resource), f"{name}/{sid} names a resource before its wildcard", resource)


def where_of_account_logs(name):
    """API Gateway has one log role per account and region, so it cannot name the groups of APIs that are yet to come."""
    return "/ApiGatewayLogRole" in name


def named_before_wildcard(arn):
    """Whether the wildcard stands only for the unknown last part below a named resource."""
    service, resource = arn.split(":", 5)[2::3]
    before, _, after = resource.partition("*")
    kind_alone = service != "s3" and re.fullmatch(r"[a-z-]+[:/]", before)
    return bool(before) and not after and not kind_alone


def judge_standing_on_resource(found, name, policy):
    for statement in statements(policy):
        actions = listed(statement.get("Action"))
        # A denial of everything is no right.
        wild = statement["Effect"] == "Allow" and any("*" in action for action in actions)
        found.expect(not wild, f"{name}/{statement.get('Sid')} has no wildcard action", actions)
        principal = statement.get("Principal")
        if statement["Effect"] == "Allow":
            # The policy of a gateway endpoint has to name everyone, and says by a condition of which account.
            own_account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalAccount") == aws.ACCOUNT
            found.expect(own_account or principal not in ("*", {"AWS": "*"}), f"{name}/{statement.get('Sid')} is open to somebody, not to anybody", principal)


def trusted(found, pipeline, template):
    for name, role in template.properties("AWS::IAM::Role").items():
        for statement in statements(role["AssumeRolePolicyDocument"]):
            keys = {key.lower() for operator in statement.get("Condition", {}).values() for key in operator}
            # Lambda sends neither key when it takes a role on, so a condition on them would lock it out.
            wanted = statement["Principal"].get("Service") != "lambda.amazonaws.com"
            if wanted:
                found.expect(keys & CONFUSED_DEPUTY, f"{pipeline}/{name} trusts its service for this account's resources only", statement)


def invokable(found, pipeline, template):
    for name, permission in template.properties("AWS::Lambda::Permission").items():
        if permission["Principal"] == "*":
            reason = template.document["Resources"][name]["Metadata"].get("off_because")
            by_url = permission.get("FunctionUrlAuthType") == "NONE" or permission.get("InvokedViaFunctionUrl") is True
            found.expect(reason and by_url, f"{pipeline}/{name} is open to anyone by its URL alone, for a reason", permission)
            continue
        found.expect("SourceArn" in permission, f"{pipeline}/{name} names who may invoke", permission)


report.run(check)
