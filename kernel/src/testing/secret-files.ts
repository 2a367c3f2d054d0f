import type { SecretFile } from "../service/secret-file.ts";

/** Files of one machine, in memory: by path. */
export class MemorySecretFiles {
  readonly texts = new Map<string, string>();

  /** As `World.secretFile`. */
  readonly open = (path: string): SecretFile => ({
    read: async () => this.texts.get(path),
    replace: async (text) => {
      this.texts.set(path, text);
    },
    create: async (text) => {
      if (this.texts.has(path)) return false;
      this.texts.set(path, text);
      return true;
    },
  });
}
