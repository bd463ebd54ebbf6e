"""Official SDKs sign what a running `pipec run` takes, and tampered what it refuses; they decide so of what `pipec send` signs; keys changed in flight.

What the SDKs decide about edge cases is what runtime/tests/sdk_decisions says that they decide, and the runtime's tests hold our decisions against that.
"""

import base64
import datetime
import json
import re
import shutil
import subprocess
import time

from outside import aws, local_run, paypal, place, processes, recorder, report, webhook

START_S_MAX = 1800  # the handlers may have to be compiled first
OVERLAP_S = 40
LEARNED_S_MAX = 300  # a process asks for newer keys at most once in 30 s, on a busy machine later
SOURCES = place.PROJECT / "verify.d" / "signatures"
WEBHOOK_ID = "8PT597110X687430LKGECATA"
KEYS = {
    "stripe": "whsec_0fd1c3b2a59687aa0fd1c3b2",
    "square": "square-signature-key-0fd1c3",
    "adyen": "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    "adyen_platform": "0A2B4C6D8E0F1A3B5C7D9E1F2A4B6C8D0E1F3A5B7C9D1E2F4A6B8C0D2E3F5A7B",
    "braintree": "integration_private_key",
    "standard_webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "github": "github-webhook-key-0fd1c3",
    "shopify": "shopify-client-secret-0fd1c3",
    "paddle": "pdl_ntfset_01gkpjp8bkm3tm53kdgkx6sms7_6h3qd3uFSi9YCD3OLYAShQI90XTI5vEI",
    "razorpay": "rzp_hook_5b1d0c8be2f74a",
    "mollie": "mol_hook_77c0a1f3e95d42",
}
SQUARE_URL = "https://shop.example/square"
# Shopify's key is being changed when the run begins, GitHub's while it runs.
OLD_SHOPIFY = KEYS | {"shopify": "shopify-client-secret-from-before"}
NEW_GITHUB = KEYS | {"github": "github-webhook-key-that-is-new"}
ADYEN = {"live": "false", "notificationItems": [{"NotificationRequestItem": {
    "amount": {"currency": "EUR", "value": 1130}, "pspReference": "7914073381342284", "eventCode": "AUTHORISATION",
    "merchantAccountCode": "TestMerchant", "merchantReference": "Test:Payment-1407325143704", "success": "true", "paymentMethod": "visa"}}]}
# Finding 1 of PayPal's scheme: two bodies with one CRC-32, so that one signature fits both.
GENUINE = b'{"amount":"10.00"}'
COLLIDING = b'{"amount":"9999.00"} \t   \t \t \t \t \t\t\t\t\t\t \t\t\t\t\t\t\t\t\t \t         '


def project():
    """A project of its own, as a user's is, with the spec and handlers of this check."""
    root = place.scratch("official-sdks") / "signatures"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run([local_run.PIPEC, "new", "signatures", "--runtime", place.PROJECT / "runtime"], cwd=root.parent, check=True, capture_output=True)
    crate = root / "specs" / "signatures"
    shutil.rmtree(crate / "src")
    (crate / "src").mkdir()
    shutil.copy(SOURCES / "main.rs", crate / "src" / "main.rs")
    shutil.copy(SOURCES / "signatures.pipe", root / "specs" / "signatures.pipe")
    return root


def running(root, port, log, **environment):
    return local_run.running("specs/signatures.pipe", port, log, cwd=root, start_s=START_S_MAX, CARGO_TARGET_DIR=str(place.TARGET), **environment)


def post(port, route, headers, body):
    return webhook.deliver(f"http://127.0.0.1:{port}/{route}", body, headers)


NODE = ["node", SOURCES / "sdks.mjs", place.TOOLS / "sdks"]
PYTHON = [place.TOOLS / "sdks-python" / "bin" / "python", SOURCES / "sdks.py"]


def sign(body, keys=KEYS, commands=(NODE, PYTHON)):
    given = json.dumps({"keys": keys, "url": SQUARE_URL, "body": body, "adyen": json.dumps(ADYEN)})
    signed = []
    for command in commands:
        done = subprocess.run([str(part) for part in command], input=given, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr[-2000:]}")
        signed += json.loads(done.stdout)
    return signed


DECISIONS = place.PROJECT / "runtime" / "tests" / "sdk_decisions"
DECIDING = {"npm": ["node", SOURCES / "decisions.mjs", place.TOOLS / "sdks"],
            "PyPI": [place.TOOLS / "sdks-python" / "bin" / "python", SOURCES / "decisions.py"]}


def decisions(registry, cases):
    """What each SDK of a registry decides about the cases in a folder: {provider: {id: accepted}}."""
    done = subprocess.run([str(part) for part in (*DECIDING[registry], cases)], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{registry}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def edge_cases(found):
    """Every SDK decides each edge case as it is recorded; how many decisions that were."""
    count = 0
    for registry in DECIDING:
        for provider, decided in decisions(registry, DECISIONS).items():
            head, *lines = [json.loads(it) for it in (DECISIONS / f"{provider}.jsonl").read_text(encoding="utf-8").split("\n") if it]
            [column] = [at for at, sdk in enumerate(head["sdks"]) if registry in sdk]
            recorded = {line["id"]: line["accepted"][column] for line in lines}
            differing = sorted(it for it in recorded if recorded[it] != decided.get(it))
            found.expect(not differing, f"{head['sdks'][column]} decides as recorded", differing)
            count += len(recorded)
    return count


# The SDKs that judge what was sent to a route, where they are not named as the route is.
JUDGES = {"adyen_platform": ["adyen-platform"], "standard_webhooks": ["standardwebhooks", "svix"]}
# Headers without which Shopify's SDK looks at no signature, and which nobody signs.
UNSIGNED = {"shopify": [["X-Shopify-Topic", "orders/paid"], ["X-Shopify-Shop-Domain", "shop1.myshopify.com"], ["X-Shopify-API-Version", "2025-01"],
                        ["X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"]]}
XML = b"<notification><timestamp type=\"datetime\">2026-11-20T19:00:00Z</timestamp><kind>check</kind><subject><check>true</check></subject></notification>"


def send(folder, port, route, more):
    """What `pipec send` answers: its code and what it said."""
    body = folder / f"{route}.body"
    body.write_bytes({"adyen": json.dumps(ADYEN).encode(), "braintree": XML}.get(route, b'{"id":"evt_sent"}'))
    command = [local_run.PIPEC, "send", "specs/signatures.pipe", "--route", f"/{route}", "--body", body, "--port", port, *more]
    done = subprocess.run([str(part) for part in command], cwd=folder.parent, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def sent(found, root, port, player):
    """What `pipec send` signs for every route, whole and tampered with, as the pipeline decides it and as the SDKs do; how many decisions that were."""
    folder = root / "sent"
    folder.mkdir(exist_ok=True)
    cases = {judge: [] for route in (*KEYS, "paypal") for judge in JUDGES.get(route, [route])}
    expected = {}
    recording = recorder.Recorder(port)
    with recording.serving() as through:
        for route in (*KEYS, "paypal"):
            key = ["--private-key", player.folder / "leaf.key"] if route == "paypal" else []
            for tamper in ("", "signature", "body", "timestamp"):
                recording.requests.clear()
                code, said = send(folder, through, route, key + (["--tamper", tamper] if tamper else []))
                if tamper == "timestamp" and code == 2 and "has no time of signing" in said:
                    continue
                found.expect(code == 0, f"pipec send to /{route} {tamper}", said)
                [(_, headers, body)] = recording.requests
                case = {"id": tamper or "as signed", "headers": headers + UNSIGNED.get(route, []), "body_base64": base64.b64encode(body).decode(), "now": int(time.time())}
                expected[route, case["id"]] = not tamper
                for judge in JUDGES.get(route, [route]):
                    cases[judge].append(case)
    pem = {name: (player.folder / f"{name}.pem").read_text() for name in ("root", "leaf")}
    more = {"braintree": {"public_key": "integration_public_key"},
            "paypal": {"webhook_id": WEBHOOK_ID, "certificate_pem": pem["leaf"], "trusted_roots_pem": [pem["root"]], "intermediates_pem": []}}
    routes = {judge: route for route in (*KEYS, "paypal") for judge in JUDGES.get(route, [route])}
    for judge, route in routes.items():
        good = {"credentials": {"secret": KEYS.get(route, "")} | more.get(route, {}), "url": SQUARE_URL}
        (folder / f"{judge}.jsonl").write_text("\n".join(json.dumps(it) for it in [{"good": good}, *cases[judge]]) + "\n", encoding="utf-8")
    count = 0
    for registry in DECIDING:
        for judge, decided in decisions(registry, folder).items():
            wanted = {name: taken for (route, name), taken in expected.items() if route == routes[judge]}
            found.equal(f"what {registry}'s {judge} decides about what `pipec send` signs", decided, wanted)
            count += len(decided)
    return count


def another(text, at):
    """The text with another letter at one place."""
    return text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1:]


def tampered(delivery):
    """The delivery with one thing changed, by what was changed."""
    headers, body, route = delivery["headers"], delivery["body"], delivery["route"]
    if route == "adyen":
        yield "body", headers, re.sub(r'"value": ?1130', '"value":1131', body)
        yield "hmacSignature", headers, another(body, re.search(r'"hmacSignature": ?"', body).end())
    elif route == "braintree":
        yield "bt_payload", headers, another(body, body.index("bt_payload=") + 40)
        yield "bt_signature", headers, another(body, body.index("%7C") + 4)
        yield "no bt_signature", headers, body[body.index("bt_payload="):]
    else:
        yield "body", headers, body.replace("evt_", "evx_")
        yield "blank behind the body", headers, body + " "
    for name, value in headers.items():
        if "ignature" in name or "hmac" in name.lower():
            yield name, headers | {name: another(value, len(value.rstrip("=")) - 2)}, body
            yield f"no {name}", {other: it for other, it in headers.items() if other != name}, body
        if at := re.search(r"\b1[0-9]{9}\b", value):
            earlier = str(int(at[0]) - 1)
            yield f"time in {name}", headers | {name: value.replace(at[0], earlier, 1)}, body


def schemes(found, port):
    answers, refused = set(), 0
    for delivery in sign(json.dumps({"id": "evt_é"}, ensure_ascii=False)):
        where = f"{delivery['sdk']} to /{delivery['route']}"
        status, answer = post(port, delivery["route"], delivery["headers"], delivery["body"].encode())
        found.expect(status == 200, f"{where} is taken", [status, answer])
        for what, headers, body in tampered(delivery):
            status, answer = post(port, delivery["route"], headers, body.encode())
            found.expect(status == 401, f"{where} with another {what} is refused", [status, answer])
            answers.add(answer)
            refused += 1
    found.expect(len(answers) == 1, "whatever is wrong, the caller sees the same answer", answers)
    return refused


def status_of(port, route, keys, identity):
    """The answer to one delivery that the SDK for Node signs with one of these keys."""
    delivery = next(it for it in sign(json.dumps({"id": identity}), keys, [NODE]) if it["route"] == route)
    return post(port, route, delivery["headers"], delivery["body"].encode())[0]


def overlap(current, previous, lasts_s):
    """The value of a secret with two keys, and when the old one ends."""
    until = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(seconds=lasts_s)
    return until, json.dumps({"current": current, "previous": previous, "previous_until": until.strftime("%Y-%m-%dT%H:%M:%SZ")})


def overlap_begins(found, cli, port):
    """Shopify's two keys: both verify. Returns when the old one ends."""
    until, both = overlap(KEYS["shopify"], OLD_SHOPIFY["shopify"], OVERLAP_S)
    put(cli, "shopify", both)
    status = status_of(port, "shopify", OLD_SHOPIFY, "evt_old_during")
    # A machine that needs longer than the overlap for one answer has seen nothing of it, which is no fault.
    if datetime.datetime.now(tz=datetime.timezone.utc) < until - datetime.timedelta(seconds=1):
        found.equal("Shopify's old key during its overlap", status, 200)
    found.equal("Shopify's new key", status_of(port, "shopify", KEYS, "evt_new_during"), 200)
    return until


def overlap_ends(found, port, until):
    """The process that has read both keys refuses the old one by its own clock, without a restart and without asking anybody."""
    time.sleep(max(0, (until - datetime.datetime.now(tz=datetime.timezone.utc)).total_seconds()) + 1)
    statuses = [status_of(port, "shopify", keys, f"evt_{name}_after") for name, keys in (("new", KEYS), ("old", OLD_SHOPIFY))]
    found.equal("Shopify's new and old key after the overlap", statuses, [200, 401])


def changed_in_flight(found, port):
    """GitHub's key was changed in the store: a running process learns of it by the first delivery that the new one signs."""
    deadline, status = time.monotonic() + LEARNED_S_MAX, 401
    while status != 200 and time.monotonic() < deadline:
        status = status_of(port, "github", NEW_GITHUB, "evt_new_in_flight")
        time.sleep(1)
    found.equal("GitHub's new key, put while the pipeline runs", status, 200)
    found.equal("GitHub's old key beside it", status_of(port, "github", KEYS, "evt_old_in_flight"), 200)


def put(cli, name, value):
    parameter = f"/signatures/local/{name.replace('_', '-')}-key"
    cli.json("ssm", "put-parameter", "--name", parameter, "--type", "SecureString", "--overwrite", "--value", value)


def paypal_is_taken(found, cli, port, player):
    def send(body, headers):
        return post(port, "paypal", headers, body)[0]

    good = player.signed(GENUINE, WEBHOOK_ID)
    found.equal("a signed transmission", send(GENUINE, good), 200)
    found.equal("the same again", send(GENUINE, good), 200)
    before = cli.items("deliveries-local")
    found.equal("another body with the same checksum", send(COLLIDING, good), 409)
    after = cli.items("deliveries-local")
    found.expect(before == after, "and nothing of it is recorded", [len(before), len(after)])
    found.equal("another body", send(GENUINE + b" ", good), 401)
    found.equal("signed for another webhook", send(GENUINE, player.signed(GENUINE, "ANOTHER")), 401)
    elsewhere = good | {"PAYPAL-CERT-URL": "https://api.paypal.com.evil/v1/notifications/certs/CERT-local"}
    found.equal("a certificate of another host", send(GENUINE, elsewhere), 401)
    found.equal("another algorithm", send(GENUINE, good | {"PAYPAL-AUTH-ALGO": "SHA1withRSA"}), 401)
    asked = list(player.asked)
    found.equal("a certificate that has moved", send(GENUINE, player.signed(GENUINE, WEBHOOK_ID, "CERT-MOVED")), 503)
    found.equal("no redirect is followed", player.asked[len(asked):], ["/v1/notifications/certs/CERT-MOVED"])
    found.expect(asked.count("/v1/notifications/certs/CERT-local") == len(asked) <= 4, "a certificate is fetched once a process", asked)


def check(found):
    decided = edge_cases(found)
    root, port = project(), processes.free_port()
    cli = aws.Cli(f"http://127.0.0.1:{port}")
    folder = place.scratch("official-sdks-ca")
    player = paypal.PayPal(folder)
    log = root / "pipec.log"
    with player.serving() as address, running(root, port, log, PIPE_LOCAL_CA=str(folder / "root.pem"), PIPE_LOCAL_CERTIFICATES=address):
        for name in KEYS:
            if name != "shopify":
                put(cli, name, KEYS[name])
        until = overlap_begins(found, cli, port)
        refused = schemes(found, port)
        judged = sent(found, root, port, player)
        put(cli, "github", overlap(NEW_GITHUB["github"], KEYS["github"], 3600)[1])
        paypal_is_taken(found, cli, port, player)
        changed_in_flight(found, port)
        overlap_ends(found, port, until)
    text = log.read_text(encoding="utf-8", errors="replace")
    leaked = [name for keys in (KEYS, OLD_SHOPIFY, NEW_GITHUB) for name, key in keys.items() if key in text]
    found.expect(not leaked, "no key is in the log", leaked)
    count = len(sign("{}"))
    found.show(f"{count} requests that official SDKs signed taken, {refused} tampered ones refused with one answer; {judged} decisions of SDKs about what pipec send signed, whole and "
               f"tampered with; PayPal by an own CA; keys changed in flight; {decided} edge cases decided as recorded")


report.run(check)
