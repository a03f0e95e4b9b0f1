import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Serious findings of axe-core on the page as it is, each with the first element. */
export async function findings(page: Page): Promise<string[]> {
  // By the debugger: the content policy keeps out any other script.
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ impact: string; id: string; nodes: { html: string }[] }[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 300)}`);
}
