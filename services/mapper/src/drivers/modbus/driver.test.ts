import { driverConformance } from "../../testing/driver-conformance.ts";
import { modbusPeer } from "../../testing/modbus-peer.ts";

driverConformance("Modbus TCP", () => modbusPeer("tcp"));
driverConformance("Modbus RTU over TCP", () => modbusPeer("rtu-over-tcp"));
