import { Option } from 'commander';
import type { Define } from '../frame/command.ts';
import { type Context, readContexts, SIGNINGS, type Signing, writeContexts } from '../frame/contexts.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import { CommandFailure, EXIT, WrongUse } from '../rules/exit-codes.ts';
import { checkedUrl, type Place, signingOf } from '../rules/places.ts';

interface AddOptions {
  readonly sign?: Signing;
  readonly profile?: string;
  readonly region?: string;
  readonly production?: true;
}

interface Listed extends Context {
  readonly name: string;
  readonly isCurrent: boolean;
}

const COLUMNS: readonly Column<Listed>[] = [
  { title: '', value: ({ isCurrent }) => (isCurrent ? '*' : '') },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'URL', value: ({ url }) => url },
  { title: 'SIGNED', value: ({ sign = 'auto' }) => sign },
  { title: 'PROFILE', value: ({ profile = '' }) => profile },
  {
    title: 'MARK',
    value: ({ isProduction }) => (isProduction ? 'PRODUCTION' : ''),
    style:
      ({ isProduction }, { red }) =>
      (text) =>
        isProduction ? red(text) : text,
  },
];

const PLACE_COLUMNS: readonly Column<Place & { readonly signed: string }>[] = [
  { title: 'url', value: ({ url }) => url },
  { title: 'by', value: ({ source }) => source },
  { title: 'context', value: ({ context = '' }) => context },
  { title: 'signed', value: ({ signed }) => signed },
  { title: 'profile', value: ({ profile = '' }) => profile },
  { title: 'region', value: ({ region = '' }) => region },
  { title: 'mark', value: ({ isProduction }) => (isProduction ? 'PRODUCTION' : '') },
];

/** `rewindmq context`: names for servers and deployments. Keys and secrets stay in the environment and in AWS files. */
export const define: Define = (command, on) => {
  withExamples(
    command,
    'context add prod --url https://….execute-api.eu-west-1.amazonaws.com --production',
    'context use prod',
    'context show',
  );
  command
    .command('add')
    .description('add the place at --url, or replace it; the first one becomes the current one')
    .argument('<name>')
    .addOption(new Option('--sign <how>', 'how calls are signed').choices([...SIGNINGS]))
    .option('--profile <name>', 'profile of the AWS configuration')
    .option('--region <name>', 'AWS Region, where the address does not name it')
    .option('--production', 'ask for the name of the queue before many messages change')
    .action(
      on(async ({ io, options: { url } }, name: string, given: AddOptions) => {
        if (url === undefined) throw new WrongUse('--url is missing: the address of the server or deployment.');
        const { sign, profile, region, production } = given;
        const { current = name, contexts } = readContexts(io);
        const context: Context = {
          url: checkedUrl(url, '--url'),
          ...(sign === undefined ? {} : { sign }),
          ...(profile === undefined ? {} : { profile }),
          ...(region === undefined ? {} : { region }),
          ...(production === undefined ? {} : { isProduction: production }),
        };
        writeContexts(io, { current, contexts: { ...contexts, [name]: context } });
      }),
    );
  defineRest(command, on);
};

const defineRest: Define = (command, on) => {
  command
    .command('use')
    .description('make a place the current one')
    .argument('<name>')
    .action(
      on(async ({ io }, name: string) => {
        writeContexts(io, { current: name, contexts: known(readContexts(io).contexts, name) });
      }),
    );
  command
    .command('ls')
    .description('list the places')
    .action(
      on(async ({ io, out }) => {
        const { current, contexts } = readContexts(io);
        const rows = Object.entries(contexts).map(([name, one]) => ({ ...one, name, isCurrent: name === current }));
        await out.list(rows, COLUMNS);
        if (rows.length === 0) await out.say('There is no context; `rewindmq context add` makes one.');
      }),
    );
  command
    .command('show')
    .description('show where calls go, and what decided it')
    .action(
      on(async ({ io, out, place }) => {
        await out.record({ ...place, signed: signingOf(place, io.environment) }, PLACE_COLUMNS);
      }),
    );
  command
    .command('rm')
    .description('forget a place')
    .argument('<name>')
    .action(
      on(async ({ io }, name: string) => {
        const { current, contexts } = readContexts(io);
        const { [name]: _, ...rest } = known(contexts, name);
        writeContexts(io, { ...(current === name || current === undefined ? {} : { current }), contexts: rest });
      }),
    );
};

/** @throws CommandFailure when there is no context of this name */
function known(contexts: Readonly<Record<string, Context>>, name: string): Readonly<Record<string, Context>> {
  if (Object.hasOwn(contexts, name)) return contexts;
  throw new CommandFailure(EXIT.notFound, `There is no context "${name}"; \`rewindmq context ls\` lists them.`);
}
