"""checkov finds nothing in any compiled template, few controls are left out and each with its reason; and our own audit of the templates."""

import json
import os
import subprocess

from outside import place, report

DISTINCT_MAX = 5  # controls that may be left out, over all templates


def check(found):
    templates = place.templates()
    found.need(templates, f"{place.INFRA_OUT} holds templates")
    passed, skipped = 0, {}
    for path in templates:
        passed += judged(found, path, skipped)
        reasons(found, path)
    for control, places in sorted(skipped.items()):
        found.note(f"  left out: {control} at {len(places)} resource(s): {', '.join(places)}")
    found.expect(len(skipped) <= DISTINCT_MAX, f"at most {DISTINCT_MAX} distinct controls are left out", sorted(skipped))
    audit = subprocess.run(["cargo", "test", "--quiet", "--package", "pipe-compiler", "--test", "it", "audit_template"],
                           cwd=place.PROJECT, capture_output=True, text=True)
    found.expect(audit.returncode == 0, "the audit of the compiler's tests objects to no template, and to each spoiled copy", audit.stdout[-1500:] + audit.stderr[-500:])
    found.show(f"checkov: {passed} passed, 0 failed in {len(templates)} template(s), {len(skipped)} distinct controls left out with reasons; own audit ok")


def judged(found, path, skipped):
    # Its tables and colours are for people, so the JSON is read.
    done = subprocess.run([place.CHECKOV / "checkov", "-f", path, "--framework", "cloudformation", "--skip-download", "--compact", "--output", "json"],
                          capture_output=True, text=True, cwd=place.PROJECT, env={**os.environ, "LOG_LEVEL": "ERROR"})
    try:
        results = json.loads(done.stdout)["results"]
    except (ValueError, KeyError, TypeError):
        found.need(False, f"checkov reads {path.parent.name}", (done.stdout + done.stderr)[-800:])
    found.expect(not results["parsing_errors"], f"checkov reads {path.parent.name} whole", results["parsing_errors"])
    for one in results["failed_checks"]:
        found.expect(False, f"no finding of checkov in {path.parent.name}", f"{one['check_id']} {one['check_name']}: {one['resource']}")
    for one in results["skipped_checks"]:
        skipped.setdefault(one["check_id"], []).append(f"{path.parent.name}/{one['resource'].split('.')[-1]}")
    found.expect(results["passed_checks"], f"checkov judges {path.parent.name}")
    return len(results["passed_checks"])


def reasons(found, path):
    """Every control that is left out says why, in words."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for name, resource in document["Resources"].items():
        for one in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            found.expect(len(one.get("comment", "").split()) >= 3, f"{path.parent.name}/{name}: {one['id']} is left out for a reason", one)


report.run(check)
