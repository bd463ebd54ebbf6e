"""Signed webhooks through the deployed systems other than payments, to everything that the emulator does with what comes of them.

ministack has no log group as the target of a rule and evaluates no alarm: these two are seen under `pipec run` only.
"""

import base64
import hashlib
import hmac
import json
import time

from outside import place, webhook
from outside.aws import ACCOUNT, REGION

SEEN_S_MAX = 60  # an emulator polls its queues and streams every second or so
KEY = "whsec_dmVyaWZ5LXRoZS1vdGhlci1zeXN0ZW1zLTI0Yg=="  # base64 of 24 bytes and more behind the prefix, as Standard Webhooks wants it
WATCH = "watch"  # a queue of the check's own, which hears what topics say


class Stack:
    """A deployed stack, and what a sender and its operators do with it."""

    def __init__(self, found, aws, pipeline, outputs):
        self.found, self.aws, self.pipeline, self.outputs = found, aws, pipeline, outputs
        self.url = aws.stage_url(outputs["ApiEndpoint"])

    def expect(self, holds, what, seen=None):
        return self.found.expect(holds, f"{self.pipeline} on ministack: {what}", seen)

    def secret(self, name, value=KEY):
        self.parameter(name, value, "SecureString")

    def parameter(self, name, value, kind="String"):
        path = f"/{self.pipeline.replace('_', '-')}/dev/{name.replace('_', '-')}"
        self.aws.text("ssm", "put-parameter", "--name", path, "--type", kind, "--value", value, "--overwrite")

    def post(self, path, body, headers):
        status, text = webhook.deliver(f"{self.url}/{path}", body, headers)
        print(f"  POST /{path} {body[:80]!r} -> {status} {text}", flush=True)
        return status

    def samples(self):
        folder = place.PROJECT / "specs" / self.pipeline / "samples"
        return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.json"))}

    def until(self, what, see, holds):
        """Waits until `holds(see())`; what was seen last."""
        deadline = time.monotonic() + SEEN_S_MAX
        while not holds(seen := see()) and time.monotonic() < deadline:
            time.sleep(0.5)
        self.expect(holds(seen), what, seen)
        return seen

    def listen(self, topic):
        """Has the check's own queue hear what the topic of this output says."""
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{WATCH}"
        let_in = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
        self.aws.text("sqs", "create-queue", "--queue-name", WATCH, "--attributes", json.dumps({"Policy": policy}))
        self.aws.text("sns", "subscribe", "--topic-arn", self.outputs[topic], "--protocol", "sqs", "--notification-endpoint", queue)

    def heard(self, kept):
        """Adds what the queue has got to `kept`, and returns it."""
        url = f"{self.aws.endpoint}/{ACCOUNT}/{WATCH}"
        for message in self.aws.json("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10").get("Messages", []):
            kept.append(json.loads(message["Body"]))
            self.aws.text("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
        return kept

    def complaints(self):
        """Prints what the functions complained of; for a person who reads the check's log."""
        for group in self.aws.json("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/").get("logGroups", []):
            for event in self.aws.json("logs", "filter-log-events", "--log-group-name", group["logGroupName"])["events"]:
                if '"level":"ERROR"' in event["message"]:
                    print(f"  {group['logGroupName']}: {event['message'].strip()}", flush=True)

    def clear(self):
        """Takes the check's own queue away again."""
        if any(url.endswith(f"/{WATCH}") for url in self.aws.json("sqs", "list-queues").get("QueueUrls", [])):
            self.aws.text("sqs", "delete-queue", "--queue-url", f"{self.aws.endpoint}/{ACCOUNT}/{WATCH}")

    def facts(self, table):
        return [item for item in self.aws.items(self.outputs[table]) if "_event" in item]


def standard_webhooks(body, name):
    seconds = str(int(time.time()))
    signed = hmac.new(base64.b64decode(KEY.removeprefix("whsec_")), f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": name, "webhook-timestamp": seconds, "webhook-signature": f"v1,{base64.b64encode(signed).decode()}"}


def archive(stack):
    stack.secret("webhook_key")
    stack.listen("PaymentAlertsTopicArn")
    for name, body in stack.samples().items():
        headers = {webhook.HEADER: webhook.signature(body, KEY)}
        statuses = [stack.post("webhook", body, headers) for _ in range(2)] + [stack.post("webhook", body + b" ", headers)]
        stack.expect(statuses == [200, 200, 401], f"{name}: taken, taken again as a duplicate, refused when changed", statuses)
    events = lambda: sorted((item["_event"]["S"], item["paymentId"]["S"]) for item in stack.facts("PaymentEventsTableName"))
    payments = sorted(json.loads(body)["paymentId"] for body in stack.samples().values())
    both = sorted((event, payment) for event in ("PaymentReceived", "PaymentProcessed") for payment in payments)
    stack.until("each payment is received and processed once", events, lambda seen: seen == both)
    objects = stack.aws.json("s3api", "list-objects-v2", "--bucket", stack.outputs["WebhookArchiveBucketName"]).get("Contents", [])
    stack.expect(len(objects) == len(payments), "each body is in the archive", objects)
    told = stack.until("the large and the failed payment are told of", lambda kept=[]: stack.heard(kept), lambda seen: len(seen) >= 3)
    stack.expect(any(one.get("Subject") for one in told), "an alert has a subject", told)


def notifications(stack):
    stack.secret("api_key")
    stack.parameter("downstream", "ledger")
    stack.listen("PaymentEventsTopicArn")
    samples = stack.samples()
    for name, body in samples.items():
        headers = standard_webhooks(body, f"msg_{name}")
        statuses = [stack.post("webhooks", body, headers) for _ in range(2)] + [stack.post("webhooks", body + b" ", headers)]
        stack.expect(statuses == [200, 200, 401], f"{name}: taken, taken again as a duplicate, refused when changed", statuses)
    facts = lambda: stack.facts("PaymentTransactionsTableName")
    stack.until("each transaction is recorded once", facts, lambda seen: len(seen) == len(samples))
    told = stack.until("each is told to the services downstream", lambda kept=[]: stack.heard(kept), lambda seen: len(seen) >= len(samples))
    ids = {json.loads(one["Message"])["eventId"] for one in told}
    stack.expect(ids == {json.loads(body)["eventId"] for body in samples.values()}, "and nothing else", ids)


def refunds(stack):
    stack.secret("shop_key")
    samples = stack.samples()
    for name, body in samples.items():
        headers = standard_webhooks(body, f"msg_{name}")
        stack.expect(stack.post("refunds", body, headers) == 200, f"{name} is taken")
    machine = next(value for name, value in stack.outputs.items() if name.startswith("RefundPayment") and name.endswith("StateMachineArn"))
    executions = lambda: stack.aws.json("stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"]
    ended = lambda seen: len(seen) == len(samples) and all(one["status"] != "RUNNING" for one in seen)
    seen = stack.until("each refund's workflow ends", executions, ended)
    stages = {item["refundId"]["S"]: item["stage"]["S"] for item in stack.facts("RefundsTableName") if item["_event"]["S"] == "RefundRequested"}
    identity = {name: json.loads(body)["refundId"] for name, body in samples.items()}
    wanted = {"small": "refunded", "approved": "refunded", "rejected": "rejected", "refused": "requested", "not-booked": "requested"}
    stack.expect(all(stages.get(identity[name]) == stage for name, stage in wanted.items()), "each refund is at the stage that its answer leads to",
                 [stages, [(one["name"], one["status"]) for one in seen]])


def webhook_processing(stack):
    stack.secret("stripe_key")
    stack.secret("square_key")
    stack.parameter("paypal_webhook_id", "8PT597110X687430LKGECATA")
    [key] = stack.aws.json("apigateway", "get-api-keys", "--include-values")["items"]
    partner = {"x-api-key": key["value"]}
    body = stripe_payment("evt_1", 125_00)
    statuses = [stack.post("webhooks/stripe", body, stripe(body)), stack.post("webhooks/nobody", body, stripe(body) | partner),
                stack.post("webhooks/stripe", body + b" ", stripe(body) | partner)]
    stack.expect(statuses == [403, 404, 401], "without the key 403, another provider 404, a changed body 401", statuses)
    statuses = [stack.post("webhooks/stripe", body, stripe(body) | partner) for _ in range(2)]
    stack.expect(statuses == [200, 200], "stripe's is taken, and again", statuses)
    body = square_payment("sq_1", 7_50)
    signed = hmac.new(KEY.encode(), SQUARE_URL.encode() + body, hashlib.sha256).digest()
    status = stack.post("webhooks/square", body, partner | {"x-square-hmacsha256-signature": base64.b64encode(signed).decode()})
    stack.expect(status == 200, "square's is taken", status)
    body = json.dumps({"id": "evt_2", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}).encode()
    status = stack.post("webhooks/stripe", body, stripe(body) | partner)
    unread = [[item["event_type"]["S"], item["reason"]["S"], item["_body"]["S"]] for item in stack.facts("UnreadTableName")]
    stack.expect([status, unread] == [200, [["customer.created", "unknown_type", body.decode()]]],
                 "an event that the route does not accept is kept with its body", [status, unread])
    notified = lambda seen: len(seen) == 2 and all(item["stage"]["S"] == "notified" for item in seen)
    stack.until("each is recorded once, and a rule has moved it on", lambda: stack.facts("WebhooksTableName"), notified)


SQUARE_URL = "https://example.com/hook"  # the check's value for each parameter that wants one


def stripe(body):
    seconds = str(int(time.time()))
    return {"Stripe-Signature": f"t={seconds},v1={hmac.new(KEY.encode(), f'{seconds}.'.encode() + body, hashlib.sha256).hexdigest()}"}


def stripe_payment(name, cents):
    now = int(time.time())
    intent = {"id": f"pi_{name}", "object": "payment_intent", "amount": cents, "currency": "usd", "status": "succeeded", "created": now}
    return json.dumps({"id": name, "object": "event", "type": "payment_intent.succeeded", "created": now, "livemode": False,
                       "data": {"object": intent}}).encode()


def square_payment(name, cents):
    payment = {"id": f"pay_{name}", "status": "COMPLETED", "amount_money": {"amount": cents, "currency": "USD"}, "created_at": "2026-11-20T19:23:00Z"}
    return json.dumps({"merchant_id": "M", "type": "payment.updated", "event_id": name, "created_at": "2026-11-20T19:23:00Z",
                       "data": {"type": "payment", "id": f"pay_{name}", "object": {"payment": payment}}}).encode()


def drive(found, aws, pipeline, outputs):
    found.need(pipeline in DRIVES, f"somebody wrote how {pipeline} is driven", sorted(DRIVES))
    stack = Stack(found, aws, pipeline, outputs)
    DRIVES[pipeline](stack)
    stack.complaints()
    stack.clear()


DRIVES = {"archive": archive, "notifications": notifications, "refunds": refunds, "webhook_processing": webhook_processing}
