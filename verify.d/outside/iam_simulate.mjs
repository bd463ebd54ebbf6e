// Decides IAM requests with @cloud-copilot/iam-simulate: JSON lines in, one answer a line out; engine/examples/decide.rs tells the lines.
// An answer is a word, and after `ignored:` the condition keys that the action does not know by AWS's own lists; or `error:` where
// there is no such request (an action that takes no such resource).
// A key of KMS delegates to the account's policies here, so that what is compared is the identity policy alone.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2] + "/package.json");
const { runSimulation, runUnsafeSimulation } = await import(pathToFileURL(require.resolve("@cloud-copilot/iam-simulate")));

const account = "123456789012";
const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const delegating = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" }],
};
const words = { Allowed: "allow", ImplicitlyDenied: "implicit_deny", ExplicitlyDenied: "explicit_deny" };
const list = (value) => (Array.isArray(value) ? value : [value]);

// Keys that the policies read as sets; any other has one value.
function sets(policies) {
  const conditions = policies.flatMap((policy) => list(policy.Statement)).flatMap((statement) => Object.entries(statement.Condition ?? {}));
  return new Set(conditions.filter(([operator]) => operator.startsWith("ForA")).flatMap(([, keys]) => Object.keys(keys)));
}

// The deciding run takes no key policy (it fails on one), so a key's actions get a service's name that is none and has no such rule.
const renamed = (action) => action.replace(/^kms:/i, "keys:");
const withRenamed = (policy) => ({
  ...policy,
  Statement: list(policy.Statement).map((statement) => ({ ...statement, Action: list(statement.Action).map(renamed) })),
});

for await (const line of createInterface({ input: process.stdin })) {
  const { policies, action, resource, context } = JSON.parse(line);
  const several = sets(policies);
  const contextVariables = Object.fromEntries(
    Object.entries(context).map(([key, values]) => [key, several.has(key) ? values : values[0]]));
  const simulation = {
    request: { principal: `arn:aws:iam::${account}:role/verify`, action, resource: { resource, accountId: account }, contextVariables },
    identityPolicies: policies.map((policy, index) => ({ name: `p${index}`, policy })),
    serviceControlPolicies: [{ orgIdentifier: "o", policies: [{ name: "all", policy: everything }] }],
    resourceControlPolicies: [],
    resourcePolicy: action.toLowerCase().startsWith("kms:") ? delegating : undefined,
  };
  // The checked run knows AWS's lists of actions, resources and keys, but no keys with a part of one's own (kms:EncryptionContext:…),
  // so it says what can be asked, and the other one decides.
  const checked = await runSimulation(simulation, {});
  if (checked.resultType !== "single") {
    console.log(`error: ${checked.errors ? JSON.stringify(checked.errors) : "a pattern is no resource of a request"}`);
    continue;
  }
  const decided = runUnsafeSimulation({
    ...simulation,
    request: { ...simulation.request, action: renamed(action) },
    identityPolicies: simulation.identityPolicies.map(({ name, policy }) => ({ name, policy: withRenamed(policy) })),
    resourcePolicy: undefined,
  }, {});
  const ignored = checked.result?.ignoredContextKeys ?? [];
  console.log(`${words[decided]} ignored:${ignored.join(",")}`);
}
