"""The compiled template on ministack: deployed by the AWS CLI with the ARM64 handlers, driven by signed webhooks, updated, deleted."""

import concurrent.futures
import json
import time

from outside import emulators, place, report, stack, webhook
from outside.report import Skip
from outside.template import listed

STACK = "payments-dev"
BUCKET = "artifacts"
NOTICED_S_MAX = 35
SETTLED_S_MAX = 40
DELIVERIES, AT_ONCE = 48, 6


def check(found):
    package = place.package()
    if package is None:
        raise Skip("there is no handler package: see the check `package`")
    document = place.template()
    with emulators.ministack("ministack", runs_arm64=True) as aws:
        aws.text("s3", "mb", f"s3://{BUCKET}")
        aws.text("s3", "cp", package, f"s3://{BUCKET}/{package.name}")
        parameters = {"HandlerBucket": BUCKET, "HandlerKey": package.name, "OpsEmail": "ops@example.com"}
        began = time.monotonic()
        aws.deploy(STACK, place.INFRA_OUT / place.PIPELINE / "template.json", BUCKET, **parameters)
        found.show(f"deployed in {time.monotonic() - began:.1f} s")
        outputs = aws.outputs(STACK)
        found.expect({"ApiEndpoint", "KeyId"} <= outputs.keys() and any(name.endswith("StateMachineArn") for name in outputs)
                     and any(name.endswith("TableName") for name in outputs) and sum(name.endswith("FunctionName") for name in outputs) == 2,
                     "the outputs name endpoint, machine, table, key and functions", outputs)
        stack.compare(found, aws, document, drops={"concurrency"}, **parameters)
        driven = Driven(found, aws, outputs)
        driven.all()
        update(found, aws, document, parameters)
        without_a_grant(found, aws, document, parameters, driven)
        aws.text("cloudformation", "delete-stack", "--stack-name", STACK)
        aws.text("cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK)
        stack.left_over(found, aws)
        found.show("updated, unchanged deploy, deleted")


class Driven:
    """Webhooks through a deployed stack."""

    def __init__(self, found, aws, outputs):
        self.found, self.aws = found, aws
        self.url = f"{aws.stage_url(outputs['ApiEndpoint'])}/webhooks"
        self.machine = next(value for name, value in outputs.items() if name.endswith("StateMachineArn"))

    def all(self):
        body = webhook.payment("pay_verify_1")
        self.without_a_secret(body)
        self.aws.text("ssm", "put-parameter", "--name", stack.SECRET, "--type", "SecureString", "--value", webhook.SECRET)
        self.noticed(body)
        self.refused(body)
        self.settled(body)
        self.repeated(body)
        self.samples()
        self.at_once()
        self.executions()

    def post(self, body, signed=None):
        answer = webhook.post(self.url, body, webhook.signature(body) if signed is None else signed)
        print(f"  POST {body[:100]!r} -> {answer}", flush=True)
        return answer

    def facts(self, payment=None):
        return {(item["paymentId"]["S"], item["_event"]["S"], item.get("status", {}).get("S")): item for item in self.aws.items(stack.TABLE)
                if "_event" in item and payment in (None, item["paymentId"]["S"])}

    def without_a_secret(self, body):
        status, answer = self.post(body)
        self.found.expect(status >= 500, "without the secret's parameter the answer is 5xx", [status, answer])

    def noticed(self, body):
        """A secret that was missing is asked for again after 30 seconds, not at each request."""
        deadline = time.monotonic() + NOTICED_S_MAX
        while (status := webhook.post(self.url, body, None)[0]) >= 500 and time.monotonic() < deadline:
            time.sleep(1)
        self.found.expect(status < 500, f"a secret put there is noticed within {NOTICED_S_MAX} s", status)

    def refused(self, body):
        good = webhook.signature(body)
        cases = {"a tampered body": (body.replace(b"99.99", b"9.99"), good), "a wrong secret": (body, webhook.signature(body, "another")),
                 "a tampered signature": (body, good[:-1] + ("0" if good[-1] != "0" else "1"))}
        for name, (sent, signed) in cases.items():
            self.found.equal(f"{name}: status", self.post(sent, signed)[0], 401)
        self.found.equal("no signature: status", webhook.post(self.url, body, None)[0], 401)
        broken = b'{"paymentId":"pay_\xff"}'
        self.found.equal("signed bytes that are no text: status", self.post(broken)[0], 400)
        self.found.equal("nothing of it is stored", self.aws.items(stack.TABLE), [])

    def settled(self, body):
        began = time.monotonic()
        status, answer = self.post(body)
        self.found.need(status == 200, "a signed webhook is answered 200", [status, answer])
        self.found.equal("its answer", webhook.verdict(answer), "recorded")
        ended = self.ended("pay_verify_1")
        self.found.need(("pay_verify_1", "PaymentSettled", None) in ended, "the payment is settled", sorted(self.facts()))
        self.found.show(f"a signed webhook settled in {time.monotonic() - began:.1f} s")
        first = self.facts()["pay_verify_1", "PaymentReceived", "pending"]
        self.found.equal("the amount", first["amount"], {"N": "99.99"})

    def ended(self, payment):
        """Waits for the last event of a payment, and until the stream's poll has taken it: ministack hands several records to one execution."""
        deadline = time.monotonic() + SETTLED_S_MAX
        while time.monotonic() < deadline:
            facts = self.facts(payment)
            last = [item for (_, event, _), item in facts.items() if event in ("PaymentSettled", "PaymentFailed")]
            if last and self.taken(last[0]):
                return facts
            time.sleep(0.3)
        return self.facts(payment)

    def taken(self, item):
        for execution in self.aws.json("stepfunctions", "list-executions", "--state-machine-arn", self.machine)["executions"][:4]:
            seen = self.aws.json("stepfunctions", "describe-execution", "--execution-arn", execution["executionArn"])["input"]
            keys = {"paymentId": item["paymentId"], "timestamp": item["timestamp"]}
            if any(record["dynamodb"]["Keys"] == keys for record in json.loads(seen)):
                return True
        return False

    def repeated(self, body):
        before = self.aws.items(stack.TABLE)
        status, answer = self.post(body)
        self.found.equal("the same webhook again", [status, webhook.verdict(answer)], [200, "duplicate"])
        key = lambda item: json.dumps(item["paymentId"]) + json.dumps(item["timestamp"])
        self.found.expect(sorted(before, key=key) == sorted(self.aws.items(stack.TABLE), key=key), "a duplicate stores nothing")
        other = body.replace(b"99.99", b"100.00")
        status, answer = self.post(other)
        self.found.equal("the same identity with other content: status", status, 409)

    def samples(self):
        folder = place.SPEC.with_suffix("") / "samples"
        paths = sorted(folder.glob("*.json"))
        self.found.need(paths, f"{folder} holds sample bodies")
        ends = []
        for path in paths:
            body = path.read_bytes()
            status, answer = self.post(body)
            self.found.equal(f"{path.name}: status", status, 200)
            payment = json.loads(body)["paymentId"]
            events = sorted(event for _, event, _ in self.ended(payment))
            ends += [event for event in events if event != "PaymentReceived"]
            self.found.expect(len(events) == 2, f"{path.name} ends, once", events)
        self.found.expect({"PaymentSettled", "PaymentFailed"} <= set(ends), "the samples show a settled and a failed payment", ends)
        self.found.show(f"{len(paths)} samples ended: {', '.join(ends)}")

    def at_once(self):
        """Many deliveries of one webhook at the same time, sent again on 429 and 5xx as a provider does."""
        body = webhook.payment("pay_verify_many", status="succeeded")
        signed = webhook.signature(body)

        def deliver(_):
            for attempt in range(20):
                status, answer = webhook.post(self.url, body, signed)
                if status != 429 and status < 500:
                    return status, webhook.verdict(answer)
                time.sleep(0.2 * (attempt + 1))
            return status, answer

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(deliver, range(DELIVERIES)))
        seen = {str(answer): answers.count(answer) for answer in set(answers)}
        self.found.equal(f"{DELIVERIES} deliveries at once", seen, {str((200, "recorded")): 1, str((200, "duplicate")): DELIVERIES - 1})
        self.found.equal("events of it", len(self.facts("pay_verify_many")), 1)
        self.found.show(f"{DELIVERIES} deliveries at once: 1 event")

    def executions(self):
        seen = self.aws.json("stepfunctions", "list-executions", "--state-machine-arn", self.machine)["executions"]
        wrong = [one for one in seen if one["status"] not in ("SUCCEEDED", "FAILED")]
        self.found.expect(not wrong, "every execution has ended", wrong)
        for one in (one for one in seen if one["status"] == "FAILED"):
            error = self.aws.json("stepfunctions", "describe-execution", "--execution-arn", one["executionArn"]).get("error")
            self.found.equal("an execution that failed says", error, "Unsettled")


def without_a_grant(found, aws, document, parameters, driven):
    """The control: without the statement that lets it append, the route's function is refused. So the roles above were really asked."""
    changed = json.loads(json.dumps(document))
    function = changed["Resources"][changed["Metadata"]["pipec"]["routes"][0]["function"]]
    role = changed["Resources"][function["Properties"]["Role"]["Fn::GetAtt"][0]]
    removed = 0
    for policy in role["Properties"]["Policies"]:
        statements = policy["PolicyDocument"]["Statement"]
        policy["PolicyDocument"]["Statement"] = [one for one in statements if "dynamodb:PutItem" not in listed(one["Action"])]
        removed += len(statements) - len(policy["PolicyDocument"]["Statement"])
    found.equal("statements that allow the append", removed, 1)
    path = place.scratch("ministack") / "without_a_grant.json"
    path.write_text(json.dumps(changed), encoding="utf-8")
    aws.deploy(STACK, path, BUCKET, **parameters)
    body = webhook.payment("pay_verify_denied")
    status, answer = driven.post(body)
    found.equal("without its grant the function cannot record: status", status, 503)
    found.equal("and nothing is stored", driven.facts("pay_verify_denied"), {})


def update(found, aws, document, parameters):
    """A changed memory size arrives; a deploy that changes nothing says so."""
    changed = json.loads(json.dumps(document))
    name, function = next((name, one) for name, one in changed["Resources"].items() if one["Type"] == "AWS::Lambda::Function")
    function["Properties"]["MemorySize"] += 64
    path = place.scratch("ministack") / "changed.json"
    path.write_text(json.dumps(changed), encoding="utf-8")
    aws.deploy(STACK, path, BUCKET, **parameters)
    physical = aws.json("cloudformation", "describe-stack-resource", "--stack-name", STACK, "--logical-resource-id", name)
    seen = aws.json("lambda", "get-function-configuration", "--function-name", physical["StackResourceDetail"]["PhysicalResourceId"])
    found.equal(f"{name}: MemorySize after the update", seen["MemorySize"], function["Properties"]["MemorySize"])
    found.expect("No changes to deploy" in aws.deploy(STACK, path, BUCKET, **parameters), "a deploy that changes nothing says so")


report.run(check)
