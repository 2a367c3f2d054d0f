import { run } from "@holdfast/kernel";
import { devicetwin } from "./service.ts";

await run(devicetwin);
