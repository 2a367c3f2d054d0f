// Keeps what this version writes under test/compat/golden, beside what earlier versions wrote: `npm run generate`.
import { version } from "./golden.ts";
import { keepStored } from "./logs.ts";
import { keepMessages } from "./messages.ts";

keepMessages(version);
await keepStored(version);
