/** `npm run demo -- NAME FILE`: each demo is a program that reads the arguments after its name. */
const DEMOS: Readonly<Record<string, { readonly about: string; readonly run: () => Promise<unknown> }>> = {
  kills: { about: 'kills one of three consumers again and again', run: () => import('./kills.ts') },
  push: { about: 'mends a function that lost messages, and runs it again', run: () => import('./push.ts') },
  rewind: { about: "loses a part of a consumer's database, and rewinds", run: () => import('./rewind.ts') },
};

const [name = ''] = process.argv.splice(2, 1);
const demo = Object.hasOwn(DEMOS, name) ? DEMOS[name] : undefined;
if (demo !== undefined) {
  await demo.run();
} else {
  const list = Object.entries(DEMOS).map(([one, { about }]) => `  ${one.padEnd(10)}${about}`);
  console.error([`npm run demo -- NAME FILE, where FILE is a text file and NAME is one of:`, ...list].join('\n'));
  process.exitCode = 1;
}
