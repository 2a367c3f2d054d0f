import { run } from "@holdfast/kernel";
import { controller } from "./service.ts";

await run(controller);
