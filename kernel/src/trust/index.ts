export * from "./accounts.ts";
export * from "./certificates.ts";
export * from "./cloud-accounts.ts";
export * from "./creds.ts";
export * from "./join-token.ts";
export * from "./jwt.ts";
export * from "./keys.ts";
export * from "./permissions.ts";
