"""The AWS CLI against an endpoint on this machine: the real client, no account, no profile of the user's."""

import json
import os
import subprocess
import time

from outside import place

ACCOUNT = "123456789012"
REGION = "us-east-1"


class AwsError(Exception):
    """The CLI ended with an error; the text is what it printed."""


def environment(endpoint):
    """Variables for any AWS client: the endpoint, made-up credentials, nothing from the user's own files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


class Cli:
    """`aws` with one endpoint."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.env = environment(endpoint)

    def text(self, *arguments, check=True):
        """Standard output and error of `aws ARGUMENTS`; an AwsError where it fails, unless `check` is off."""
        command = [place.PYTHON / "aws", *arguments, "--endpoint-url", self.endpoint]
        print("  $ aws " + " ".join(str(argument)[:120] for argument in arguments), flush=True)
        done = subprocess.run([str(part) for part in command], env=self.env, capture_output=True, text=True, timeout=180)
        if check and done.returncode != 0:
            raise AwsError(f"aws {' '.join(map(str, arguments[:2]))} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments):
        """What `aws ARGUMENTS` answers, read; {} where it answers nothing."""
        _, output, _ = self.text(*arguments, "--output", "json")
        return json.loads(output) if output.strip() else {}

    def deploy(self, stack, template_path, bucket, **parameters):
        """`aws cloudformation deploy` as the README has it. Returns its output."""
        arguments = ["cloudformation", "deploy", "--template-file", template_path, "--stack-name", stack,
                     "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset",
                     "--s3-bucket", bucket, "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
        # The CLI names a change set after the second it is made in, so two deploys within one second would meet.
        time.sleep(1.1)
        code, output, errors = self.text(*arguments, check=False)
        if code != 0:
            raise AwsError(f"deploy ended with {code}: {output.strip()} {errors.strip()}\n{self.reasons(stack)}")
        return output

    def reasons(self, stack):
        """Why resources of a stack could not be made."""
        code, output, _ = self.text("cloudformation", "describe-stack-events", "--stack-name", stack, "--output", "json", check=False)
        events = json.loads(output)["StackEvents"] if code == 0 else []
        return "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events
                         if "FAILED" in event.get("ResourceStatus", "") and event.get("ResourceStatusReason"))

    def stage_url(self, api_endpoint):
        """Where the emulator serves the stage that a stack's output names."""
        host, _, stage = api_endpoint.removeprefix("https://").partition("/")
        return f"{self.endpoint}/restapis/{host.split('.')[0]}/{stage.strip('/')}/_user_request_"

    def outputs(self, stack):
        answer = self.json("cloudformation", "describe-stacks", "--stack-name", stack)
        return {output["OutputKey"]: output["OutputValue"] for output in answer["Stacks"][0].get("Outputs", [])}

    def items(self, table):
        return self.json("dynamodb", "scan", "--table-name", table, "--consistent-read")["Items"]
