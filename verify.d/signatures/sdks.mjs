// Signs one delivery with each provider's official Node SDK, and has the SDK verify it where it only verifies.
// In: {"keys": {name: key}, "url": "…", "body": "…", "adyen": "…"}. Out: [{"sdk", "route", "headers", "body", "tampered": […]}].
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The SDKs are where `verify` has installed them, not beside this file.
const require = createRequire(process.argv[2] + "/");
const { keys, url, body, adyen } = JSON.parse(readFileSync(0, "utf8"));
const out = [];
const add = (sdk, route, headers, text = body) => out.push({ sdk, route, headers, body: text });
const must = (holds, what) => {
  if (!holds) throw new Error(`${what} does not verify what it should`);
};

const Stripe = require("stripe");
const stripe = new (Stripe.default ?? Stripe)("sk_test_unused");
const stripeHeader = stripe.webhooks.generateTestHeaderString({ payload: body, secret: keys.stripe });
stripe.webhooks.constructEvent(body, stripeHeader, keys.stripe);
add("stripe", "stripe", { "Stripe-Signature": stripeHeader });

const { WebhooksHelper } = require("square");
const squareSignature = createHmac("sha256", keys.square).update(url + body).digest("base64");
must(await WebhooksHelper.verifySignature({ requestBody: body, signatureHeader: squareSignature, signatureKey: keys.square, notificationUrl: url }), "square");
add("square", "square", { "x-square-hmacsha256-signature": squareSignature });

const { hmacValidator: HmacValidator } = require("@adyen/api-library");
const notification = JSON.parse(adyen);
const item = notification.notificationItems[0].NotificationRequestItem;
item.additionalData = { hmacSignature: new HmacValidator().calculateHmac(item, keys.adyen) };
must(new HmacValidator().validateHMAC(item, keys.adyen), "@adyen/api-library");
add("@adyen/api-library", "adyen", {}, JSON.stringify(notification));

const platformSignature = new HmacValidator().calculateHmac(body, keys.adyen_platform);
must(new HmacValidator().validateHMACSignature(keys.adyen_platform, platformSignature, body), "@adyen/api-library");
add("@adyen/api-library", "adyen_platform", { HmacSignature: platformSignature });

const braintree = require("braintree");
const gateway = new braintree.BraintreeGateway({ environment: braintree.Environment.Sandbox, merchantId: "unused",
  publicKey: "integration_public_key", privateKey: keys.braintree });
const sample = gateway.webhookTesting.sampleNotification(braintree.WebhookNotification.Kind.SubscriptionWentPastDue, "sub_npm");
await gateway.webhookNotification.parse(sample.bt_signature, sample.bt_payload); // throws where it does not take it
add("braintree", "braintree", { "Content-Type": "application/x-www-form-urlencoded" }, new URLSearchParams(sample).toString());

for (const [sdk, prefix] of [["standardwebhooks", "webhook"], ["svix", "svix"]]) {
  const { Webhook } = require(sdk);
  const at = new Date();
  const id = `msg_${sdk}`;
  const webhook = new Webhook(keys.standard_webhooks);
  const headers = {
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
    [`${prefix}-signature`]: webhook.sign(id, at, body),
  };
  webhook.verify(body, headers);
  add(sdk, "standard_webhooks", headers);
}

const octokit = await import(`${process.argv[2]}/node_modules/@octokit/webhooks-methods/dist-node/index.js`).catch(
  () => import(`${process.argv[2]}/node_modules/@octokit/webhooks-methods/dist-bundle/index.js`));
const githubSignature = await octokit.sign(keys.github, body);
must(await octokit.verify(keys.github, body, githubSignature), "@octokit/webhooks-methods");
add("@octokit/webhooks-methods", "github", { "X-Hub-Signature-256": githubSignature });

require("@shopify/shopify-api/adapters/node");
const { shopifyApi, ApiVersion } = require("@shopify/shopify-api");
const shopify = shopifyApi({ apiKey: "unused", apiSecretKey: keys.shopify, hostName: "shop.example", isEmbeddedApp: false,
  apiVersion: Object.values(ApiVersion)[0], logger: { level: 0 } });
const shopifyHeaders = {
  "X-Shopify-Hmac-Sha256": createHmac("sha256", keys.shopify).update(body).digest("base64"),
  "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": "shop.myshopify.com", "X-Shopify-API-Version": "2025-01",
  "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
};
const verdict = await shopify.webhooks.validate({ rawBody: body, rawRequest: { method: "POST", url: "/", headers: shopifyHeaders }, rawResponse: {} });
must(verdict.valid, "@shopify/shopify-api");
add("@shopify/shopify-api", "shopify", shopifyHeaders);

process.stdout.write(JSON.stringify(out));
