"""The compiled template on moto, a second emulator: deployed by the AWS CLI, what it makes listed and compared, updated, deleted."""

import json

from outside import emulators, place, report, stack

STACK = "payments-dev"
BUCKET = "artifacts"
KEY = "payments.zip"
# What moto says CREATE_COMPLETE to and makes nothing of, or, of a policy's text, gives back as no JSON. ministack is asked for these.
DROPS = {"definition", "architecture", "pipe", "stage", "policy text"}


def check(found):
    document = place.template()
    with emulators.moto("moto") as aws:
        aws.text("s3", "mb", f"s3://{BUCKET}")
        package = place.package() or place.INFRA_OUT / place.PIPELINE / "template.json"  # moto does not run it
        aws.text("s3", "cp", package, f"s3://{BUCKET}/{KEY}")
        parameters = {"HandlerBucket": BUCKET, "HandlerKey": KEY, "OpsEmail": "ops@example.com"}
        aws.deploy(STACK, place.INFRA_OUT / place.PIPELINE / "template.json", BUCKET, **parameters)
        [seen] = aws.json("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"]
        found.equal("status", seen["StackStatus"], "CREATE_COMPLETE")
        stack.compare(found, aws, document, drops=DROPS, **parameters)
        changed = json.loads(json.dumps(document))
        function = next(one for one in changed["Resources"].values() if one["Type"] == "AWS::Lambda::Function")
        function["Properties"]["MemorySize"] += 64
        path = place.scratch("moto") / "changed.json"
        path.write_text(json.dumps(changed), encoding="utf-8")
        aws.deploy(STACK, path, BUCKET, **parameters)
        sizes = {one["MemorySize"] for one in aws.json("lambda", "list-functions")["Functions"]}
        found.expect(function["Properties"]["MemorySize"] in sizes, "the changed memory size arrives", sorted(sizes))
        aws.text("cloudformation", "delete-stack", "--stack-name", STACK)
        stack.left_over(found, aws)
        found.show("deployed, listed, updated, deleted")


report.run(check)
