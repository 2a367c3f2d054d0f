import { chown, copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findNatsServer } from "@holdfast/kernel";
import { run } from "./commands.ts";
import type { Engine } from "./engine.ts";

/**
 * Stand-ins for the images that the Dockerfile names, made of what is installed here: no registry is asked. They
 * prove how our images are made and wired, not that the official ones are the same below.
 */
export async function importBaseImages(engine: Engine): Promise<void> {
  await importImage(engine, "node:24-slim", "CMD", "node", nodeFiles);
  await importImage(engine, "nats:2.14-alpine", "ENTRYPOINT", "nats-server", natsFiles);
}

async function importImage(
  engine: Engine,
  name: string,
  instruction: "CMD" | "ENTRYPOINT",
  program: string,
  fill: (root: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(engine.folder, "image-"));
  const tar = `${root}.tar`;
  await fill(root);
  await run("tar", ["-C", root, "-cf", tar, "."]);
  const changes = [`ENV PATH=/usr/local/bin:/bin`, `${instruction} ["${program}"]`];
  await engine.docker("import", ...changes.flatMap((change) => ["--change", change]), tar, name);
  await rm(root, { recursive: true });
  await rm(tar);
}

async function nodeFiles(root: string): Promise<void> {
  await shellFiles(root, ["sh", "mkdir", "chown", "cat"]);
  await program(root, await realpath(process.execPath), "usr/local/bin/node");
  const npm = (await run("sh", ["-c", "command -v npm"])).trim();
  await cp(dirname(dirname(await realpath(npm))), join(root, "usr/local/lib/npm"), { recursive: true });
  await symlink("../lib/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  await mkdir(join(root, "usr/bin"), { recursive: true });
  await symlink("../../bin/busybox", join(root, "usr/bin/env"));
  await mkdir(join(root, "home/node"), { recursive: true });
  await chown(join(root, "home/node"), 1000, 1000);
  await writeFile(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
  await writeFile(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
}

async function natsFiles(root: string): Promise<void> {
  await shellFiles(root, ["sh", "mkdir", "chown", "wget"]);
  await program(root, await findNatsServer(), "usr/local/bin/nats-server");
}

async function shellFiles(root: string, applets: readonly string[]): Promise<void> {
  for (const folder of ["bin", "etc", "tmp", "usr/local/bin"]) await mkdir(join(root, folder), { recursive: true });
  await program(root, "/bin/busybox", "bin/busybox");
  for (const applet of applets) await symlink("busybox", join(root, "bin", applet));
}

/** A program and the libraries that it is linked with. */
async function program(root: string, from: string, to: string): Promise<void> {
  await copyFile(from, join(root, to));
  const linked = await run("ldd", [from]).catch(() => "");
  for (const [library] of linked.matchAll(/\/\S+/g)) {
    if (library.startsWith("/proc")) continue;
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
}
