import type { Driver } from "../../driver.ts";
import type { ModbusLine, ModbusVisit } from "./address.ts";
import { bindModbus, protocolNames } from "./bind.ts";
import { openLink } from "./link.ts";
import { type ModbusBatch, planModbus } from "./plan.ts";
import { ModbusRequests } from "./requests.ts";
import { ModbusSession } from "./session.ts";

/** Modbus TCP, RTU and RTU over TCP, on modbus-serial. */
export const modbus: Driver<ModbusVisit, ModbusLine, ModbusBatch> = {
  protocol: "modbus",
  names: protocolNames,
  bind: bindModbus,
  plan: planModbus,
  async open(line, context, signal) {
    const link = await openLink(line, context, signal);
    return new ModbusSession(new ModbusRequests(link, context));
  },
};
