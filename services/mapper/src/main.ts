import { run } from "@holdfast/kernel";
import { mapper } from "./service.ts";

await run(mapper);
