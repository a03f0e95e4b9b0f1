import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { contextOf, refusalOf, settingsFor } from '../lib/deploy/arguments.ts';
import { type AccountFacts, lookAtAccount } from '../lib/deploy/facts.ts';
import { type DeploymentPlan, missingProtection, planDeployment } from '../lib/deploy/plan.ts';
import { monthlyBasePrice } from '../lib/deploy/price.ts';
import { nameOf } from '../lib/names.ts';
import type { Settings } from '../lib/settings.ts';

interface Options {
  readonly context: readonly string[];
  readonly yes?: true;
  readonly dryRun?: true;
}

const { context, yes, dryRun } = new Command('npm run deploy --')
  .description('Look at the AWS account, say what will be made, and deploy all stacks.')
  .option('-c, --context <name=value...>', 'a setting, as docs/deploy.md lists them', [])
  .option('-y, --yes', 'do not ask before deploying; without a terminal nothing is asked')
  .option('--dry-run', 'look and tell, deploy nothing')
  .parse()
  .opts<Options>();

// The SDK's advice on versions of Node is for its developers, not for a deployment.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const given = contextOf(context);
    const settings = settingsFor(given);
    const facts = await lookAtAccount(settings);
    const plan = planDeployment(settings, facts);
    tell(settings, facts, plan);
    if (dryRun === true || !(await isWanted())) return 0;
    for (const { protection } of plan.passes) {
      const status = deploy({ ...given, ...plan.settings, protection });
      if (status !== 0) return status;
    }
    return verify(settings, await lookAtAccount(settings));
  } catch (error) {
    process.stderr.write(`${refusalOf(error)}\n`);
    return 1;
  }
}

function tell(settings: Settings, { account, region, storage }: AccountFacts, { passes, notes }: DeploymentPlan): void {
  const verb = storage === 'complete' ? 'Updates' : 'Makes';
  const lines = [
    `${verb} stage "${settings.stage}" in account ${account}, Region ${region}:`,
    `  ${nameOf(settings, 'storage')}      ${settings.cells} cells, catalog and ledger (DynamoDB), a bucket, keys`,
    `  ${nameOf(settings, 'background')}   archiver, controller, rewinds`,
    `  ${nameOf(settings, 'service')}      ${settings.frontDoor}, with the functions that answer calls`,
    `  ${nameOf(settings, 'watch')}        dashboard and alarms`,
    `Costs about $${monthlyBasePrice(settings).toFixed(2)} a month before the first message (us-east-1, no free tier).`,
    ...notes,
    ...passes.map(({ why }, number) => `${passes.length > 1 ? `Pass ${number + 1}: ` : ''}${why}.`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function isWanted(): Promise<boolean> {
  if (yes === true || !process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Deploy? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function deploy(settings: Readonly<Record<string, string | number>>): number {
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // What will be made was told and agreed to.
  const cdk = ['cdk', 'deploy', '--all', '--require-approval', 'never', ...pairs];
  return spawnSync('npx', cdk, { stdio: 'inherit' }).status ?? 1;
}

function verify(settings: Settings, facts: AccountFacts): number {
  const missing = missingProtection(settings, facts);
  if (missing.length === 0) return 0;
  process.stderr.write(`Deployed, but not protected against deletion: ${missing.join(', ')}. Deploy again.\n`);
  return 1;
}
