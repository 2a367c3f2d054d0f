import { HoldfastError, run } from "@holdfast/kernel";
import { cloudHub, edgeHub } from "./service.ts";

const role = process.env.HF_HUB_ROLE;
if (role === "cloud") await run(cloudHub);
else if (role === "edge") await run(edgeHub);
else {
  const { message } = new HoldfastError("config_invalid", "hub: HF_HUB_ROLE must be cloud or edge.");
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
