import { run } from "@holdfast/kernel";
import { metamanager } from "./service.ts";

await run(metamanager);
