"""webhook_processing under `pipec run`: what the official SDKs of Stripe and Square sign, and PayPal with an own CA, through to the table, once."""

import json
import subprocess
import time

from outside import aws, local_run, paypal, place, processes, report, webhook

DONE_S_MAX = 120
SENT_MAX = 10
SPEC = "specs/webhook_processing.pipe"
SAMPLES = place.PROJECT / "specs" / "webhook_processing" / "samples"
SDKS = place.PROJECT / "verify.d" / "signatures" / "providers.mjs"
KEYS = {"stripe": "whsec_0fd1c3b2a59687aa0fd1c3b2", "square": "square-signature-key-0fd1c3"}
WEBHOOK_ID = "8PT597110X687430LKGECATA"
SQUARE_URL = "local"  # a parameter that is set at deploy is `local` in a local run


def running(port, folder, **environment):
    more = ["--state", folder / "state", "--time-scale", "0.05", "--param", f"paypal_webhook_id={WEBHOOK_ID}"]
    return local_run.running(SPEC, port, folder / "pipec.log", *more, **environment)


def deliveries(player):
    """Every sample with the headers that its provider sends: (provider, name, headers, body)."""
    samples = [(path.parent.name, path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*/*.json"))]
    by_sdk = [sample for sample in samples if sample[0] != "paypal"]
    given = json.dumps({"keys": KEYS, "url": SQUARE_URL, "bodies": [{"provider": provider, "body": body.decode()} for provider, _, body in by_sdk]})
    done = subprocess.run(["node", SDKS, place.TOOLS / "sdks"], input=given, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"the SDKs: {done.stderr[-2000:]}")
    for (provider, name, body), headers in zip(by_sdk, json.loads(done.stdout), strict=True):
        yield provider, name, headers, body
    for provider, name, body in samples:
        if provider == "paypal":
            yield provider, name, player.signed(body, WEBHOOK_ID), body


def post(port, provider, headers, body):
    """The status. A provider sends again on 503, which it hears while the certificate of PayPal is slow to come."""
    for _ in range(SENT_MAX):
        status, _ = webhook.deliver(f"http://127.0.0.1:{port}/webhooks/{provider}", body, headers)
        if status != 503:
            break
        time.sleep(1)
    return status


def facts(cli):
    rows = [item for item in cli.items("webhooks-local") if "_event" in item]
    return sorted([one["provider"]["S"], one["payment_id"]["S"], one["amount"]["N"], one["status"]["S"], one["stage"]["S"]] for one in rows)


EXPECTED = [
    ["paypal", "4EU7004268015634R", "6.01", "failed", "notified"],
    ["paypal", "8RS6210148826604N", "250", "succeeded", "notified"],
    ["paypal", "9T0916710M1105906", "0.01", "refunded", "notified"],
    ["square", "sq_4001", "12.34", "refunded", "notified"],
    ["square", "sq_4001", "12500", "succeeded", "notified"],
    ["stripe", "pi_3001", "42", "succeeded", "notified"],
    ["stripe", "pi_3001", "5", "refunded", "notified"],
    ["stripe", "pi_3002", "1500", "failed", "notified"],
]


def check(found):
    port, folder = processes.free_port(), place.scratch("providers")
    cli = aws.Cli(f"http://127.0.0.1:{port}")
    player = paypal.PayPal(folder, "live")
    with player.serving() as address, running(port, folder, PIPE_LOCAL_CA=str(folder / "root.pem"), PIPE_LOCAL_CERTIFICATES=address):
        for name, key in KEYS.items():
            cli.json("ssm", "put-parameter", "--name", f"/webhook-processing/local/{name}-key", "--type", "SecureString", "--overwrite", "--value", key)
        [key] = cli.json("apigateway", "get-api-keys", "--include-values", "--name-query", "partners-local")["items"]
        known = {"x-api-key": key["value"]}
        count = 0
        for provider, name, headers, body in deliveries(player):
            where = f"{provider}/{name}"
            found.equal(f"{where} without an API key", post(port, provider, headers, body), 403)
            found.equal(f"{where} with one more byte", post(port, provider, headers | known, body + b" "), 401)
            found.equal(f"{where} sent twice", [post(port, provider, headers | known, body) for _ in range(2)], [200, 200])
            count += 1
        deadline = time.monotonic() + DONE_S_MAX
        while (seen := facts(cli)) != EXPECTED and time.monotonic() < deadline:
            time.sleep(0.2)
        found.equal("what is recorded", seen, EXPECTED)
        unread = [[one["event_type"]["S"], one["reason"]["S"], one["_body"]["S"]] for one in cli.items("unread-local") if "_event" in one]
        found.equal("what is no event that the route accepts, with its body", unread,
                    [["customer.created", "unknown_type", (SAMPLES / "stripe" / "other.json").read_text()]])
    found.show(f"{count} webhooks of Stripe, Square and PayPal, each twice, taken and processed once; {count} tampered ones refused")


report.run(check)
