import { runLink } from "./link.ts";
import type { Scenario } from "./outcome.ts";
import { runPlatform } from "./platform.ts";

/** The worlds that are simulated, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = { link: runLink, platform: runPlatform };
