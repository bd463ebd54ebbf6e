"""What a deployed stack holds, as the AWS CLI lists it, held against the template and the spec."""

import json

from outside.template import Template, listed

# What the spec `payments` asks for by name; everything else is read from its template.
TABLE = "payment-events-dev"
KEYS = [{"AttributeName": "paymentId", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}]
FUNCTIONS = {"validate-dev": {"MemorySize": 256, "Timeout": 10, "concurrency": 50},
             "process-dev": {"MemorySize": 512, "Timeout": 30, "concurrency": 20}}
MACHINE = "settle-payment-dev"
SECRET = "/payments/dev/webhook-key"


def compare(found, aws, document, *, drops=frozenset(), **parameters):
    """Compares every kind of resource, but for what the emulator drops by its own account."""
    template = Template(document, **parameters)
    tables(found, aws)
    functions(found, aws, template, drops)
    machine(found, aws, template, drops)
    roles(found, aws, template, drops)
    key(found, aws, template)
    log_groups(found, aws, template)
    queues(found, aws, template)
    if "pipe" not in drops:
        pipes(found, aws, template)
    if "stage" not in drops:
        stages(found, aws, template)


def tables(found, aws):
    table = aws.json("dynamodb", "describe-table", "--table-name", TABLE)["Table"]
    found.equal(f"keys of {TABLE}", table["KeySchema"], KEYS)
    found.equal("billing", table.get("BillingModeSummary", {}).get("BillingMode"), "PAY_PER_REQUEST")
    found.equal("stream", table.get("StreamSpecification"), {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})


def functions(found, aws, template, drops):
    listed_functions = {one["FunctionName"]: one for one in aws.json("lambda", "list-functions")["Functions"]}
    found.equal("functions", sorted(listed_functions), sorted(FUNCTIONS))
    declared = {one["FunctionName"]: one for one in template.properties("AWS::Lambda::Function").values()}
    for name, expected in FUNCTIONS.items():
        it = listed_functions.get(name, {})
        found.equal(f"{name}: MemorySize and Timeout", [it.get("MemorySize"), it.get("Timeout")], [expected["MemorySize"], expected["Timeout"]])
        found.equal(f"{name}: Runtime", it.get("Runtime"), "provided.al2023")
        found.equal(f"{name}: Handler", it.get("Handler"), declared[name]["Handler"])
        found.equal(f"{name}: environment", it.get("Environment", {}).get("Variables", {}), declared[name].get("Environment", {}).get("Variables", {}))
        if "architecture" not in drops:
            found.equal(f"{name}: Architectures", it.get("Architectures"), ["arm64"])
            found.equal(f"{name}: tracing", it.get("TracingConfig"), {"Mode": "Active"})
        if "concurrency" not in drops:
            seen = aws.json("lambda", "get-function-concurrency", "--function-name", name)
            found.equal(f"{name}: reserved concurrency", seen.get("ReservedConcurrentExecutions"), expected["concurrency"])


def machine(found, aws, template, drops):
    machines = aws.json("stepfunctions", "list-state-machines")["stateMachines"]
    found.equal("state machines", [one["name"] for one in machines], [MACHINE])
    if "definition" in drops or not machines:
        return
    seen = aws.json("stepfunctions", "describe-state-machine", "--state-machine-arn", machines[0]["stateMachineArn"])
    [declared] = template.properties("AWS::StepFunctions::StateMachine").values()
    text = json.dumps(declared["Definition"])
    for name, value in declared["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    found.equal(f"{MACHINE}: definition, substitutions made,", json.loads(seen["definition"]), json.loads(text))


def roles(found, aws, template, drops):
    seen = [one["RoleName"] for one in aws.json("iam", "list-roles")["Roles"]]
    declared = template.properties("AWS::IAM::Role")
    found.equal("number of roles", len(seen), len(declared))
    for name, role in declared.items():
        [made] = [one for one in seen if one == role.get("RoleName") or f"-{name}-" in f"-{one}-"] or [None]
        if not found.expect(made, f"role {name} is there", seen):
            continue
        policies = aws.json("iam", "list-role-policies", "--role-name", made)["PolicyNames"]
        found.equal(f"{name}: inline policies", policies, [policy["PolicyName"] for policy in role.get("Policies", [])])
        for policy in role.get("Policies", []) if "policy text" not in drops else []:
            document = aws.json("iam", "get-role-policy", "--role-name", made, "--policy-name", policy["PolicyName"])["PolicyDocument"]
            actions = [sorted(listed(statement["Action"])) for statement in document["Statement"]]
            declared_actions = [sorted(listed(statement["Action"])) for statement in policy["PolicyDocument"]["Statement"]]
            found.equal(f"{name}/{policy['PolicyName']}: actions", actions, declared_actions)


def key(found, aws, template):
    keys = [one["KeyId"] for one in aws.json("kms", "list-keys")["Keys"]]
    found.equal("number of keys", len(keys), len(template.properties("AWS::KMS::Key")))
    for one in keys:
        found.equal("rotation", aws.json("kms", "get-key-rotation-status", "--key-id", one).get("KeyRotationEnabled"), True)


def log_groups(found, aws, template):
    seen = {one["logGroupName"]: one.get("retentionInDays") for one in aws.json("logs", "describe-log-groups")["logGroups"]}
    for name, it in template.properties("AWS::Logs::LogGroup").items():
        wanted = it["LogGroupName"]
        if "a1b2c3d4e5" in wanted:  # the made-up identity of an API, of which the group's name is made
            wanted = next((one for one in seen if one.startswith(wanted.split("a1b2c3d4e5")[0])), wanted)
        found.equal(f"{name}: retention of {wanted}", seen.get(wanted), it["RetentionInDays"])


def queues(found, aws, template):
    wanted = sorted(one["QueueName"] for one in template.properties("AWS::SQS::Queue").values())
    found.equal("queues", sorted(url.rsplit("/", 1)[1] for url in aws.json("sqs", "list-queues").get("QueueUrls", [])), wanted)


def pipes(found, aws, template):
    wanted = sorted(one["Name"] for one in template.properties("AWS::Pipes::Pipe").values())
    seen = aws.json("pipes", "list-pipes")["Pipes"]
    found.equal("pipes", sorted(one["Name"] for one in seen), wanted)
    found.expect(all(one["CurrentState"] == "RUNNING" for one in seen), "pipes run", seen)


def stages(found, aws, template):
    [api] = aws.json("apigateway", "get-rest-apis")["items"]
    found.equal("binary media types", api.get("binaryMediaTypes"), ["*/*"])
    [declared] = template.properties("AWS::ApiGateway::Stage").values()
    [stage] = aws.json("apigateway", "get-stages", "--rest-api-id", api["id"])["item"]
    found.equal("stage", stage["stageName"], declared["StageName"])
    found.equal("stage: tracing", stage.get("tracingEnabled"), True)
    [settings] = stage["methodSettings"].values()
    [asked] = declared["MethodSettings"]
    found.equal("stage: throttling", [settings["throttlingRateLimit"], settings["throttlingBurstLimit"]],
                [asked["ThrottlingRateLimit"], asked["ThrottlingBurstLimit"]])


def left_over(found, aws):
    """Nothing that costs or stands in the way of the next deploy is left after a delete."""
    seen = {
        "tables": aws.json("dynamodb", "list-tables")["TableNames"],
        "functions": aws.json("lambda", "list-functions")["Functions"],
        "machines": aws.json("stepfunctions", "list-state-machines")["stateMachines"],
        "roles": aws.json("iam", "list-roles")["Roles"],
        "log groups": aws.json("logs", "describe-log-groups")["logGroups"],
        "queues": aws.json("sqs", "list-queues").get("QueueUrls", []),
        "aliases": [one for one in aws.json("kms", "list-aliases")["Aliases"] if not one["AliasName"].startswith("alias/aws/")],
    }
    for kind, things in seen.items():
        found.expect(not things, f"no {kind} are left", things)
