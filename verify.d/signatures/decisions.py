"""Has the official Python SDKs decide the edge cases of runtime/tests/sdk_decisions once more. Argument: their folder. Out as decisions.mjs."""

import base64
import datetime
import json
import pathlib
import sys

import standardwebhooks.webhooks
import stripe
import svix.webhooks
from Adyen import util as adyen
from square.utils.webhooks_helper import verify_signature
from stripe import _webhook

NOW = {"s": 0}


class Clock(datetime.datetime):
    """What an SDK takes for the time."""

    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(NOW["s"], tz=tz)

    @classmethod
    def time(cls):
        return NOW["s"]


_webhook.time = Clock
standardwebhooks.webhooks.datetime = Clock


def standard_webhooks(sdk):
    def judge(case, key):
        try:
            sdk.Webhook(key).verify(case["bytes"], case["headers"])
        except json.JSONDecodeError:
            pass  # it verifies before it parses
        return True

    return judge


def adyen_items(case, key):
    items = json.loads(case["bytes"])["notificationItems"]
    return bool(items) and all(adyen.is_valid_hmac_notification(it["NotificationRequestItem"], key) for it in items)


def square(case, key):
    signature = case["headers"]["x-square-hmacsha256-signature"]
    return verify_signature(request_body=case["bytes"].decode(), signature_header=signature, signature_key=key, notification_url=case["url"])


JUDGES = {
    "stripe": lambda case, key: stripe.WebhookSignature.verify_header(case["bytes"], case["headers"].get("stripe-signature"), key, 300),
    "standardwebhooks": standard_webhooks(standardwebhooks.webhooks),
    "svix": standard_webhooks(svix.webhooks),
    "square": square,
    "adyen-platform": lambda case, key: adyen.is_valid_hmac_payload(case["headers"]["hmacsignature"], key, case["bytes"]),
    "adyen": adyen_items,
}


def received(headers):
    """As a WSGI server hands them over: no white space around values, lines of one name joined."""
    joined = {}
    for name, value in headers:
        key, trimmed = name.lower(), value.strip(" \t")
        joined[key] = f"{joined[key]},{trimmed}" if key in joined else trimmed
    return joined


def accepted(judge, case):
    NOW["s"] = case["now"]
    body = base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()
    request = case | {"bytes": body, "headers": received(case["headers"])}
    credentials = case["credentials"]
    for key in credentials.get("secrets") or [credentials.get("secret", credentials.get("hmac_key_hex"))]:
        try:
            if judge(request, key):
                return True
        except Exception:  # most SDKs refuse by raising, and some stumble
            continue
    return False


out = {}
for provider, judge in JUDGES.items():
    head, *lines = [json.loads(line) for line in (pathlib.Path(sys.argv[1]) / f"{provider}.jsonl").read_text(encoding="utf-8").split("\n") if line]
    out[provider] = {line["id"]: accepted(judge, head["good"] | line) for line in lines}
json.dump(out, sys.stdout)
