"""The other systems on ministack and moto: deployed by the AWS CLI, what was made compared, driven by signed webhooks (ministack), updated, deleted."""

import json
import os

from outside import driven, emulators, native, place, report
from outside.aws import AwsError
from outside.template import Template, listed

BUCKET = "artifacts"
# Types that ministack refuses as AWS refuses unknown ones; a copy without them, and without what cannot be without them, is deployed.
REFUSED = {"AWS::EC2::EIP", "AWS::EC2::FlowLog", "AWS::EC2::NatGateway"}
# What moto says CREATE_COMPLETE to and makes nothing of.
MOTO_MAKES_NOTHING = {"AWS::CloudWatch::Alarm"}


def check(found):
    only = os.environ.get("VERIFY_SYSTEM")
    others = [path for path in place.templates() if path.parent.name != place.PIPELINE and only in (None, path.parent.name)]
    found.need(others, "there are other systems than payments")
    for path in others:
        pipeline = path.parent.name
        document = json.loads(path.read_text(encoding="utf-8"))
        kept, stripped = without(as_ministack_can(document), REFUSED)
        for emulator, started, deployed, drops in [("ministack", emulators.ministack, kept, set()), ("moto", emulators.moto, document, MOTO_MAKES_NOTHING)]:
            try:
                with started(f"systems-{pipeline}-{emulator}") as aws:
                    told = life(found, aws, pipeline, deployed, emulator, drops)
            except AwsError as error:  # The next system has something to tell all the same.
                found.expect(False, f"{pipeline} lives on {emulator}", str(error))
        notes = [f"{', '.join(stripped)} stripped for ministack"] if stripped else []
        notes += [told] if told else []
        found.show(", ".join([f"{pipeline} ({len(document['Resources'])} resources", *notes]) + ")")


def without(document, types):
    """A copy without resources of these types, without alarms by metric math (which ministack refuses too), and without all that refers to
    either; and the logical ids that are gone."""
    copy = json.loads(json.dumps(document))
    refused = lambda one: one["Type"] in types or (one["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in one["Properties"])
    gone = {name for name, one in copy["Resources"].items() if refused(one)}
    grown = True
    while grown:
        needing = {name for name, one in copy["Resources"].items() if name not in gone and refers(one, gone)}
        grown = bool(needing)
        gone |= needing
    for name in gone:
        del copy["Resources"][name]
    copy["Outputs"] = {name: one for name, one in copy["Outputs"].items() if not refers({"Properties": one}, gone)}
    return copy, sorted(gone)


def as_ministack_can(document):
    """A copy without what ministack obeys and cannot meet: it speaks plain HTTP alone, which each queue, topic and bucket denies."""
    copy = json.loads(json.dumps(document))
    for name, one in list(copy["Resources"].items()):
        policy = one["Properties"].get("PolicyDocument")
        if isinstance(policy, dict) and "Statement" in policy and one["Type"].endswith("Policy"):
            policy["Statement"] = [it for it in policy["Statement"] if "aws:SecureTransport" not in json.dumps(it.get("Condition", {}))]
            if not policy["Statement"]:
                del copy["Resources"][name]
        # ministack takes `dynamodb:Attributes` from projections alone; an update, whose key and expression name attributes too, has none there.
        for inline in one["Properties"].get("Policies", []) if one["Type"] == "AWS::IAM::Role" else []:
            for it in inline["PolicyDocument"]["Statement"]:
                if "dynamodb:Attributes" in it.get("Condition", {}).get("Null", {}):
                    del it["Condition"]["Null"]
    return copy


def refers(resource, names):
    """True where the resource's properties refer to one of the names; being ordered after one is no need."""
    text = json.dumps(resource.get("Properties", {}))
    for name in names:
        if f'"Ref": "{name}"' in text or f'["{name}", ' in text or f"${{{name}}}" in text or f"${{{name}." in text:
            return True
    after = [one for one in listed(resource.get("DependsOn", [])) if one not in names]
    if "DependsOn" in resource:
        resource["DependsOn"] = after
    return False


def life(found, aws, pipeline, document, emulator, drops):
    stack = f"{pipeline.replace('_', '-')}-dev"
    folder = place.scratch(f"systems-{pipeline}")
    aws.text("s3", "mb", f"s3://{BUCKET}")
    # Nothing is invoked on moto, so that it need not be given a program.
    handlers = native.package(pipeline) if emulator == "ministack" else place.INFRA_OUT / pipeline / "template.json"
    aws.text("s3", "cp", handlers, f"s3://{BUCKET}/handlers.zip")
    parameters = {"HandlerBucket": BUCKET, "HandlerKey": "handlers.zip"}
    parameters |= {name: f"{name.lower()}@example.com" if "mail" in name.lower() else "https://example.com/hook"
                   for name, one in document.get("Parameters", {}).items() if "Default" not in one and name not in parameters}
    path = folder / f"{emulator}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    aws.deploy(stack, path, BUCKET, **parameters)
    compare(found, aws, Template(document, **parameters), f"{pipeline} on {emulator}", drops)
    outputs = aws.outputs(stack)
    # moto forgets the outputs of a stack that a change set made.
    wanted = sorted(name for name, one in document["Outputs"].items() if one.get("Condition") is None)
    if emulator != "moto":
        found.equal(f"{pipeline} on {emulator}: outputs", sorted(outputs), wanted)
        driven.drive(found, aws, pipeline, outputs)
    changed = json.loads(json.dumps(document))
    function = next(one for one in changed["Resources"].values() if one["Type"] == "AWS::Lambda::Function")
    function["Properties"]["MemorySize"] += 64
    path.write_text(json.dumps(changed), encoding="utf-8")
    aws.deploy(stack, path, BUCKET, **parameters)
    sizes = sorted({one["MemorySize"] for one in aws.json("lambda", "list-functions")["Functions"]})
    found.expect(function["Properties"]["MemorySize"] in sizes, f"{pipeline} on {emulator}: the changed memory size arrives", sizes)
    if emulator == "moto" and any(one["Type"] == "AWS::EC2::VPC" for one in document["Resources"].values()):
        deleted_by_hand(found, aws, pipeline, stack, document)
        told = "moto does not delete AWS::EC2::RouteTable, nor a network that has one: tables and network deleted by hand, all else with the stack"
    else:
        aws.text("cloudformation", "delete-stack", "--stack-name", stack)
        told = None
    left(found, aws, f"{pipeline} on {emulator}")
    return told


def deleted_by_hand(found, aws, pipeline, stack, document):
    """Deletes a stack with a network on moto, and what moto leaves of it.

    moto's CloudFormation has no deletion for AWS::EC2::RouteTable: it goes on as if the tables were gone, deletes everything else, and is
    then refused the network that they are in, by its own EC2. Each step is expected, so that a moto that learns it is noticed."""
    code, _, error = aws.text("cloudformation", "delete-stack", "--stack-name", stack, check=False)
    refused = code != 0 and "DependencyViolation" in error
    found.expect(refused, f"{pipeline} on moto: the network is refused to be deleted with the stack", error)
    networks = [one["VpcId"] for one in networks_of(aws)]
    # A network's main table comes and goes with it.
    tables = [one["RouteTableId"] for one in aws.json("ec2", "describe-route-tables")["RouteTables"]
              if one["VpcId"] in networks and not any(it.get("Main") for it in one["Associations"])]
    declared = sum(one["Type"] == "AWS::EC2::RouteTable" for one in document["Resources"].values())
    found.equal(f"{pipeline} on moto: route tables that are left", len(tables), declared)
    for table in tables:
        aws.text("ec2", "delete-route-table", "--route-table-id", table)
    # Refused as long as anything else of the stack is in it.
    for network in networks:
        aws.text("ec2", "delete-vpc", "--vpc-id", network)


def networks_of(aws):
    return [one for one in aws.json("ec2", "describe-vpcs")["Vpcs"] if not one["IsDefault"]]


def compare(found, aws, template, where, drops):
    """Names of each kind, as the CLI lists them, against the template."""
    seen = {
        ("AWS::DynamoDB::Table", "TableName"): lambda: aws.json("dynamodb", "list-tables")["TableNames"],
        ("AWS::Lambda::Function", "FunctionName"): lambda: [one["FunctionName"] for one in aws.json("lambda", "list-functions")["Functions"]],
        ("AWS::SQS::Queue", "QueueName"): lambda: [url.rsplit("/", 1)[1] for url in aws.json("sqs", "list-queues").get("QueueUrls", [])],
        ("AWS::SNS::Topic", "TopicName"): lambda: [one["TopicArn"].rsplit(":", 1)[1] for one in aws.json("sns", "list-topics")["Topics"]],
        ("AWS::Events::EventBus", "Name"): lambda: [one["Name"] for one in aws.json("events", "list-event-buses")["EventBuses"] if one["Name"] != "default"],
        ("AWS::S3::Bucket", "BucketName"): lambda: [one["Name"] for one in aws.json("s3api", "list-buckets")["Buckets"] if one["Name"] != BUCKET],
        ("AWS::CloudWatch::Alarm", "AlarmName"): lambda: [one["AlarmName"] for one in aws.json("cloudwatch", "describe-alarms")["MetricAlarms"]],
        ("AWS::StepFunctions::StateMachine", "StateMachineName"): lambda: [one["name"] for one in aws.json("stepfunctions", "list-state-machines")["stateMachines"]],
    }
    for (kind, name), list_names in seen.items():
        wanted = sorted(one[name] for one in template.properties(kind).values())
        if kind not in drops:
            found.equal(f"{where}: {kind.rsplit('::', 1)[1]} names", sorted(list_names()), wanted)
    for name, one in template.properties("AWS::Events::Rule").items():
        rules = aws.json("events", "list-rules", "--event-bus-name", one["EventBusName"])["Rules"]
        found.expect(one["Name"] in [it["Name"] for it in rules], f"{where}: rule {name} is there", rules)


def left(found, aws, where):
    """What `on_delete: retain` keeps is kept on AWS; an emulator may delete it. Nothing else is left."""
    seen = {
        "networks": networks_of(aws),
        "functions": aws.json("lambda", "list-functions")["Functions"],
        "queues": aws.json("sqs", "list-queues").get("QueueUrls", []),
        "topics": aws.json("sns", "list-topics")["Topics"],
        "machines": aws.json("stepfunctions", "list-state-machines")["stateMachines"],
    }
    for kind, things in seen.items():
        found.expect(not things, f"{where}: no {kind} are left", things)


report.run(check)
