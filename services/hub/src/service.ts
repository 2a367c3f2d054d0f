export { type CloudHubConfig, cloudHubConfig } from "./cloud/config.ts";
export { cloudHub } from "./cloud/service.ts";
export { type EdgeHubConfig, edgeHubConfig } from "./edge/config.ts";
export { edgeHub } from "./edge/service.ts";
