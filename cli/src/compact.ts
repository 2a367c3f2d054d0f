import { devicetwin } from "@holdfast/devicetwin";
import { edged } from "@holdfast/edged";
import { edgeHub } from "@holdfast/hub";
import { runAll } from "@holdfast/kernel";
import { mapper } from "@holdfast/mapper";
import { metamanager } from "@holdfast/metamanager";

/** A whole gateway in one process, for boxes with little memory. */
await runAll([metamanager, edgeHub, devicetwin, edged, mapper]);
