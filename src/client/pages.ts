/** Walks over all pages of a list; `read` gets the cursor of the previous page. */
export async function* entriesOf<Entry>(
  read: (
    cursor: string | undefined,
  ) => Promise<{ readonly entries: readonly Entry[]; readonly cursor?: string | undefined }>,
): AsyncGenerator<Entry, void> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield* page.entries;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
