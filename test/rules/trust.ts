import { type Rule, section } from "./rule.ts";

const nodes = "services/registrar/src/nodes.test.ts";
const claims = "services/registrar/src/claims.test.ts";
const decide = "services/registrar/src/decide.ts";
const decided = "services/registrar/src/decide.test.ts";
const renewal = "services/hub/src/edge/credentials.test.ts";
const keeper = "services/hub/src/edge/credentials.ts";
const real = "test/process/registrar.test.ts";
const callers = "test/process/callers.test.ts";

/** Who may connect: joining, renewing, revoking. */
export const trustRules: readonly Rule[] = section(
  12,
  [
    "each identity may do what its contracts say, and nothing else",
    "test/process/permissions.test.ts",
    "a real server lets each identity do what its contracts say, and nothing else",
    ["kernel/src/bus/nats-server-config.ts", ": { allow: subjects });", ": { allow: [...subjects, '*.>'] });"],
  ],
  [
    "who asks is what the server says, whatever a user says of itself",
    callers,
    "who says that it is another operator stands with its own name in histories, twins and the audit",
    ["kernel/src/trust/jwt.ts", "share: true", "share: false"],
  ],
  [
    "on a gateway too, where each role has a key",
    callers,
    "on a gateway each role has a key, and who it is stands in the history, there and in the cloud",
    ["kernel/src/bus/actor.ts", "if (caller !== undefined)", "if (false)"],
  ],
  [
    "nobody can name a reply of the server's own kind, nor make an answer a command",
    callers,
    "a reply of the server's own kind, another command as reply: refused or without effect",
  ],
  [
    "what a sender says of who asks is shown as that",
    "kernel/src/bus/serve.test.ts",
    "the handler gets state, request, parameters and actor",
    ["kernel/src/bus/actor.ts", "believesModules ?", "true ?"],
  ],
  [
    "but for the hub's word among the modules of a gateway",
    "kernel/src/service/start-service.test.ts",
    "who a module asks for is believed on a gateway's bus with credentials, and nowhere else",
    ["kernel/src/service/start-service.ts", "file !== undefined && file.jwt === undefined", "file !== undefined"],
  ],
  [
    "a gateway's users are not the cloud's",
    "services/controller/src/proposals.test.ts",
    "on the value that the gateway knew is accepted, with the gateway's id",
    ["services/controller/src/deciding.ts", "actor = shortActor(said,", "actor = said; void ("],
  ],
  [
    "revoking a user loses nobody's answer",
    callers,
    "to revoke a user loses nobody's answer",
    ["services/registrar/src/claims.ts", ": !inUsersAccount;", ": identity !== '';"],
  ],
  [
    "no module needs more",
    "test/process/permissions.test.ts",
    "a whole platform works with these credentials, and its servers have nothing to refuse",
  ],
  [
    "no module has more",
    "test/simulation/rights.test.ts",
    "what credentials allow is used, but for what these worlds do not have",
    [
      "kernel/src/trust/permissions.ts",
      "return answering(publish, subscribe);",
      "return answering([...publish, 'x'], subscribe);",
    ],
  ],
  [
    "nobody writes the log in the name of another",
    "services/metamanager/src/service.test.ts",
    "nobody writes the log in the name of another module",
    [
      "services/metamanager/src/service.ts",
      'if (module === "" || module === params.module) return params.module;',
      'if (module === "" || module !== "") return module;',
    ],
  ],
  [
    "a join token counts once, whoever is asked",
    nodes,
    "two registrars and a crowd with one token: one of them joins",
    ["services/registrar/src/registry.ts", "expectSeq: seq };", "};"],
  ],
  [
    "a replayed token is refused, the same key may ask again",
    decided,
    "%s",
    [decide, 'token.joinedKey !== "" && token.joinedKey !== publicKey', "false"],
  ],
  [
    "the cloud keeps no secret of a token",
    nodes,
    "the registry holds no secret of a token, and neither does the log",
    ["services/registrar/src/tokens.ts", "node, secretHash: hashJoinSecret(secret)", "node: node + secret"],
  ],
  [
    "a box that is replaced loses the identity",
    nodes,
    "a box that is replaced takes the identity with it: the old key is revoked",
    ["services/registrar/src/nodes.ts", "before.value?.revokedMs === 0 ?", "before.value?.revokedMs === -1 ?"],
  ],
  [
    "an expired node renews within the grace, until it is revoked",
    decided,
    "an identity renews until the end of its grace, unless it is revoked",
    [decide, "nowMs >= identity.renewableUntilMs) {", "nowMs >= identity.expiresMs) {"],
  ],
  [
    "a node renews well before the end",
    renewal,
    "renewed over the link before the end, and both files keep the key",
    [keeper, "ageMs >= lifeMs * dueShare", "ageMs >= lifeMs * 2"],
  ],
  [
    "and after it with the credentials for renewal alone",
    renewal,
    "after weeks offline with credentials that have ended it renews with the others",
    [keeper, "await askWithRenewal(context, ended)", "await ask(context, cloud.bus)"],
  ],
  [
    "a clock that is behind does not keep it from renewing",
    renewal,
    "a clock that goes behind while the link is down: tried after a while, whatever it says",
    [keeper, " || downMs >= credsDownMs", ""],
  ],
  [
    "a revoke is answered when the server refuses the key",
    nodes,
    "revoked: the server is told before the answer, renewal is refused, open tokens are closed",
    ["services/registrar/src/claims.ts", "if (!wanted) return;", "return;"],
  ],
  [
    "a clock that was ahead does not forget who is revoked",
    claims,
    "a clock that was far ahead for hours does not let a revoked key in again",
    ["services/registrar/src/sweep.ts", ".slice(revocationsKeptMax)"],
  ],
  [
    "a revocation is never dated before what it revokes",
    nodes,
    "a clock that went back does not let a revoked token count",
    [decide, "Math.max(issuedMs, nowMs)", "nowMs"],
  ],
  [
    "the server's list is compared with the records again and again",
    claims,
    "a server that was restored learns again who is revoked; one that knows is left alone",
    ["services/registrar/src/claims.ts", "every(clock, config.claimsMs, look)", "every(clock, 1e12, look)"],
  ],
  [
    "the same with real servers: once",
    real,
    "one time: a crowd with one token, asked of two registrars; then a replay",
  ],
  [
    "a live session is closed within seconds",
    real,
    "revoked: the live session is closed within seconds, and nothing lets it in again but a new token",
  ],
  [
    "a viewer looks, an app has what it was given",
    real,
    "a viewer looks and cannot set; an app has its twins and commands; each until it is revoked",
  ],
);
