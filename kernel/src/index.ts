export * from "./bus.ts";
export * from "./clock.ts";
export * from "./config.ts";
export * from "./context.ts";
export * from "./disk.ts";
export * from "./random.ts";
export * from "./service.ts";
export * from "./streams.ts";
