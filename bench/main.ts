/** `npm run bench -- NAME [OPTIONS]`: each bench is a program that reads the arguments after its name. */
const BENCHES: Readonly<Record<string, { readonly about: string; readonly run: () => Promise<unknown> }>> = {
  archive: { about: 'how small the archive is, and what compaction costs', run: () => import('./archive.ts') },
  cost: { about: 'dollars a month beside SQS, from the figures of "units"', run: () => import('./cost.ts') },
  fair: { about: 'what lanes would do for quiet groups beside a noisy one', run: () => import('./fair-lanes.ts') },
  embedded: { about: 'lives a second of the embedded store alone', run: () => import('./embedded-store.ts') },
  load: { about: 'a deployment under up to 120,000 requests a second', run: () => import('./simulate-load.ts') },
  local: { about: 'lives a second of the local server', run: () => import('./local.ts') },
  peers: { about: 'the local server beside Redis, beanstalkd, fauxqs and ElasticMQ', run: () => import('./peers.ts') },
  push: { about: 'delay from a send to the handler that a queue pushes to', run: () => import('./push.ts') },
  rewind: { about: 'a rewind of a million messages on the local server', run: () => import('./rewind.ts') },
  'rewind-many': { about: 'a rewind of a long history', run: () => import('./rewind-many.ts') },
  sqs: { about: 'the local server beside ElasticMQ and fauxqs', run: () => import('./sqs.ts') },
  units: { about: 'units of DynamoDB and S3 that a message takes', run: () => import('./units-per-message.ts') },
};

const [name = ''] = process.argv.splice(2, 1);
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench !== undefined) {
  await bench.run();
} else {
  const list = Object.entries(BENCHES).map(([one, { about }]) => `  ${one.padEnd(13)}${about}`);
  console.error(['npm run bench -- NAME [OPTIONS], where NAME is one of:', ...list].join('\n'));
  process.exitCode = 1;
}
