import { startFauxqs } from 'fauxqs';
import { describe, it } from 'vitest';
import { lenientObjectStoreContract, objectStoreContract } from '../../contracts/object-store.ts';
import { openS3 } from './s3-endpoint.ts';

// fauxqs ignores conditions and tags, overwrites objects, and sorts names like a dictionary. A mocked client
// (s3-requests.test.ts) shows that nothing is overwritten; an engine named by S3_ENDPOINT shows it too, with tags and
// order.
lenientObjectStoreContract('S3 by fauxqs', async () => {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const opened = await openS3(`http://127.0.0.1:${server.port}`);
  return {
    store: opened.store,
    close: async () => {
      await opened.close();
      await server.stop();
    },
  };
});

const endpoint = process.env['S3_ENDPOINT'] ?? '';

if (endpoint === '') {
  describe('S3 at an endpoint of your own', () => {
    it.skip('keeps the contracts (skipped: S3_ENDPOINT names no engine, such as http://127.0.0.1:5000)');
  });
} else {
  objectStoreContract(`S3 at ${endpoint}`, () => openS3(endpoint));
}
