/**
 * `main.ts FOLDER` makes queues, and writes the console's programs for them: each in a folder of its own with the line
 * that installs its SDK, and beside them the variables that they read, with the keys of the environment filled in.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RewindMq } from '../../src/client/index.ts';
import { environmentText, setUpsOf } from '../../src/console/rules/index.ts';

const ENDINGS: Readonly<Record<string, string>> = { Python: 'py', Java: 'java', Go: 'go', PHP: 'php' };

const [, , folder = ''] = process.argv;
const {
  REWINDMQ_URL: url = '',
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
} = process.env;
const client = new RewindMq({ url, credentials: { accessKeyId, secretAccessKey } });
const place = { url, isKeyed: true };

for (const [name, ending] of Object.entries(ENDINGS)) {
  const queue = `from-${name.toLowerCase()}`;
  const setUp = setUpsOf(queue, place).find((one) => one.name === name);
  await client.queue(queue).create();
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, `Hello.${ending}`), setUp?.text ?? '');
  writeFileSync(join(folder, name, 'install.sh'), setUp?.install ?? '');
}
const keys = environmentText(place).replace('KEY_ID=…', `KEY_ID=${accessKeyId}`);
writeFileSync(join(folder, 'environment.sh'), keys.replace('ACCESS_KEY=…', `ACCESS_KEY=${secretAccessKey}`));
