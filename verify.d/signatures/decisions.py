"""Has the official Python SDKs decide the edge cases of runtime/tests/sdk_decisions once more. Argument: their folder. Out as decisions.mjs."""

import base64
import binascii
import contextlib
import datetime
import json
import pathlib
import re
import sys
import types
import urllib.parse
from xml.parsers import expat

import braintree
import paypalrestsdk.notifications as paypal
import razorpay
import standardwebhooks.webhooks
import stripe
import svix.webhooks
from Adyen import util as adyen
from mollie.utils.webhooks import SignatureValidator
from OpenSSL import crypto
from paddle_billing.Notifications import Secret, Verifier
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
sys.modules[Verifier.__module__].time = Clock.time
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


def paypal_transmission(case, _):
    """PayPal's fetches the certificate and trusts roots of its own; here both are the case's."""
    given, headers = case["credentials"], case["headers"]
    store = crypto.X509Store()
    for pem in given["trusted_roots_pem"] + given["intermediates_pem"]:
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_PEM, pem.encode()))

    def get(url):
        # Two lines of the header come joined, and name nothing that the host has.
        if not url.lower().startswith(("http://", "https://")) or re.search(r",\S", url):
            raise ValueError("nothing can be fetched from there")
        return types.SimpleNamespace(text=given["certificate_pem"])

    paypal.requests = types.SimpleNamespace(get=get, exceptions=types.SimpleNamespace(RequestException=ValueError))
    paypal.WebhookEvent._get_certificate_store = lambda: store
    identity, at, url, signature, algorithm = (headers[f"paypal-{it}"] for it in ("transmission-id", "transmission-time", "cert-url", "transmission-sig", "auth-algo"))
    return paypal.WebhookEvent.verify(identity, at, given["webhook_id"], case["bytes"].decode(), url, signature, algorithm)


def paddle(case, key):
    request = type("Request", (), {"headers": {"Paddle-Signature": case["headers"]["paddle-signature"]}, "body": case["bytes"]})
    return Verifier().verify(request, Secret(key))


def braintree_form(case, key):
    gateway = braintree.BraintreeGateway(braintree.Configuration(braintree.Environment.Sandbox, "unused", case["credentials"]["public_key"], key))
    form = urllib.parse.parse_qs(case["bytes"].decode(), keep_blank_values=True)
    [[signature], [payload]] = form["bt_signature"], form["bt_payload"]
    try:
        gateway.webhook_notification.parse(signature, payload)
    except (binascii.Error, expat.ExpatError):
        pass  # it verifies before it reads the XML
    return True


JUDGES = {
    "stripe": lambda case, key: stripe.WebhookSignature.verify_header(case["bytes"], case["headers"].get("stripe-signature"), key, 300),
    "standardwebhooks": standard_webhooks(standardwebhooks.webhooks),
    "svix": standard_webhooks(svix.webhooks),
    "paypal": paypal_transmission,
    "square": square,
    "adyen-platform": lambda case, key: adyen.is_valid_hmac_payload(case["headers"]["hmacsignature"], key, case["bytes"]),
    "adyen": adyen_items,
    "braintree": braintree_form,
    "paddle": paddle,
    "razorpay": lambda case, key: razorpay.Client().utility.verify_webhook_signature(case["bytes"].decode(), case["headers"]["x-razorpay-signature"], key),
    "mollie": lambda case, key: SignatureValidator.validate(case["bytes"].decode(), key, case["headers"].get("x-mollie-signature")),
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


def decided(provider, judge):
    head, *lines = [json.loads(line) for line in (pathlib.Path(sys.argv[1]) / f"{provider}.jsonl").read_text(encoding="utf-8").split("\n") if line]
    good = head["good"]
    return {line["id"]: accepted(judge, good | line | {"credentials": good["credentials"] | line.get("credentials", {})}) for line in lines}


with contextlib.redirect_stdout(sys.stderr):  # PayPal's says there why it refuses
    out = {provider: decided(provider, judge) for provider, judge in JUDGES.items()}
json.dump(out, sys.stdout)
