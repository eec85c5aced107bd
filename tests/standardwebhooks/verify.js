// SPDX-License-Identifier: Apache-2.0
// Verifies webhooks as their receivers do, with the package of the standard's own authors. Reads a list of {secret, headers,
// body, raw} from stdin; says for each what its body holds, or why it was refused. A body is base64; `raw` means that the
// secret is base64 of bare bytes.
"use strict";

const {Webhook} = require("standardwebhooks");

function verified({secret, headers, body, raw}) {
  const hook = raw ? new Webhook(Buffer.from(secret, "base64"), {format: "raw"}) : new Webhook(secret);
  try {
    return {payload: hook.verify(Buffer.from(body, "base64").toString("utf8"), headers)};
  } catch (error) {
    return {refused: error.message};
  }
}

// The vector of the specification: what the package makes of it, so that a package that signs otherwise is found out.
function vector() {
  const hook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  return hook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", new Date(1614265330 * 1000), '{"test": 2432232314}');
}

const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({vector: vector(), answers: given.map(verified)}));
