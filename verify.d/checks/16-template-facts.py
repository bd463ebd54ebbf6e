"""What both emulators drop, read from the compiled templates: encryption, recovery, tracing, logs, limits, where each thing came from."""

import json

from outside import place, report
from outside.template import Template


def check(found):
    paths = place.templates()
    found.need(paths, f"{place.INFRA_OUT} holds templates")
    count = 0
    for path in paths:
        template = Template(json.loads(path.read_text(encoding="utf-8")))
        count += len(template.document["Resources"])
        for rule in RULES:
            rule(found, path.parent.name, template)
    found.show(f"{count} resources: encryption, recovery, tracing, logs and limits as asked for")


def functions(found, pipeline, template):
    groups = {group.get("LogGroupName"): group for group in template.properties("AWS::Logs::LogGroup").values()}
    for name, it in template.properties("AWS::Lambda::Function").items():
        where = f"{pipeline}/{name}"
        found.equal(f"{where}: Runtime", it.get("Runtime"), "provided.al2023")
        found.equal(f"{where}: Architectures", it.get("Architectures"), ["arm64"])
        found.equal(f"{where}: tracing", it.get("TracingConfig"), {"Mode": "Active"})
        found.expect(it.get("KmsKeyArn"), f"{where}: environment under the customer-managed key")
        found.expect(it.get("ReservedConcurrentExecutions"), f"{where}: reserved concurrency")
        group = it.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{it.get('FunctionName')}")
        found.expect(groups.get(group, {}).get("RetentionInDays"), f"{where}: a log group of its own with retention", group)
        values = json.dumps(it.get("Environment", {}))
        found.expect("{{resolve:" not in values, f"{where}: no secret in the environment", values)


def log_groups(found, pipeline, template):
    for name, it in template.properties("AWS::Logs::LogGroup").items():
        found.expect(it.get("RetentionInDays") and it.get("KmsKeyId"), f"{pipeline}/{name}: retention and key", it)


def tables(found, pipeline, template):
    for name, it in template.properties("AWS::DynamoDB::Table").items():
        where = f"{pipeline}/{name}"
        found.equal(f"{where}: BillingMode", it.get("BillingMode"), "PAY_PER_REQUEST")
        found.equal(f"{where}: point-in-time recovery", it.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"), True)
        encryption = it.get("SSESpecification", {})
        found.expect(encryption.get("SSEEnabled") and encryption.get("SSEType") == "KMS" and encryption.get("KMSMasterKeyId"), f"{where}: customer-managed encryption", encryption)
        found.equal(f"{where}: stream", it.get("StreamSpecification", {}).get("StreamViewType"), "NEW_IMAGE")
        stays = template.document["Resources"][name].get("DeletionPolicy") == "Retain"
        found.equal(f"{where}: protected where it stays", bool(it.get("DeletionProtectionEnabled")), stays)


def pipes(found, pipeline, template):
    for name, it in template.properties("AWS::Pipes::Pipe").items():
        where = f"{pipeline}/{name}"
        patterns = [json.loads(one["Pattern"]) for one in it["SourceParameters"].get("FilterCriteria", {}).get("Filters", [])]
        found.expect(patterns and all("eventName" in pattern for pattern in patterns), f"{where}: a filter on the kind of change", patterns)
        source = it["SourceParameters"]["DynamoDBStreamParameters"]
        found.expect(source.get("BatchSize") and source.get("MaximumRetryAttempts", -1) >= 0 and source.get("MaximumRecordAgeInSeconds", -1) > 0,
                     f"{where}: batch size, limits on retries and age", source)
        found.expect(source.get("DeadLetterConfig", {}).get("Arn"), f"{where}: a dead-letter queue", source)
        if ":stateMachine:" in it["Target"]:
            found.equal(f"{where}: BatchSize", source.get("BatchSize"), 1)
            found.expect(all(pattern["eventName"] == ["INSERT"] and "_event" in pattern["dynamodb"]["NewImage"] for pattern in patterns),
                         f"{where}: new events of one type only", patterns)


def machines(found, pipeline, template):
    for name, it in template.properties("AWS::StepFunctions::StateMachine").items():
        where = f"{pipeline}/{name}"
        found.expect(it.get("TracingConfiguration", {}).get("Enabled"), f"{where}: tracing")
        logging = it.get("LoggingConfiguration", {})
        found.expect(logging.get("Level") in ("ALL", "ERROR") and logging.get("Destinations"), f"{where}: logging", logging)
        found.equal(f"{where}: StateMachineType", it.get("StateMachineType", "STANDARD"), "STANDARD")
        retries = [retry for state in it["Definition"]["States"].values() for retry in state.get("Retry", [])]
        wanted = {"IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
        found.expect(retries and all(wanted <= retry.keys() for retry in retries), f"{where}: retries say all five things", retries)
        states = it["Definition"]["States"].values()
        calls = [state for state in states if state.get("Resource", "").endswith(":lambda:invoke")]
        watched = any(json.dumps({"Ref": name}) in json.dumps(alarm) for alarm in template.document["Resources"].values()
                      if alarm["Type"] == "AWS::CloudWatch::Alarm")
        found.expect(not calls or watched or any("Catch" in state for state in states), f"{where}: catches what its calls raise, or an alarm tells of it")


def keys(found, pipeline, template):
    made = template.properties("AWS::KMS::Key")
    found.expect(made, f"{pipeline}: a customer-managed key")
    for name, it in made.items():
        found.equal(f"{pipeline}/{name}: rotation", it.get("EnableKeyRotation"), True)


def stages(found, pipeline, template):
    for name, it in template.properties("AWS::ApiGateway::Stage").items():
        where = f"{pipeline}/{name}"
        found.equal(f"{where}: tracing", it.get("TracingEnabled"), True)
        found.expect(it.get("AccessLogSetting", {}).get("DestinationArn"), f"{where}: access log")
        settings = it.get("MethodSettings", [])
        found.expect(any(one.get("LoggingLevel") in ("INFO", "ERROR") for one in settings), f"{where}: execution log", settings)
        found.expect(all(one.get("ThrottlingRateLimit") and one.get("ThrottlingBurstLimit") for one in settings), f"{where}: throttling", settings)
        found.expect(all(not one.get("DataTraceEnabled") for one in settings), f"{where}: no bodies in the execution log", settings)
    for name, it in template.properties("AWS::ApiGateway::RestApi").items():
        found.equal(f"{pipeline}/{name}: binary media types", it.get("BinaryMediaTypes"), ["*/*"])


def deployments(found, pipeline, template):
    methods = set(template.resources("AWS::ApiGateway::Method"))
    for name, it in template.resources("AWS::ApiGateway::Deployment").items():
        found.expect(methods <= set(it.get("DependsOn", [])), f"{pipeline}/{name} waits for the methods", it.get("DependsOn"))


def origins(found, pipeline, template):
    for name, it in template.document["Resources"].items():
        found.expect(it.get("Metadata", {}).get("pipe", "").startswith(f"{pipeline}.pipe:"), f"{pipeline}/{name} says which line it came from")
        if it.get("DeletionPolicy", "Delete") != "Delete":
            found.expect(retained(pipeline, it["Metadata"]["pipe"]), f"{pipeline}/{name} stays because the spec says so", it["Metadata"]["pipe"])


def retained(pipeline, origin):
    """Whether the declaration that begins in that line says `on_delete: retain`."""
    lines = (place.PROJECT / "specs" / f"{pipeline}.pipe").read_text(encoding="utf-8").splitlines()[int(origin.split(":")[1]) - 1:]
    end = next((index for index, line in enumerate(lines) if line.rstrip().endswith("}") and not line.startswith(" ")), len(lines))
    return any("on_delete: retain" in " ".join(line.split()) for line in lines[: end + 1])


RULES = [functions, log_groups, tables, pipes, machines, keys, stages, deployments, origins]

report.run(check)
