"""The commands of the README, as printed: those for AWS on ministack, those for production by the AWS CLI alone, those for the local run against `pipec run`."""

import json
import re
import subprocess
import time

from outside import aws, emulators, place, processes, report, webhook
from outside.report import Skip

BUCKET = "artifacts"
LOCAL_PORT = 4700  # the one that the README names
START_S_MAX = 900  # the handlers may have to be compiled first
SETTLED_S_MAX = 40

# API Gateway's own host names do not resolve here: the emulator serves the same API under a path of its own address.
CURL = """#!/bin/sh
for argument; do
  shift
  set -- "$@" "$(printf %s "$argument" | sed -E 's#^https://([a-z0-9]+)\\.execute-api\\.[^/]*/([^/]+)/#ENDPOINT/restapis/\\1/\\2/_user_request_/#')"
done
exec /usr/bin/curl "$@"
"""


def blocks(kind):
    text = (place.PROJECT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def shell(found, script, env):
    """Runs one block and gives what it printed; any failing line fails it."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=place.PROJECT, env=env, capture_output=True, text=True, timeout=600)
    found.note(f"--- {script}--- ended with {done.returncode}\n{done.stdout}{done.stderr}")
    first = script.strip().splitlines()[0][:80]
    found.need(done.returncode == 0, f"the README's block `{first}` runs", done.stderr.strip()[-800:])
    return done.stdout


def check(found):
    package = place.package()
    if package is None:
        raise Skip("there is no handler package: see the check `package`")
    folder = place.scratch("readme")
    on_emulator(found, package, folder)
    in_production(found)
    locally(found, folder)
    found.show("the README's commands for AWS and for the local run do what it says, those for production are AWS's")


def on_emulator(found, package, folder):
    with emulators.ministack("readme", runs_arm64=True) as cli:
        cli.text("s3", "mb", f"s3://{BUCKET}")
        shims = folder / "bin"
        shims.mkdir(exist_ok=True)
        curl = shims / "curl"
        curl.write_text(CURL.replace("ENDPOINT", cli.endpoint), encoding="utf-8")
        curl.chmod(0o755)
        env = aws.environment(cli.endpoint) | {"BUCKET": BUCKET, "WEBHOOK_KEY": webhook.SECRET}
        env["PATH"] = f"{shims}:{place.PYTHON}:{env['PATH']}"
        deploy, curl_block, watch, clean = blocks("sh aws")
        # The check `package` has run this very command, with the cross toolchain that this machine needs for it.
        built = re.sub(r"\$\(cargo run -q -p pipec -- build specs/payments.pipe\)", str(package), deploy)
        found.need(built != deploy, "the README builds the package with pipec build", deploy)
        shell(found, built, env)
        for expected in ("recorded", "duplicate"):
            answer = shell(found, curl_block, env)
            found.expect(expected in answer, f"curl is answered `{expected}`", answer)
        machine = cli.outputs("payments-dev")["SettlePaymentStateMachineArn"]
        deadline = time.monotonic() + SETTLED_S_MAX
        while time.monotonic() < deadline and "SUCCEEDED" not in cli.text("stepfunctions", "list-executions", "--state-machine-arn", machine)[1]:
            time.sleep(0.5)
        seen = shell(found, watch, env)
        found.expect("SUCCEEDED" in seen, "the README's watching shows the execution", seen)
        shell(found, clean, env)


def in_production(found):
    """Neither emulator protects a stack: the CLI reads the commands, holds them against AWS's own model, and sends nothing."""
    env = aws.environment("http://127.0.0.1:9")
    env["PATH"] = f"{place.PYTHON}:{env['PATH']}"
    [block] = blocks("sh aws production")
    # A command ends where the next begins; its arguments may go over several lines.
    commands = re.split(r"^(?=aws )", block, flags=re.MULTILINE)[1:]
    for command in commands:
        shell(found, f"{command.rstrip()} --generate-cli-skeleton output\n", env)
    policy = json.loads(re.search(r"--stack-policy-body '([^']*)'", block).group(1))
    found.expect([one["Effect"] for one in policy["Statement"]] == ["Allow", "Deny"], "the stack policy allows updates but some", policy)


def locally(found, folder):
    env = aws.environment("unused")
    env["PATH"] = f"{place.PYTHON}:{env['PATH']}"
    command = [place.TARGET / "debug" / "pipec", "run", "specs/payments.pipe", "--state", folder / "state"]
    with processes.server(command, env=env, cwd=place.PROJECT, log=folder / "pipec.log", ready=f"http://127.0.0.1:{LOCAL_PORT}/", ready_s=START_S_MAX):
        [block] = blocks("sh local")
        answer = shell(found, block, env)
        found.expect('"recorded"' in answer, "the local curl is answered `recorded`", answer)


report.run(check)
