/**
 * Which messages of a batch failed, by an answer of `reportBatchItemFailures`, as Lambda reads it for an SQS trigger:
 * an empty or null list, `{}` and `null` mean that all succeeded. An identifier that is empty, null, misnamed or
 * unknown, and an answer that cannot be read, mean that all failed.
 *
 * @param answer - the text of the answer; absent: the handler returned nothing
 * @param ids - the ids of the messages of the batch
 */
export function failedItems(answer: string | undefined, ids: readonly string[]): readonly string[] {
  if (answer === undefined || answer === '') return [];
  const parsed = parse(answer);
  if (parsed === null) return [];
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return ids;
  const list = (parsed as { readonly batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(list)) return ids;
  const known = new Set(ids);
  const failed = new Set<string>();
  for (const item of list as readonly unknown[]) {
    const id = (item as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== 'string' || !known.has(id)) return ids;
    failed.add(id);
  }
  return [...failed];
}

/** `undefined` for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
