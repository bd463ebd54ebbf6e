"""The systems with queues, buckets, API keys and function URLs under `pipec run`: the real AWS CLI reads what they did."""

import contextlib
import json
import os
import signal
import subprocess
import time

from outside import aws, local_run, place, processes, report, webhook

DONE_S_MAX = 120
ACCOUNT = aws.ACCOUNT


def spec(name):
    return f"specs/{name}.pipe"


class Local:
    """One pipeline that runs, and its clients."""

    def __init__(self, found, name, port, process):
        self.found, self.name, self.port, self.process = found, name, port, process
        self.url = f"http://127.0.0.1:{port}"
        self.cli = aws.Cli(self.url)

    def send(self, *arguments):
        command = [local_run.PIPEC, "send", spec(self.name), "--port", str(self.port), *arguments]
        done = subprocess.run(command, cwd=place.PROJECT, capture_output=True, text=True, timeout=120)
        self.found.note(f"  $ pipec send {' '.join(map(str, arguments))} -> {done.returncode}\n{done.stdout}{done.stderr}")
        return [int(line.split()[0]) for line in done.stdout.splitlines() if line[:3].isdigit()]

    def http(self, method, path, headers=None, body=None):
        return webhook.ask(method, self.url + path, headers, body)

    def depth(self, queue):
        """Visible, hidden and delayed messages."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        told = self.cli.json("sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "All")["Attributes"]
        return [int(told[name]) for name in names]

    def until(self, text, wanted, seen):
        deadline = time.monotonic() + DONE_S_MAX
        while (now := seen()) != wanted and time.monotonic() < deadline:
            time.sleep(0.2)
        self.found.equal(text, now, wanted)


@contextlib.contextmanager
def running(found, name, folder, *, port=None, time_scale="0.05"):
    port = port or processes.free_port()
    with local_run.running(spec(name), port, folder / f"{name}.log", "--state", folder / name, "--time-scale", time_scale) as process:
        yield Local(found, name, port, process)


def check(found):
    folder = place.scratch("local-queues")
    archive(found, folder)
    webhook_processing(found, folder)
    notifications(found, folder)
    found.show("pipec run: archived and read back from S3, an API key asked for, a dead letter read from SQS, a function URL called")


def archive(found, folder):
    bucket, prefix = f"archive-webhook-archive-local-{ACCOUNT}", "webhooks/"
    with running(found, "archive", folder) as local:
        sent = local.send("--body", "specs/archive/samples")
        found.need(sent and set(sent) == {200}, "the samples are recorded", sent)
        listed = local.cli.json("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", prefix)["Contents"]
        found.equal("archived objects", len(listed), len(sent))
        got = folder / "object.json"
        answer = local.cli.json("s3api", "get-object", "--bucket", bucket, "--key", listed[0]["Key"], got)
        body = json.loads(got.read_text())
        found.equal("an archived object", [answer["ContentType"], answer["ServerSideEncryption"], body["_event"]],
                    ["application/json", "aws:kms", "PaymentReceived"])
        found.expect("_body" in body and answer.get("VersionId", "null") != "null", "it holds the raw body and is a version", body)
        code, _, errors = local.cli.text("s3api", "get-object", "--bucket", bucket, "--key", "nobody", got, check=False)
        found.expect(code != 0 and "NoSuchKey" in errors, "a missing object is NoSuchKey", errors)
        for queue in ("processing-queue-local", "notification-queue-local"):
            local.until(f"{queue} is empty in the end", [0, 0, 0], lambda queue=queue: local.depth(queue))
        found.equal("the function's own address: its route", local.http("GET", "/_url/webhook-receiver-local/health")[0], 200)
        found.equal("and every other path", local.http("POST", "/_url/webhook-receiver-local/webhook", body=b"{}")[0], 404)
        items = sorted(map(json.dumps, local.cli.items("payment-events-local")))
        os.killpg(local.process.pid, signal.SIGKILL)
        local.process.wait()
        with running(found, "archive", folder, port=local.port) as again:
            found.equal("after kill -9: items", sorted(map(json.dumps, again.cli.items("payment-events-local"))) == items, True)
            kept = again.cli.json("s3api", "list-object-versions", "--bucket", bucket)["Versions"]
            found.equal("after kill -9: versions of objects", [len(kept), {one["IsLatest"] for one in kept}], [len(listed), {True}])


def webhook_processing(found, folder):
    samples = "specs/webhook_processing/samples"
    with running(found, "webhook_processing", folder) as local:
        found.equal("without a key", local.http("POST", "/webhooks/stripe", body=b"{}")[0], 403)
        found.equal("with an unknown key", local.http("POST", "/webhooks/stripe", {"x-api-key": "nobody"}, b"{}")[0], 403)
        hidden = local.cli.json("apigateway", "get-api-keys")["items"]
        [key] = local.cli.json("apigateway", "get-api-keys", "--include-values", "--name-query", "partners-local")["items"]
        found.expect("value" not in hidden[0] and len(key["value"]) >= 30, "a key's value is told when it is asked for", [len(key.get("value", ""))])
        holders = [path for path in (folder / "webhook_processing").rglob("*") if path.is_file() and key["value"].encode() in path.read_bytes()]
        found.expect(holders and not any(path.stat().st_mode & 0o077 for path in holders), "and kept where only its owner reads",
                     [f"{path.name} {path.stat().st_mode:o}" for path in holders])
        [plan] = local.cli.json("apigateway", "get-usage-plans")["items"]
        found.equal("the usage plan's quota", [plan["quota"]["limit"], plan["quota"]["period"]], [10000, "DAY"])
        typed = {"x-api-key": key["value"], "content-type": "application/json"}
        found.equal("with the key and no signature", local.http("POST", "/webhooks/stripe", typed, b"{}")[0], 401)
        found.equal("with the key, an unknown provider", local.http("POST", "/webhooks/nobody", typed, b"{}")[0], 404)
        one = f"{samples}/stripe/succeeded.json"
        found.equal("pipec send shows the key, twice the same", local.send("--provider", "stripe", "--body", one, "--duplicate"), [200, 200])
        found.equal("and every sample of Square's", local.send("--provider", "square", "--body", f"{samples}/square"), [200, 200])
        found.equal("and an event that the route does not accept", local.send("--provider", "stripe", "--body", f"{samples}/stripe/other.json"), [200])
        unread = [[one["event_type"]["S"], one["reason"]["S"], one["_body"]["S"]] for one in local.cli.items("unread-local") if "_event" in one]
        found.equal("it is kept with its bytes", unread, [["customer.created", "unknown_type", (place.PROJECT / samples / "stripe/other.json").read_text()]])
        for lane in ("stripe", "square"):
            local.until(f"{lane}'s lane is empty in the end", [0, 0, 0], lambda lane=lane: local.depth(f"lane-{lane}-local.fifo"))
        facts = [item for item in local.cli.items("webhooks-local") if "_event" in item]
        found.equal("what is recorded", sorted([one["provider"]["S"], one["status"]["S"], one["amount"]["N"]] for one in facts),
                    [["square", "refunded", "12.34"], ["square", "succeeded", "12500"], ["stripe", "succeeded", "42"]])


def notifications(found, folder):
    """What the consumer cannot read ends as a dead letter; what it can is recorded, though nobody has set the parameter for its log."""
    dead = "webhook-dlq-local"
    with running(found, "notifications", folder, time_scale="0.0005") as local:
        charge = json.loads((place.PROJECT / "specs/notifications/samples/charge.json").read_text())
        broken = json.dumps(charge | {"amount": "much"})
        local.cli.json("sqs", "send-message", "--queue-url", "webhook-inbox-local", "--message-body", broken)
        local.until("a message that nobody can read ends as a dead letter", [1, 0, 0], lambda: local.depth(dead))
        [letter] = local.cli.json("sqs", "receive-message", "--queue-url", dead, "--attribute-names", "All")["Messages"]
        found.equal("where it came from", letter["Attributes"]["DeadLetterQueueSourceArn"], f"arn:aws:sqs:{aws.REGION}:{ACCOUNT}:webhook-inbox-local")
        found.equal("it is as it was sent", letter["Body"], broken)
        facts = lambda: [item["_event"]["S"] for item in local.cli.items("payment-transactions-local") if "_event" in item]
        found.equal("nothing of it is recorded", facts(), [])
        # Sent again by hand, as an operator does who has mended it.
        local.cli.json("sqs", "send-message", "--queue-url", "webhook-inbox-local", "--message-body", json.dumps(charge))
        local.cli.json("sqs", "delete-message", "--queue-url", dead, "--receipt-handle", letter["ReceiptHandle"])
        local.until("what was mended is recorded", ["TransactionReceived"], facts)
        found.equal("a transaction is taken", local.send("--body", "specs/notifications/samples/refund.json"), [200])
        local.until("it is recorded", ["TransactionReceived"] * 2, facts)
        found.equal("and the dead letter is gone", local.depth(dead), [0, 0, 0])
        code, _, errors = local.cli.text("sqs", "receive-message", "--queue-url", "nobody", check=False)
        found.expect(code != 0 and "NonExistentQueue" in errors, "an unknown queue is NonExistentQueue", errors)


report.run(check)
