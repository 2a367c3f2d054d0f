/** Stops every pod of a gateway whose edged no longer runs: only `holdfast down` and Ctrl-C do that. */
export async function stopPods(folder: string): Promise<void> {
  void folder;
}
