import { Command } from 'commander';
import { ask, cdk, type Look, runCommand } from '../lib/deploy/command.ts';
import { nameOf } from '../lib/names.ts';
import type { Settings } from '../lib/settings.ts';

interface Options {
  readonly context: readonly string[];
  readonly withMessages?: true;
  readonly confirm?: string;
}

const { context, withMessages, confirm } = new Command('npm run destroy --')
  .description('Remove a deployment. Tables, bucket and keys stay unless --with-messages is given.')
  .option('-c, --context <name=value...>', 'the settings it was deployed with', [])
  .option('--with-messages', 'remove tables and keys too, and every message in them')
  .option('--confirm <stage>', 'the name of the stage, in place of the question')
  .parse()
  .opts<Options>();

process.exitCode = await runCommand(context, destroy);

async function destroy({ given, settings, facts: { account, region, storage } }: Look): Promise<number> {
  const name = nameOf(settings, 'storage');
  process.stdout.write(`Removes stage "${settings.stage}" from account ${account}, Region ${region}.\n`);
  process.stdout.write(
    withMessages === true
      ? 'Tables and keys go, with every message. A bucket that holds objects stops it: empty the bucket first.\n'
      : `${name} stays, with tables, bucket and keys: deploying again goes on with them.\n`,
  );
  if (!(await isConfirmed(settings))) {
    process.stderr.write(`Nothing was removed: repeat it with --confirm ${settings.stage}.\n`);
    return 1;
  }
  const around = ['watch', 'service', 'background'].map((part) => nameOf(settings, part));
  const status = cdk(given, 'destroy', '--force', ...around);
  if (status !== 0 || withMessages !== true || storage === 'absent') return status;
  const open = { ...given, removal: 'destroy', protection: 'off' };
  return cdk(open, 'deploy', '--require-approval', 'never', name) || cdk(open, 'destroy', '--force', name);
}

async function isConfirmed({ stage }: Settings): Promise<boolean> {
  return (confirm ?? (await ask('Name of the stage, to remove it: '))) === stage;
}
