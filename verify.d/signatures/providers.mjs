// Signs bodies with the official Node SDKs of Stripe and Square, and has each SDK take its own delivery first.
// In: {"keys": {provider: key}, "url": "…", "bodies": [{"provider", "body"}]}. Out: the headers of each body, in order.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The SDKs are where `verify` has installed them, not beside this file.
const require = createRequire(process.argv[2] + "/");
const { keys, url, bodies } = JSON.parse(readFileSync(0, "utf8"));
const Stripe = require("stripe");
const { webhooks } = new (Stripe.default ?? Stripe)("sk_test_unused");
const { WebhooksHelper } = require("square");

const signers = {
  stripe(body) {
    const header = webhooks.generateTestHeaderString({ payload: body, secret: keys.stripe });
    webhooks.constructEvent(body, header, keys.stripe); // throws where it does not take it
    return { "Stripe-Signature": header };
  },
  // Square's SDK only verifies.
  async square(body) {
    const signature = createHmac("sha256", keys.square).update(url + body).digest("base64");
    const request = { requestBody: body, signatureHeader: signature, signatureKey: keys.square, notificationUrl: url };
    if (!(await WebhooksHelper.verifySignature(request))) throw new Error("square does not take what it should");
    return { "x-square-hmacsha256-signature": signature };
  },
};

const out = [];
for (const { provider, body } of bodies) out.push(await signers[provider](body));
process.stdout.write(JSON.stringify(out));
