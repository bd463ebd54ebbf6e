"""iam-simulate and the engine decide the same requests alike: for each compiled identity policy 200 and more, allowed and denied."""

import json
import random
import subprocess

from outside import place, report
from outside.template import Template, listed, statements

REQUESTS = 200  # for each policy, at least
EVALUATOR = place.TARGET / "debug" / "examples" / "decide"
SEED = 20_261_121


def check(found):
    build = subprocess.run(["cargo", "build", "--quiet", "--package", "pipe-engine", "--example", "decide"],
                           cwd=place.PROJECT, capture_output=True, text=True)
    found.need(build.returncode == 0, "the engine's evaluator builds", build.stderr)
    cases, policies = [], 0
    for path in place.templates():
        template = Template(json.loads(path.read_text(encoding="utf-8")))
        everything = [one for _, document in template.policies() for one in statements(document)]
        for where, document in template.policies():
            policies += 1
            cases += [(f"{path.parent.name}/{where}", document, request) for request in requests(document, everything, where)]
    found.need(cases, "there are policies")
    lines = "".join(json.dumps({"policies": [document], **request}) + "\n" for _, document, request in cases)
    theirs = decided(found, ["node", place.PROJECT / "verify.d" / "outside" / "iam_simulate.mjs", place.TOOLS / "node"], lines, len(cases))
    ours = decided(found, [EVALUATOR], lines, len(cases))
    compare(found, cases, theirs, ours, policies)


def compare(found, cases, theirs, ours, policies):
    counts, allowed = {}, 0
    for (where, _, request), their, our in zip(cases, theirs, ours):
        their, _, ignored = their.partition(" ignored:")
        if their.startswith("error:"):
            # Their data knows which resource an action takes; a request that cannot be made is none.
            if "PolicyErrors" in their:
                found.expect(False, f"{where}: iam-simulate reads the policy", their)
            continue
        counts.setdefault(where, {"allow": 0, "implicit_deny": 0, "explicit_deny": 0})[our.split(":")[0]] += 1
        allowed += our == "allow"
        if their != our:
            found.expect(False, f"{where}: both decide {json.dumps(request)} alike", f"iam-simulate {their}, engine {our}")
        strange = [key for key in ignored.split(",") if key and not key.lower().startswith("kms:encryptioncontext:")]
        if our == "allow" and "exact" in request and strange:
            found.expect(False, f"{where}: {request['action']} knows the keys of its condition", strange)
    for where in sorted({where for where, _, _ in cases}):
        seen = counts.get(where, {})
        made = sum(seen.values())
        found.expect(made >= REQUESTS and seen.get("allow") and seen["implicit_deny"], f"{where}: at least {REQUESTS} requests, allowed and denied", seen)
    total = sum(sum(seen.values()) for seen in counts.values())
    found.show(f"iam-simulate and the engine decide {total} requests to {policies} policies alike, {allowed} of them allowed")


def decided(found, command, lines, count):
    done = subprocess.run(command, input=lines, capture_output=True, text=True)
    answers = done.stdout.splitlines()
    found.need(done.returncode == 0 and len(answers) == count, f"{command[0]} decides every request", done.stderr[-500:])
    return answers


def requests(document, everything, where):
    """What each statement allows, that with one thing changed at a time, and other roles' business; the same on each run."""
    draw = random.Random(f"{SEED} {where}")
    exact, changed = [], []
    for statement in statements(document):
        for action in listed(statement["Action"]):
            for resource in map(concrete, listed(statement["Resource"])):
                request = {"action": action, "resource": resource, "context": context(statement)}
                exact.append({**request, "exact": True})
                changed += altered(request, sets(statement), everything, draw)
    strange = [{"action": action, "resource": concrete(resource), "context": context(statement)}
               for statement in everything for action in listed(statement["Action"]) for resource in listed(statement["Resource"])]
    draw.shuffle(changed)
    draw.shuffle(strange)
    taken, seen = [], set()
    for request in exact + changed[: 2 * REQUESTS] + strange[:REQUESTS]:
        text = json.dumps(request, sort_keys=True)
        if text not in seen:
            seen.add(text)
            taken.append(request)
    # A policy of few statements is asked the same with more and more keys that it does not look at.
    number = 0
    while len(taken) < 3 * REQUESTS:
        number += 1
        base = draw.choice(exact + changed)
        taken.append({**base, "context": {**base["context"], "aws:SourceIp": [f"10.0.{number // 250}.{number % 250}"]}})
    return taken


def concrete(resource):
    """A resource that the pattern fits; `*` stays, for actions that know no resource."""
    return resource if resource == "*" else resource.replace("*", "verify-1")


def context(statement):
    """Keys and values that meet each condition."""
    met = {}
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            plain = operator.split(":")[-1]
            if plain == "Null":
                if listed(values) == ["false"]:
                    met.setdefault(key, ["verify"])
                continue
            values = [str(value).replace("*", "verify-1") for value in listed(values)]
            met[key] = values if operator.startswith("ForAll") else values[:1]
    return met


def sets(statement):
    """Keys that a condition reads as a set of values."""
    return {key for operator, keys in statement.get("Condition", {}).items() if operator.startswith("ForA") for key in keys}


def altered(request, sets, everything, draw):
    """The request with another resource, another action, a key left out, a value changed."""
    resource = request["resource"]
    if resource != "*":
        yield {**request, "resource": resource + "-x"}
        yield {**request, "resource": resource.replace(":123456789012:", ":210987654321:")}
        yield {**request, "resource": resource.replace("us-east-1", "eu-west-1")}
        yield {**request, "resource": resource[:-1]}
    service = request["action"].split(":")[0]
    others = sorted({action for one in everything for action in listed(one["Action"]) if action.split(":")[0] == service})
    for action in draw.sample(others, min(3, len(others))):
        yield {**request, "action": action}
    yield {**request, "action": request["action"].upper()}
    for key, values in request["context"].items():
        rest = {name: value for name, value in request["context"].items() if name != key}
        yield {**request, "context": rest}
        yield {**request, "context": {**rest, key: [value + "x" for value in values]}}
        if key in sets:
            yield {**request, "context": {**rest, key: values + ["another"]}}
            yield {**request, "context": {**rest, key: values[:-1]}}
        elif not key.startswith("kms:EncryptionContext:"):  # of which a part is the caller's, and keeps its case
            yield {**request, "context": {**rest, key.upper(): values}}


report.run(check)
