"""Signs with the providers' official Python SDKs what `official-sdks` posts, and has them verify it where they only verify. In and out as in sdks.mjs."""

import base64
import datetime
import hashlib
import hmac
import json
import sys
import time

import standardwebhooks
import stripe
import svix
from square.utils.webhooks_helper import verify_signature

given = json.load(sys.stdin)
keys, url, body = given["keys"], given["url"], given["body"]
out = []


def add(sdk, route, headers):
    out.append({"sdk": sdk, "route": route, "headers": headers, "body": body})


at = int(time.time())
digest = stripe.WebhookSignature._compute_signature(f"{at}.{body}", keys["stripe"])
header = f"t={at},v1={digest}"
stripe.WebhookSignature.verify_header(body, header, keys["stripe"], 300)
add("stripe (Python)", "stripe", {"Stripe-Signature": header})

signature = base64.b64encode(hmac.new(keys["square"].encode(), (url + body).encode(), hashlib.sha256).digest()).decode()
assert verify_signature(request_body=body, signature_header=signature, signature_key=keys["square"], notification_url=url)
add("squareup (Python)", "square", {"x-square-hmacsha256-signature": signature})

for sdk, prefix in ((standardwebhooks, "webhook"), (svix, "svix")):
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    webhook, identity = sdk.Webhook(keys["standard_webhooks"]), f"msg_python_{prefix}"
    headers = {f"{prefix}-id": identity, f"{prefix}-timestamp": str(int(now.timestamp())), f"{prefix}-signature": webhook.sign(identity, now, body)}
    webhook.verify(body, headers)
    add(f"{sdk.__name__} (Python)", "standard_webhooks", headers)

json.dump(out, sys.stdout)
