"""`pipec run` and the real AWS CLI against it: a webhook settled, the log and the executions read, items written, a restart survived."""

import json
import os
import re
import signal
import subprocess
import time

from outside import aws, local_run, place, processes, report, stack, webhook

SETTLED_S_MAX = 30
TABLE, SECRET = "payment-events-local", "/payments/local/webhook-key"  # a local run is the environment `local`
SPEC = place.SPEC.relative_to(place.PROJECT)


def running(port, state, log):
    return local_run.running(SPEC, port, log, "--state", state, "--time-scale", "0.05")


def check(found):
    port = processes.free_port()
    folder = place.scratch("local-run")
    state, log = folder / "state", folder / "pipec.log"
    cli = aws.Cli(f"http://127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}/webhooks"
    with running(port, state, log) as process:
        addresses = processes.listening_addresses(process.pid)
        found.expect(addresses and all(address == "127.0.0.1" for address, _ in addresses), "pipec run listens on 127.0.0.1 only", sorted(addresses))
        secret = cli.json("ssm", "get-parameter", "--name", SECRET, "--with-decryption")["Parameter"]["Value"]
        secret_is_private(found, state, secret)
        webhooks(found, cli, url, secret)
        executions(found, cli)
        tables(found, cli)
        items(found, cli)
        unknown(found, cli)
        commands(found, port)
        before = at_rest(found, cli)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with running(port, state, log):
        after = cli.items(TABLE)
        found.expect(sorted(map(json.dumps, after)) == sorted(map(json.dumps, before)), "kill -9 and a restart lose and add nothing",
                     [len(before), len(after)])
        again = cli.json("ssm", "get-parameter", "--name", SECRET, "--with-decryption")["Parameter"]["Value"]
        found.expect(again == secret, "the secret is the same after a restart")
    found.show("pipec run: a webhook settled, AWS CLI reads and writes, kill -9 survived")


def secret_is_private(found, state, secret):
    holders = [path for path in state.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    found.expect(holders and not any(path.stat().st_mode & 0o077 for path in holders), "the secret is in a file that only its owner reads",
                 [f"{path.name} {path.stat().st_mode:o}" for path in holders])


def facts(cli, payment):
    answer = cli.json("dynamodb", "query", "--table-name", TABLE, "--key-condition-expression", "paymentId = :p",
                      "--expression-attribute-values", json.dumps({":p": {"S": payment}}))
    return sorted(item["_event"]["S"] for item in answer["Items"] if "_event" in item)


def webhooks(found, cli, url, secret):
    body = webhook.payment("pay_local", "99.990")
    began = time.monotonic()
    status, answer = webhook.post(url, body, webhook.signature(body, secret))
    found.need([status, webhook.verdict(answer)] == [200, "recorded"], "a signed webhook is recorded", [status, answer])
    while facts(cli, "pay_local") != ["PaymentReceived", "PaymentSettled"] and time.monotonic() - began < SETTLED_S_MAX:
        time.sleep(0.1)
    found.equal("its events", facts(cli, "pay_local"), ["PaymentReceived", "PaymentSettled"])
    status, answer = webhook.post(url, body, webhook.signature(body, secret))
    found.equal("the second time", [status, webhook.verdict(answer)], [200, "duplicate"])
    found.equal("tampered: status", webhook.post(url, body + b" ", webhook.signature(body, secret))[0], 401)
    found.equal("without a signature: status", webhook.post(url, body, None)[0], 401)


def executions(found, cli):
    [machine] = cli.json("stepfunctions", "list-state-machines")["stateMachines"]
    arn = machine["stateMachineArn"]
    seen = cli.json("stepfunctions", "list-executions", "--state-machine-arn", arn)["executions"]
    found.equal("executions", [one["status"] for one in seen], ["SUCCEEDED"])
    described = cli.json("stepfunctions", "describe-execution", "--execution-arn", seen[0]["executionArn"])
    found.equal("describe-execution: status", described["status"], "SUCCEEDED")
    history = cli.json("stepfunctions", "get-execution-history", "--execution-arn", seen[0]["executionArn"])["events"]
    kinds = [event["type"] for event in history]
    found.equal("the history begins and ends", [kinds[0], kinds[-1]], ["ExecutionStarted", "ExecutionSucceeded"])
    found.expect("TaskSucceeded" in kinds, "and tells of tasks", kinds)
    record = json.loads(described["input"])
    started = cli.json("stepfunctions", "start-execution", "--state-machine-arn", arn, "--name", "verify-again", "--input", json.dumps(record))
    found.expect(started["executionArn"].endswith(":verify-again"), "start-execution names the execution", started)
    deadline = time.monotonic() + SETTLED_S_MAX
    while True:
        second = cli.json("stepfunctions", "describe-execution", "--execution-arn", started["executionArn"])
        if second["status"] != "RUNNING" or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    found.equal("a second start of the same event", second["status"], "SUCCEEDED")
    found.equal("adds no event", facts(cli, "pay_local"), ["PaymentReceived", "PaymentSettled"])


def tables(found, cli):
    found.equal("list-tables", cli.json("dynamodb", "list-tables")["TableNames"], [TABLE])
    table = cli.json("dynamodb", "describe-table", "--table-name", TABLE)["Table"]
    found.equal("describe-table: keys", table["KeySchema"], stack.KEYS)
    found.equal("describe-table: status", table["TableStatus"], "ACTIVE")


def items(found, cli):
    key = {"paymentId": {"S": "cli"}, "timestamp": {"S": "t"}}
    at = ["--table-name", TABLE, "--key", json.dumps(key)]
    put = ["dynamodb", "put-item", "--table-name", TABLE, "--item", json.dumps(key | {"n": {"N": "1.50"}, "b": {"BOOL": True}}),
           "--condition-expression", "attribute_not_exists(paymentId)"]
    cli.json(*put)
    code, _, errors = cli.text(*put, check=False)
    found.expect(code != 0 and "ConditionalCheckFailedException" in errors, "a failed condition is the error that it is on AWS", errors)
    found.equal("get-item", cli.json("dynamodb", "get-item", *at)["Item"].get("n"), {"N": "1.5"})
    updated = cli.json("dynamodb", "update-item", *at, "--update-expression", "SET n = n + :one", "--expression-attribute-values",
                       json.dumps({":one": {"N": "1"}}), "--return-values", "ALL_NEW")
    found.equal("update-item", updated["Attributes"]["n"], {"N": "2.5"})
    cli.json("dynamodb", "transact-write-items", "--transact-items", json.dumps([
        {"Delete": {"TableName": TABLE, "Key": key, "ConditionExpression": "n = :n", "ExpressionAttributeValues": {":n": {"N": "2.5"}}}},
        {"Put": {"TableName": TABLE, "Item": key | {"timestamp": {"S": "u"}}}}]))
    found.equal("after transact-write-items", "Item" in cli.json("dynamodb", "get-item", *at), False)
    other = json.dumps(key | {"timestamp": {"S": "u"}})
    gone = cli.json("dynamodb", "delete-item", "--table-name", TABLE, "--key", other, "--return-values", "ALL_OLD")
    found.equal("delete-item", gone.get("Attributes", {}).get("timestamp"), {"S": "u"})
    counted = cli.json("dynamodb", "scan", "--table-name", TABLE, "--select", "COUNT", "--filter-expression", "attribute_exists(#e)",
                       "--expression-attribute-names", json.dumps({"#e": "_event"}))
    found.equal("scan --select COUNT of the events", counted["Count"], 2)


def at_rest(found, cli):
    """What is in the table once every execution has ended and nothing more arrives."""
    [machine] = cli.json("stepfunctions", "list-state-machines")["stateMachines"]
    deadline, seen = time.monotonic() + SETTLED_S_MAX, None
    while time.monotonic() < deadline:
        running_ones = cli.json("stepfunctions", "list-executions", "--state-machine-arn", machine["stateMachineArn"], "--status-filter", "RUNNING")
        now = cli.items(TABLE)
        if not running_ones["executions"] and now == seen:
            return now
        seen = now
        time.sleep(1)
    found.expect(False, f"everything ends within {SETTLED_S_MAX} s")
    return seen


def unknown(found, cli):
    """What is not offered is refused, never made up."""
    for arguments in (["dynamodb", "create-backup", "--table-name", TABLE, "--backup-name", "verify"], ["lambda", "list-layers"]):
        code, output, errors = cli.text(*arguments, check=False)
        found.expect(code != 0 and errors.strip() and not output.strip(), f"{' '.join(arguments[:2])} is refused with an error", [output, errors])
    code, _, errors = cli.text("ssm", "get-parameter", "--name", "/no/such", check=False)
    found.expect(code != 0 and "ParameterNotFound" in errors, "an unknown parameter is ParameterNotFound", errors)


def commands(found, port):
    """The project's own client against the running pipeline."""
    def pipec(*arguments):
        done = subprocess.run([local_run.PIPEC, *arguments, "--port", str(port)], cwd=place.PROJECT, capture_output=True, text=True, timeout=60)
        found.note(f"  $ pipec {' '.join(map(str, arguments))} -> {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    sent = pipec("send", SPEC, "--count", "3", "--duplicate")
    found.expect(sent.returncode == 0 and re.search("duplicate", sent.stdout), "pipec send --duplicate shows the duplicate", sent.stdout)
    for what in ("signature", "body"):
        refused = pipec("send", SPEC, "--tamper", what)
        found.expect("401" in refused.stdout + refused.stderr, f"pipec send --tamper {what} is answered 401", refused.stdout + refused.stderr)
    told = pipec("events", SPEC, "pay_local")
    found.expect("PaymentSettled" in told.stdout, "pipec events tells what happened", told.stdout)


report.run(check)
