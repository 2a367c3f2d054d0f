import { defineConfig } from "vitest/config";
import LongestFirst from "./test/sequencer.ts";

const everything = ["**/*.test.ts"];
const system = ["**/*.system.test.ts"];

/** `npm test` needs nothing beyond npm; `npm run test:system` needs root and Debian packages. */
export default defineConfig({
  test: {
    include: process.env.HF_SYSTEM ? system : everything,
    exclude: ["**/node_modules/**", ...(process.env.HF_SYSTEM ? [] : system)],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Tests over processes mostly wait; what fills disks and stops processes is left alone with one other.
    maxWorkers: process.env.HF_SYSTEM ? 2 : 3,
    sequence: { sequencer: LongestFirst },
    reporters: process.env.CI ? ["default", "./test/reporter.ts"] : ["default"],
  },
});
