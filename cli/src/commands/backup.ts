import { resolve } from "node:path";
import type { Holdfast } from "@holdfast/sdk";
import type { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { backUpCloud } from "../backup/backup-cloud.ts";
import { type BackupHeader, BackupWriter } from "../backup/backup-file.ts";
import { backUpGateway } from "../backup/backup-gateway.ts";
import { Progress, size } from "../backup/progress.ts";
import { formatOf, print, printData } from "../output.ts";
import { withBus } from "../target.ts";

export function registerBackup(program: Command): void {
  program
    .command("backup")
    .argument("<target>", "cloud, or a gateway's name")
    .argument("<file>", "where to; nobody but you may read it")
    .description("Write a consistent copy of the cloud's streams, or of a gateway's log, while they are used")
    .option("--force", "replace the file if it is there")
    .option("-o, --output <format>", "json or yaml")
    .addHelpText(
      "after",
      "\nA copy of the cloud holds the values of Secrets: keep it as you keep them. In a gateway's log they are\n" +
        "sealed with its key, which is in no backup; without the key the cloud gives them again. The keys of the\n" +
        "cloud itself (folder cloud/trust) are in no backup either: keep a copy of that folder apart. From another\n" +
        "machine a cloud is copied with --creds owner.creds of that folder.\n\n" +
        "Examples:\n  holdfast backup cloud cloud.hfb\n  holdfast backup gw-1 gw-1.hfb\n",
    )
    .action(async (target: string, file: string, options) => {
      const format = formatOf(options.output);
      const global: { bus?: string } = program.opts();
      const bus = global.bus ?? target;
      const path = resolve(file);
      const kind = target === "cloud" ? "cloud" : "gateway";
      const node = kind === "cloud" ? "" : target;
      const header: BackupHeader = { kind, node, madeAt: new Date().toISOString(), version: packageJson.version };
      const copy = async (holdfast: Holdfast) => {
        const writer = await BackupWriter.create(path, header, options.force === true);
        try {
          const { words, data } = await (kind === "cloud" ? cloud(holdfast, writer) : gateway(holdfast, writer, node));
          await writer.finish();
          const { bytes } = writer;
          if (format === "json" || format === "yaml") return printData({ ...header, ...data, bytes }, format);
          print(`${target}: ${words}, ${size(bytes)} in ${file}`);
        } catch (error) {
          await writer.abandon();
          throw error;
        }
      };
      await withBus({ ...global, bus }, copy, kind === "cloud" ? "owner" : "admin");
    });
}

async function cloud({ bus }: Holdfast, writer: BackupWriter) {
  const copies = await backUpCloud(bus, writer, new Progress());
  const streams = copies.map(({ config, state }) => ({ stream: config.name, messages: state.messages }));
  const messages = streams.reduce((sum, each) => sum + each.messages, 0);
  return { words: `${streams.length} streams with ${messages} messages`, data: { streams } };
}

async function gateway(holdfast: Holdfast, writer: BackupWriter, node: string) {
  const copy = await backUpGateway(holdfast, writer, new Progress(), node);
  return { words: `the log up to event ${copy.lastSeq}`, data: copy };
}
