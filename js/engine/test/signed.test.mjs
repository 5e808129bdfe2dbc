// Signed releases: which are believed. Node's own cryptography signs them here.
import assert from "node:assert/strict";
import { generateKeyPairSync, createHash, sign } from "node:crypto";
import { test } from "node:test";
import { CallgateError, Engine } from "@callgate/engine";
import { call, release } from "./support.mjs";

const TYPE = "application/vnd.callgate.release+json";

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const id = createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest("hex");
  return { privateKey, pem: publicKey.export({ type: "spki", format: "pem" }), id: `sha256:${id}` };
};
const [ana, ben, eve] = [pair(), pair(), pair()];

/** DSSE: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function signed(text, ...keys) {
  const payload = Buffer.from(text);
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);
  const signatures = keys.map(({ privateKey, id: keyid }) => ({ keyid, sig: sign(null, message, privateKey).toString("base64") }));
  return { payload: payload.toString("base64"), payloadType: TYPE, signatures };
}

const refused = async (code, from, options) => {
  await assert.rejects(Engine.create(from, options), (error) => {
    assert.ok(error instanceof CallgateError);
    assert.equal(error.code, code, error.message);
    return true;
  });
};

test("a release is believed that a trusted key signed", async () => {
  const trust = { trustedKeys: [ana.pem, ben.pem] };
  const envelope = signed(release, ana);
  for (const from of [envelope, JSON.stringify(envelope), new TextEncoder().encode(JSON.stringify(envelope))]) {
    const engine = await Engine.create(from, trust);
    assert.equal(engine.release.signers.length, 1);
    assert.equal(engine.decide(call("get_issue", {})).text, Engine.createSync(release).decide(call("get_issue", {})).text);
  }
  const both = await Engine.create(signed(release, ben, ana), { ...trust, requiredSignatures: 2 });
  assert.deepEqual(both.release.signers, [ana.id, ben.id]);
});

test("any other release is refused", async () => {
  const trust = { trustedKeys: [ana.pem, ben.pem] };
  await refused("NOT_SIGNED", release, trust);
  await refused("NOT_SIGNED", signed(release), trust);
  await refused("UNTRUSTED_KEY", signed(release, eve), { trustedKeys: [ana.pem] });
  await refused("TOO_FEW_SIGNATURES", signed(release, ana), { ...trust, requiredSignatures: 2 });
  const nameless = signed(release, eve);
  delete nameless.signatures[0].keyid;
  await refused("BAD_SIGNATURE", nameless, trust);
  await refused("TOO_FEW_SIGNATURES", signed(release, ana, ana), { ...trust, requiredSignatures: 2 });
  const altered = { ...signed(release, ana), payload: Buffer.from(release.replace("examples", "exampled")).toString("base64") };
  await assert.rejects(Engine.create(altered, trust), CallgateError);
  await refused("NOT_CANONICAL", signed(` ${release}`, ana), trust);
});

test("a release that is not newer is refused", async () => {
  const trust = { trustedKeys: [ana.pem] };
  await refused("OLDER_RELEASE", signed(release, ana), { ...trust, newerThan: 7 });
  assert.equal((await Engine.create(signed(release, ana), { ...trust, newerThan: 6 })).release.number, 7);
});

test("trust that cannot be meant is an error", async () => {
  const envelope = signed(release, ana);
  await refused("BAD_KEY", envelope, { trustedKeys: [] });
  await refused("BAD_KEY", envelope, { trustedKeys: [ana.pem, ana.pem] });
  await refused("BAD_KEY", envelope, { trustedKeys: ["no key"] });
  await refused("BAD_KEY", envelope, { trustedKeys: [ana.pem], requiredSignatures: 2 });
  await refused("MISSING_FIELD", envelope, { newerThan: 3 });
  await assert.rejects(Engine.create(envelope, { trustedKeys: "all" }), CallgateError);
});

test("without keys a signed release loads as it is", async () => {
  const engine = await Engine.create(signed(release, eve));
  assert.equal(engine.release.signers, undefined);
  assert.equal(engine.release.number, 7);
});
