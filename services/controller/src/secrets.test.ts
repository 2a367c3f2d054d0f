import {
  objectApply,
  objectDelete,
  objectDescribe,
  objectGet,
  objectHistory,
  objectList,
  objectWatch,
} from "@holdfast/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { secret } from "./testing/manifests.ts";

const value = Buffer.from("s3cret").toString("base64");
const place = { namespace: "default", noun: "secret" };
const name = "door";

let cloud: SimulatedCloud;
beforeEach(async () => {
  cloud = new SimulatedCloud(1);
  await cloud.start();
});
afterEach(() => expect(cloud.failures).toEqual([]));

/** Every command that shows objects, as text. */
async function everyAnswer(showSecrets: boolean): Promise<string[]> {
  const answers = [
    await cloud.ask(objectGet, place, { name, showSecrets }),
    await cloud.ask(objectList, place, { showSecrets }),
    await cloud.ask(objectWatch, place, { position: "", showSecrets }),
    await cloud.ask(objectDescribe, place, { name, showSecrets }),
    await cloud.ask(objectHistory, place, { name, showSecrets }),
  ];
  return answers.map((answer) => JSON.stringify(answer));
}

test("values of Secrets are masked wherever objects are shown, unless they are asked for", async () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `{"data":"${value}"}` };
  const { object } = await cloud.apply({ ...secret(name), metadata: { name, annotations } });
  expect(object.data).toEqual({ password: "***" });
  expect(object.metadata.uid).not.toBe("");
  for (const answer of await everyAnswer(false)) {
    expect(answer).toContain("password");
    expect(answer).not.toContain(value);
  }
  for (const answer of await everyAnswer(true)) expect(answer).toContain(value);
  const lines = cloud.logger.lines.filter(({ message }) => message === "values of Secrets are shown");
  expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ actor: "anna", name }));
  expect(JSON.stringify(cloud.logger.lines)).not.toContain(value);
  const replies = [
    await cloud.apply({ ...secret(name), metadata: { name } }, true),
    await cloud.ask(objectDelete, place, { name, dryRun: true }),
    await cloud.ask(objectDelete, place, { name }),
  ];
  for (const reply of replies) expect(JSON.stringify(reply)).not.toContain(value);
});

test("a masked Secret cannot be applied by mistake", async () => {
  await cloud.apply(secret(name));
  const shown = await cloud.get("secret", name);
  const again = cloud.ask(objectApply, place, { object: JSON.stringify(shown) });
  const problems = [{ path: 'data["password"]', problem: "is masked: get the Secret with --show-secrets" }];
  await expect(again).rejects.toMatchObject({ code: "invalid_argument", problems });
  expect(await cloud.secret(name)).toEqual({ password: value });
});
