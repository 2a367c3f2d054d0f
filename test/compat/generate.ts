// Keeps what this version writes under test/compat/golden, beside what earlier versions wrote: `npm run generate`.
import { version } from "./golden.ts";
import { updateMessages } from "./messages.ts";

const broken = updateMessages(version);
if (broken.length > 0) {
  const advice =
    "These changes break what is stored and sent already: take new numbers and names instead. Only what was never " +
    "released may be taken out of test/compat/golden by hand.";
  process.stderr.write(`${broken.join("\n")}\n${advice}\n`);
  process.exitCode = 1;
}
