import { describe, expect, it } from 'vitest';
import { findings } from './findings.ts';
import { givenConsole } from './given-console.ts';

const KEY = { id: 'AKIDCONSOLE', secret: 'a secret of forty characters, more or less' };
const at = givenConsole({ requireKeys: true, key: KEY });

describe('a server that asks for keys', () => {
  it('refuses a wrong one in words, and keeps the right one in the tab alone', async () => {
    const { page } = await at.open('/');
    await page.getByRole('heading', { name: 'Sign in with an access key' }).waitFor();
    expect(await findings(page)).toEqual([]);

    await page.getByLabel('Id of the key').fill(KEY.id);
    await page.getByLabel('Secret').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('the signature does not match', { exact: false }).waitFor();
    await page.getByLabel('Id of the key').fill(KEY.id);
    await page.getByLabel('Secret').fill(KEY.secret);
    await page.keyboard.press('Enter');
    await page.getByText('There is no queue yet').waitFor();

    await page.reload();
    await page.getByText('There is no queue yet').waitFor();
    const kept = await page.evaluate<string>('JSON.stringify(localStorage) + location.href + document.cookie');
    expect(kept).not.toContain(KEY.secret);
    await page.goto(`${at.url}/console/usage`);
    await page.getByRole('heading', { name: 'Usage and cost' }).waitFor();
  });
});
