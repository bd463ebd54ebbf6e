"""Signed webhooks as a provider posts them, made with Python's own HMAC, so that signer and verifier share no code."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

SECRET = "whsec_verify_3f9a"
HEADER = "X-Webhook-Signature"
ANSWER_S_MAX = 60
ROUTE_S_MAX = 30  # API Gateway itself gives up after 29 s


def payment(identity, amount="99.99", status="pending"):
    """The body of one payment, as bytes; the amount keeps its digits."""
    fields = {"paymentId": identity, "amount": 0, "currency": "USD", "status": status, "provider": "stripe"}
    return json.dumps(fields).replace('"amount": 0', f'"amount": {amount}').encode()


def signature(body, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def ask(method, url, headers=None, body=None, answer_s=ANSWER_S_MAX):
    """One request. Returns the status, whichever it is, and the answer's bytes."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=answer_s) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def deliver(url, body, headers, answer_s=ANSWER_S_MAX):
    """Posts a body of JSON with these headers. Returns the status and the answer's text."""
    status, answer = ask("POST", url, {"Content-Type": "application/json"} | headers, body, answer_s)
    return status, answer.decode(errors="replace")


def post(url, body, signed):
    """Posts `body` with the signature `signed` (None: without one). Returns the status and the answer's text."""
    return deliver(url, body, {} if signed is None else {HEADER: signed}, ROUTE_S_MAX)


def verdict(answer):
    """`duplicate` or `recorded`, as the route's answer says it; the text itself where it is no such answer."""
    try:
        return json.loads(answer).get("outcome", answer)
    except (ValueError, AttributeError):
        return answer
