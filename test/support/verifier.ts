import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type IsSigned = (headers: Readonly<Record<string, string>>, body: string, key: string, nowMs?: number) => boolean;

const DOCUMENT = join(import.meta.dirname, '../../docs/webhooks.md');

/** The verifier in docs/webhooks.md, as an endpoint would copy it. */
export async function documentedVerifier(): Promise<IsSigned> {
  const [, snippet = ''] = /```js\n([^]*?)```/.exec(await readFile(DOCUMENT, 'utf8')) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(snippet)}`)) as { isSigned: IsSigned };
  return module.isSigned;
}
