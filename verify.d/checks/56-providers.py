"""webhook_processing under `pipec run`: what the official SDKs of Stripe and Square sign, and PayPal with an own CA, through to the table, once; a forged body of PayPal."""

import json
import subprocess
import time
import zlib

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


def same_checksum(body, other):
    """`other` with four more bytes, which make its CRC-32 that of `body`: PayPal's signature of the one holds for both."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
        table.append(byte)
    by_high = {entry >> 24: index for index, entry in enumerate(table)}
    # Backwards from the register that is wanted: each byte of it tells the entry that the table was last asked for.
    register, indices = zlib.crc32(body) ^ 0xFFFFFFFF, []
    for _ in range(4):
        index = by_high[register >> 24]
        indices.append(index)
        register = (register ^ table[index]) << 8 & 0xFFFFFFFF | index
    # And forwards from the register that is there: the byte that asks for that entry.
    register, patch = zlib.crc32(other) ^ 0xFFFFFFFF, bytearray()
    for index in reversed(indices):
        patch.append((register ^ index) & 0xFF)
        register = register >> 8 ^ table[index]
    return other + bytes(patch)


def quarantined(found, cli, send, player):
    """A second body for which the signature of the first holds is answered 409, nothing of it goes on, and an alarm tells of it."""
    captured = (SAMPLES / "paypal" / "captured.json").read_bytes()
    body = captured.replace(b"WH-82L71649W50323023", b"WH-82L71649W50323024")
    other = same_checksum(body, body.replace(b'"250.00"', b'"999.00"'))
    found.expect(other != body and zlib.crc32(other) == zlib.crc32(body), "two bodies have one checksum")
    headers = player.signed(body, WEBHOOK_ID)
    found.equal("the first body of a transmission", send(headers, body), 200)
    state, deadline = None, time.monotonic() + DONE_S_MAX
    while state != "ALARM" and time.monotonic() < deadline:
        found.need(send(headers, other) == 409, "another body under the same transmission is answered 409")
        [alarm] = cli.json("cloudwatch", "describe-alarms", "--alarm-names", "other-body-validator-local")["MetricAlarms"]
        state = alarm["StateValue"]
    found.equal("the alarm on another body", state, "ALARM")
    found.equal("events in `unread`, where a body that is no JSON would go", len([one for one in cli.items("unread-local") if "_event" in one]), 1)
    found.expect(not [one for one in facts(cli) if one[2] == "999"], "nothing of the other body is recorded")


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
        quarantined(found, cli, lambda headers, body: post(port, "paypal", headers | known, body), player)
    found.show(f"{count} webhooks of Stripe, Square and PayPal, each twice, taken and processed once; {count} tampered ones refused, and one with PayPal's checksum quarantined and told")


report.run(check)
