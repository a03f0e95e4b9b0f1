import { describe, expect, it } from 'vitest';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { describeApi } from '../../src/protocols/rest/openapi.ts';
import { printedTypes } from './printed-types.ts';

const COMMAND = 'npx vitest run test/client/types.test.ts -u';
const HEAD = `/** Made from the schemas of the REST protocol: \`${COMMAND}\` writes it anew. */\n\n`;

describe('the types of the client', () => {
  it('are those of the schemas that check the calls', async () => {
    const types = HEAD + printedTypes(describeApi(ALL_ACTIONS));

    await expect(types).toMatchFileSnapshot('../../src/client/api.d.ts');
  });
});
