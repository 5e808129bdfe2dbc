// The policies of the examples: support agents read issues and refund a little, nobody deletes.
export const policies = {
  "callgate.yaml": "project: examples\n",
  "policies/support.yaml": `apiVersion: callgate/v1
kind: CelPolicy
metadata: { name: allow-support-tools }
spec:
  effect: allow
  expression: identity.labels.team == "support" && request.tool.name in ["get_issue", "refund"]
---
apiVersion: callgate/v1
kind: CelPolicy
metadata: { name: block-large-refunds }
spec:
  effect: deny
  expression: request.tool.name == "refund" && request.tool.args.amount > 100
  message: refunds over 100 need a person
`,
};

/** Who calls in the examples. */
export const identity = { name: "support-bot", labels: { team: "support" } };

/** What agents may ask for. */
export const tools = {
  get_issue: ({ id }) => `issue ${id}: the parcel is late`,
  refund: ({ amount }) => `refunded ${amount}`,
  delete_issue: ({ id }) => `deleted ${id}`,
};
