import { type Disk, hasCode } from "@holdfast/kernel";

/**
 * Small numbers in files beside the log that outlive a process which ends without a word: damage in LevelDB's
 * files can end it at any moment, at every start anew.
 */
async function readCount(disk: Disk, file: string): Promise<number> {
  const content = await disk.readFile(file);
  return Number(content ? Buffer.from(content).toString() : 0) || 0;
}

/** On a full disk nothing is counted: that is not what the count is for. */
async function writeCount(disk: Disk, file: string, count: number): Promise<void> {
  try {
    await disk.writeFile(file, Buffer.from(String(count)));
  } catch (error) {
    if (!hasCode(error, "disk_full")) throw error;
  }
}

const startsFile = "starts";
const salvagesFile = "salvages";

/** After this many short lives in a row the store is checked in a process of its own before it is opened. */
export const shortLivesMax = 3;

/** Lives before this one that ended soon and without a word. */
export async function countStart(disk: Disk): Promise<number> {
  const shortLives = await readCount(disk, startsFile);
  await writeCount(disk, startsFile, shortLives + 1);
  return shortLives;
}

/** The log has been open for a while, or ends in order. */
export function forgetStarts(disk: Disk): Promise<void> {
  return writeCount(disk, startsFile, 0);
}

/** How often salvage has been begun and not ended. */
export async function countSalvage(disk: Disk): Promise<number> {
  const begun = await readCount(disk, salvagesFile);
  await writeCount(disk, salvagesFile, begun + 1);
  return begun;
}

export function forgetSalvages(disk: Disk): Promise<void> {
  return disk.remove(salvagesFile);
}
