"""Signs with the providers' official Python SDKs what `official-sdks` posts, and has them verify it where they only verify. In and out as in sdks.mjs."""

import base64
import datetime
import hashlib
import hmac
import json
import sys
import time
import urllib.parse

import braintree
import standardwebhooks
import stripe
import svix
from Adyen import util as adyen
from mollie.utils.webhooks import SignatureValidator
from paddle_billing.Notifications import Secret
from paddle_billing.Notifications.PaddleSignature import PaddleSignature
from square.utils.webhooks_helper import verify_signature

given = json.load(sys.stdin)
keys, url, body = given["keys"], given["url"], given["body"]
out = []


def add(sdk, route, headers, text=body):
    out.append({"sdk": sdk, "route": route, "headers": headers, "body": text})


at = int(time.time())
digest = stripe.WebhookSignature._compute_signature(f"{at}.{body}", keys["stripe"])
header = f"t={at},v1={digest}"
stripe.WebhookSignature.verify_header(body, header, keys["stripe"], 300)
add("stripe (Python)", "stripe", {"Stripe-Signature": header})

signature = base64.b64encode(hmac.new(keys["square"].encode(), (url + body).encode(), hashlib.sha256).digest()).decode()
assert verify_signature(request_body=body, signature_header=signature, signature_key=keys["square"], notification_url=url)
add("squareup (Python)", "square", {"x-square-hmacsha256-signature": signature})

notification = json.loads(given["adyen"])
item = notification["notificationItems"][0]["NotificationRequestItem"]
item["additionalData"] = {"hmacSignature": adyen.generate_notification_sig(item, keys["adyen"]).decode()}
assert adyen.is_valid_hmac_notification(dict(item), keys["adyen"])
add("Adyen (Python)", "adyen", {}, json.dumps(notification))

signature = adyen.generate_payload_sig(body.encode(), keys["adyen_platform"]).decode()
assert adyen.is_valid_hmac_payload(signature, keys["adyen_platform"], body.encode())
add("Adyen (Python)", "adyen_platform", {"HmacSignature": signature})

gateway = braintree.BraintreeGateway(braintree.Configuration(braintree.Environment.Sandbox, "unused", "integration_public_key", keys["braintree"]))
sample = gateway.webhook_testing.sample_notification(braintree.WebhookNotification.Kind.SubscriptionWentPastDue, "sub_pypi")
gateway.webhook_notification.parse(sample["bt_signature"], sample["bt_payload"])
add("braintree (Python)", "braintree", {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(sample))

# A time of its own: Paddle's tolerance is five seconds.
now = int(time.time())
signature = PaddleSignature.calculate_hmac(keys["paddle"], f"{now}:{body}".encode()).hexdigest()
header = f"ts={now};h1={signature}"
assert PaddleSignature().verify(header, body, Secret(keys["paddle"]))
add("paddle-python-sdk", "paddle", {"Paddle-Signature": header})

signature = SignatureValidator.create_signature(body, keys["mollie"])
assert SignatureValidator.validate(body, keys["mollie"], signature)
add("mollie-api-py", "mollie", {"X-Mollie-Signature": signature})

for sdk, prefix in ((standardwebhooks, "webhook"), (svix, "svix")):
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    webhook, identity = sdk.Webhook(keys["standard_webhooks"]), f"msg_python_{prefix}"
    headers = {f"{prefix}-id": identity, f"{prefix}-timestamp": str(int(now.timestamp())), f"{prefix}-signature": webhook.sign(identity, now, body)}
    webhook.verify(body, headers)
    add(f"{sdk.__name__} (Python)", "standard_webhooks", headers)

json.dump(out, sys.stdout)
