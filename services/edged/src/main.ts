import { run } from "@holdfast/kernel";
import { edged } from "./service.ts";

await run(edged);
