/** Walks in Node, Bun or Deno: `main.mjs NAME`. */
import { walk } from './walk.ts';

const {
  SERVER_URL = '',
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
} = process.env;
const credentials = { accessKeyId, secretAccessKey };
for await (const title of walk(SERVER_URL, credentials)) console.log(`ok ${process.argv[2]}: ${title}`);
