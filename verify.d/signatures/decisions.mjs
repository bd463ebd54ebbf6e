// Has the official Node SDKs decide the edge cases of runtime/tests/sdk_decisions once more, each at the time that it says.
// Arguments: the folder of the SDKs, the folder of the cases. Out: {provider: {id: accepted}} for the SDKs that are installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "node:querystring";

const [sdks, cases] = process.argv.slice(2);
const require = createRequire(sdks + "/");
let nowS = 0;
// What an SDK takes for the time.
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [nowS * 1000]));
  }
  static now() {
    return nowS * 1000;
  }
};

const Stripe = require("stripe");
const stripe = new (Stripe.default ?? Stripe)("sk_test_unused");
const { WebhooksHelper } = require("square");
const { hmacValidator: HmacValidator } = require("@adyen/api-library");
const octokit = await import(`${sdks}/node_modules/@octokit/webhooks-methods/dist-node/index.js`).catch(
  () => import(`${sdks}/node_modules/@octokit/webhooks-methods/dist-bundle/index.js`));
require("@shopify/shopify-api/adapters/node");
const { shopifyApi, ApiVersion } = require("@shopify/shopify-api");

const razorpay = require("razorpay");
const { Paddle } = require("@paddle/paddle-node-sdk");
const paddle = new Paddle("unused");
const braintree = require("braintree");

function standardWebhooks(sdk) {
  const { Webhook } = require(sdk);
  return ({ headers, bytes }, key) => {
    try {
      new Webhook(key).verify(bytes, headers);
    } catch (error) {
      // It verifies before it parses.
      if (!(error instanceof SyntaxError)) throw error;
    }
    return true;
  };
}

async function shopify({ headers, text }, key) {
  const api = shopifyApi({ apiKey: "unused", apiSecretKey: key, hostName: "shop.example", isEmbeddedApp: false,
    apiVersion: Object.values(ApiVersion)[0], logger: { level: 0 } });
  return (await api.webhooks.validate({ rawBody: text, rawRequest: { method: "POST", url: "/", headers }, rawResponse: {} })).valid;
}

function adyen({ text }, key) {
  const items = [...JSON.parse(text).notificationItems];
  return items.length > 0 && items.every((it) => new HmacValidator().validateHMAC(it.NotificationRequestItem, key));
}

async function braintreeForm({ text }, key, { public_key: publicKey }) {
  const gateway = new braintree.BraintreeGateway({ environment: braintree.Environment.Sandbox, merchantId: "unused", publicKey, privateKey: key });
  const { bt_signature: signature, bt_payload: payload } = parse(text);
  try {
    // What is there twice comes as a list, over which it stumbles.
    await gateway.webhookNotification.parse(signature, payload);
  } catch (error) {
    // It verifies before it reads the XML.
    if (Array.isArray(signature) || Array.isArray(payload) || error.type === "invalidSignatureError") throw error;
  }
  return true;
}

const judges = {
  stripe: ({ headers, bytes }, key) => stripe.webhooks.signature.verifyHeader(bytes, headers["stripe-signature"], key, 300, undefined, nowS * 1000),
  standardwebhooks: standardWebhooks("standardwebhooks"),
  svix: standardWebhooks("svix"),
  square: ({ headers, text, url }, key) => WebhooksHelper.verifySignature({ requestBody: text,
    signatureHeader: headers["x-square-hmacsha256-signature"], signatureKey: key, notificationUrl: url }),
  shopify,
  github: ({ headers, text }, key) => octokit.verify(key, text, headers["x-hub-signature-256"]),
  "adyen-platform": ({ headers, text }, key) => new HmacValidator().validateHMACSignature(key, headers.hmacsignature, text),
  adyen,
  paddle: ({ headers, text }, key) => paddle.webhooks.isSignatureValid(text, key, headers["paddle-signature"]),
  razorpay: ({ headers, text }, key) => razorpay.validateWebhookSignature(text, headers["x-razorpay-signature"], key),
  braintree: braintreeForm,
};

// As Node's server hands them over: names in lower case, no white space around values, lines of one name joined.
function received(headers) {
  const joined = {};
  for (const [name, value] of headers) {
    const [key, trimmed] = [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, "")];
    joined[key] = key in joined ? `${joined[key]}, ${trimmed}` : trimmed;
  }
  return joined;
}

async function accepted(judge, { headers, body, body_base64, credentials, url, now }) {
  nowS = now;
  const bytes = body_base64 === undefined ? Buffer.from(body) : Buffer.from(body_base64, "base64");
  const request = { headers: received(headers), bytes, text: bytes.toString(), url };
  for (const key of credentials.secrets ?? [credentials.secret ?? credentials.hmac_key_hex]) {
    try {
      if (await judge(request, key, credentials)) return true;
    } catch {
      // Most SDKs refuse by throwing.
    }
  }
  return false;
}

console.log = console.debug = console.info = () => {};
const out = {};
for (const [provider, judge] of Object.entries(judges)) {
  const [head, ...lines] = readFileSync(`${cases}/${provider}.jsonl`, "utf8").trimEnd().split("\n").map((it) => JSON.parse(it));
  out[provider] = {};
  for (const line of lines) out[provider][line.id] = await accepted(judge, { ...head.good, ...line });
}
process.stdout.write(JSON.stringify(out));
