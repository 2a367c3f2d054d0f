import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { type BackupFile, openBackup } from "../backup/backup-file.ts";
import { withCloudAtRest } from "../backup/cloud-at-rest.ts";
import { Progress } from "../backup/progress.ts";
import { restoreCloud } from "../backup/restore-cloud.ts";
import { restoreGateway } from "../backup/restore-gateway.ts";
import { isAlive, nodeFolder, prepareFolder, readInstance, stateFolder } from "../instance.ts";
import { nodeNameFrom } from "../node-name.ts";
import { formatOf, print, printData } from "../output.ts";
import { withBus } from "../target.ts";

interface Global {
  readonly bus?: string;
  readonly dir?: string;
}

export function registerRestore(program: Command): void {
  program
    .command("restore")
    .argument("<target>", "cloud, or a gateway's name")
    .argument("<file>", "what `holdfast backup` wrote")
    .description("Put a backup in the place of a cloud's streams or a gateway's log; it must not run")
    .option("--force", "replace what is there")
    .option("-o, --output <format>", "json or yaml")
    .addHelpText(
      "after",
      "\nA restored cloud asks its gateways for what it lost: their events come again, and their reported state. What\n" +
        "was declared after the backup is gone; what would have to go from gateways for that is withheld there until\n" +
        "an operator says so. --bus URL restores the cloud of another server, while none of its modules runs, with\n" +
        "--creds owner.creds of its trust folder.\n\n" +
        "Examples:\n  holdfast down && holdfast restore cloud cloud.hfb --force && holdfast cloud\n" +
        "  holdfast restore gw-1 gw-1.hfb --force\n",
    )
    .action(async (target: string, path: string, options) => {
      const format = formatOf(options.output);
      const force = options.force === true;
      const global: Global = program.opts();
      const file = await openBackup(path);
      try {
        checkKind(file, target, path);
        const done = target === "cloud" ? await cloud(file, global, force) : await gateway(file, target, global, force);
        if (format === "json" || format === "yaml") return printData({ ...file.header, ...done.data }, format);
        print(done.words.join("\n"));
      } finally {
        await file.close();
      }
    });
}

function checkKind({ header }: BackupFile, target: string, path: string): void {
  const { kind, node } = header;
  if (kind === "cloud" && target === "cloud") return;
  if (kind === "gateway" && target === node) return;
  const what = kind === "cloud" ? "a cloud" : `the gateway ${node}`;
  throw new HoldfastError("invalid_argument", `${path} is a backup of ${what}, not of ${target}.`);
}

async function cloud(file: BackupFile, global: Global, force: boolean) {
  const progress = new Progress();
  const folder = stateFolder(global.dir);
  const work = (holdfast: Parameters<typeof restoreCloud>[0]) => restoreCloud(holdfast, file, force, progress);
  if (global.bus === undefined) {
    refuseRunning(folder);
    prepareFolder(folder);
  }
  const data = global.bus === undefined ? await withCloudAtRest(folder, work) : await withBus(global, work, "owner");
  const words = data.streams.map(({ stream, messages }) => `${stream}: ${messages} messages`);
  const kept = data.kept.map((stream) => `${stream}: kept as it is here, so that nothing revoked comes back`);
  const { madeAt } = file.header;
  return { data, words: [...words, ...kept, `The cloud is as it was at ${madeAt}; start it again.`] };
}

async function gateway(file: BackupFile, name: string, { dir }: Global, force: boolean) {
  const folder = stateFolder(dir);
  refuseRunning(folder);
  prepareFolder(folder);
  const node = nodeNameFrom(name);
  const data = await restoreGateway(file, { node, folder: nodeFolder(folder, node), force }, new Progress());
  const aside = data.replaced === undefined ? [] : [`What was there lies beside it: ${data.replaced}`];
  const words = `${node}: the log up to event ${data.lastSeq}; its next link tells the cloud all of its state`;
  return { data, words: [words, ...aside] };
}

function refuseRunning(folder: string): void {
  const instance = readInstance(folder);
  if (!instance || !isAlive(instance.supervisor)) return;
  throw new HoldfastError("conflict", `Holdfast runs in ${folder}. Stop it first: npx holdfast down.`);
}
