"""Signed webhooks as a provider posts them, made with Python's own HMAC, so that signer and verifier share no code."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

SECRET = "whsec_verify_3f9a"
HEADER = "X-Webhook-Signature"


def payment(identity, amount="99.99", status="pending"):
    """The body of one payment, as bytes; the amount keeps its digits."""
    fields = {"paymentId": identity, "amount": 0, "currency": "USD", "status": status, "provider": "stripe"}
    return json.dumps(fields).replace('"amount": 0', f'"amount": {amount}').encode()


def signature(body, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(url, body, signed):
    """Posts `body` with the signature `signed` (None: without one). Returns the status and the answer's text."""
    headers = {"Content-Type": "application/json"}
    if signed is not None:
        headers[HEADER] = signed
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def verdict(answer):
    """`duplicate` or `recorded`, as the route's answer says it; the text itself where it is no such answer."""
    try:
        return json.loads(answer).get("outcome", answer)
    except (ValueError, AttributeError):
        return answer
