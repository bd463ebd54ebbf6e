"""asl-validator takes every compiled state machine, and each one stands in its template word for word."""

import json
import subprocess

from outside import place, report


def check(found):
    machines = sorted(place.INFRA_OUT.glob("*/*.asl.json"))
    found.need(machines, f"{place.INFRA_OUT} holds state machines")
    for machine in machines:
        name = machine.relative_to(place.INFRA_OUT)
        done = subprocess.run([place.NODE / "asl-validator", "--json-path", machine], capture_output=True, text=True)
        found.expect(done.returncode == 0, f"asl-validator takes {name}", (done.stdout + done.stderr).strip())
        template = json.loads((machine.parent / "template.json").read_text(encoding="utf-8"))
        inside = [resource["Properties"].get("Definition") for resource in template["Resources"].values()
                  if resource["Type"] == "AWS::StepFunctions::StateMachine"]
        found.expect(json.loads(machine.read_text(encoding="utf-8")) in inside, f"{name} is the Definition of a machine in its template")
    found.show(f"asl-validator takes {len(machines)} state machine(s)")


report.run(check)
