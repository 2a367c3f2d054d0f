import { run } from "@holdfast/kernel";
import { registrar } from "./service.ts";

await run(registrar);
