import { S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { createTables, startDynalite } from '../test/stores/dynamodb/engines.ts';
import type { BodySource } from './bodies.ts';
import { meter } from './meter.ts';
import { RewindmqQueue } from './rewindmq-queue.ts';
import { live } from './workloads.ts';

const MESSAGES = 100_000;
const PER_REQUEST = 100;
// The warning about newer Nodes is for deployers; here it would mix with the figures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const AWS = { credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' }, region: 'us-east-1' };

/**
 * Write units of a rewind of a million messages, which were sent and deleted in requests of 100. Counted for a tenth of
 * them and multiplied, which overstates one-time costs.
 */
export async function rewindUnitsPerMillion(bodies: BodySource): Promise<number> {
  const engine = await startDynalite();
  const s3 = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const objects = new S3Client({ ...AWS, endpoint: `http://127.0.0.1:${s3.port}`, forcePathStyle: true });
  const tables = await createTables(engine.endpoint);
  try {
    const queue = await RewindmqQueue.create(tables, objects);
    const request = { sendSize: PER_REQUEST, receiveSize: PER_REQUEST };
    await live({ name: 'rewind', ...request, messageCount: MESSAGES, bodies: () => bodies }, queue);
    await queue.settle();
    const metered = meter(tables.client);
    const rewound = await queue.rewind();
    if (rewound !== MESSAGES) throw new Error(`${rewound} of ${MESSAGES} messages were rewound`);
    return (metered.snapshot().writeUnits * 1_000_000) / MESSAGES;
  } finally {
    tables.client.destroy();
    objects.destroy();
    await s3.stop();
    await engine.stop();
  }
}
