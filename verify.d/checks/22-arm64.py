"""The package's own ARM64 program under qemu, spoken to as Lambda does: it records a webhook, once, and refuses a tampered one."""

import json
import os
import zipfile

from outside import arm64, aws, emulators, place, processes, report, runtime_api, stack, webhook
from outside.report import Skip
from outside.template import Template


def check(found):
    package = place.package()
    if package is None:
        raise Skip("there is no handler package: see the check `package`")
    folder = place.scratch("arm64")
    with zipfile.ZipFile(package) as archive:
        archive.extract("bootstrap", folder)
    program = folder / "bootstrap"
    os.chmod(program, 0o755)

    template = Template(place.template())
    declared = template.properties("AWS::Lambda::Function")
    route = place.template()["Metadata"]["pipec"]["routes"][0]
    function = declared[route["function"]]
    with emulators.ministack("arm64") as cli, runtime_api.serve(function["FunctionName"]) as lambda_:
        make_table(cli, template)
        cli.text("ssm", "put-parameter", "--name", stack.SECRET, "--type", "SecureString", "--value", webhook.SECRET)
        env = aws.environment(cli.endpoint) | function.get("Environment", {}).get("Variables", {}) | {
            "AWS_LAMBDA_RUNTIME_API": lambda_.address,
            "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function['FunctionName']}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]verify",
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": function["Handler"],
        }
        log = folder / "bootstrap.log"
        log.unlink(missing_ok=True)
        with processes.server(arm64.qemu(program), env=env, cwd=folder, log=log):
            drive(found, cli, lambda_, route["path"])
        log_lines(found, log)


def make_table(cli, template):
    """The table as the template has it, without what this emulator leaves out anyway."""
    for table in template.properties("AWS::DynamoDB::Table").values():
        kept = ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        text = json.dumps({name: table[name] for name in kept if name in table})
        cli.text("dynamodb", "create-table", "--cli-input-json", text)


def drive(found, cli, lambda_, path):
    body = webhook.payment("pay_arm64", "99999999.99")
    signed = webhook.signature(body)

    def post(sent, signature):
        kind, answer, took_s = lambda_.invoke(runtime_api.proxy_event(path, sent, {"Content-Type": "application/json", webhook.HEADER: signature}))
        found.note(f"  {kind} {json.dumps(answer)[:300]} in {took_s * 1000:.0f} ms")
        return kind, answer.get("statusCode"), webhook.verdict(answer.get("body", "")), took_s

    kind, status, verdict, cold_s = post(body, signed)
    found.need([kind, status] == ["response", 200], "the first webhook is answered 200", [kind, status, verdict])
    found.equal("its answer", verdict, "recorded")
    _, status, verdict, warm_s = post(body, signed)
    found.equal("the second time", [status, verdict], [200, "duplicate"])
    found.equal("tampered", post(body.replace(b"pay_arm64", b"pay_arm65"), signed)[1], 401)
    facts = [item for item in cli.items(stack.TABLE) if "_event" in item]
    found.equal("facts in the table", [[fact["_event"]["S"], fact["paymentId"]["S"], fact["amount"]["N"]] for fact in facts],
                [["PaymentReceived", "pay_arm64", "99999999.99"]])
    found.expect(facts and runtime_api.TRACE.split(";", 1)[0] in json.dumps(facts[0].get("_trace")), "the trace id is stored with the fact", facts)
    found.show(f"an ARM64 handler recorded a webhook (under qemu: first {cold_s * 1000:.0f} ms, second {warm_s * 1000:.0f} ms)")


def log_lines(found, log):
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        read = [json.loads(line) for line in lines]
    except ValueError:
        found.expect(False, "every log line is JSON", lines)
        return
    outcomes = [line.get("outcome") for line in read if line.get("outcome")]
    found.equal("outcomes in the log", outcomes, ["recorded", "duplicate", "refused"])
    found.expect(all(line.get("request_id") for line in read if line.get("outcome")), "each names its request", read)
    found.expect(webhook.SECRET not in "".join(lines), "the secret is not in the log")


report.run(check)
