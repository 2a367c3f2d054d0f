/** Asks for page after page, each with the `next` of the one before. */
export async function allPages<P extends { readonly next: string }>(ask: (after: string) => Promise<P>): Promise<P[]> {
  const pages = [await ask("")];
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) pages.push(await ask(next));
  return pages;
}
