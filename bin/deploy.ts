import { Command } from 'commander';
import { ask, cdk, type Look, runCommand } from '../lib/deploy/command.ts';
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

process.exitCode = await runCommand(context, deploy);

async function deploy({ given, settings, facts }: Look): Promise<number> {
  const plan = planDeployment(settings, facts);
  tell(settings, facts, plan);
  if (dryRun === true || !(await isWanted())) return 0;
  for (const { protection } of plan.passes) {
    // The changes were shown and approved before.
    const status = cdk({ ...given, ...plan.settings, protection }, 'deploy', '--all', '--require-approval', 'never');
    if (status !== 0) return status;
  }
  return verify(settings, await lookAtAccount(settings));
}

function tell(settings: Settings, { account, region, storage }: AccountFacts, { passes, notes }: DeploymentPlan): void {
  const verb = storage === 'complete' ? 'Updates' : 'Makes';
  const price = monthlyBasePrice(settings).toFixed(2);
  const lines = [
    `${verb} stage "${settings.stage}" in account ${account}, Region ${region}:`,
    `  ${nameOf(settings, 'storage')}      ${settings.cells} cells, catalog and ledger (DynamoDB), a bucket, keys`,
    `  ${nameOf(settings, 'background')}   archiver, controller, rewinds`,
    `  ${nameOf(settings, 'service')}      ${settings.frontDoor}, with the functions that answer calls`,
    `  ${nameOf(settings, 'watch')}        dashboard and alarms`,
    `Costs about $${price} a month before the first message (us-east-1, no free tier): docs/costs.md.`,
    ...notes,
    ...passes.map(({ why }, number) => `${passes.length > 1 ? `Pass ${number + 1}: ` : ''}${why}.`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function isWanted(): Promise<boolean> {
  if (yes === true) return true;
  const answer = await ask('Deploy? [y/N] ');
  return answer === undefined || /^y(es)?$/i.test(answer);
}

function verify(settings: Settings, facts: AccountFacts): number {
  const missing = missingProtection(settings, facts);
  if (missing.length === 0) return 0;
  process.stderr.write(`Deployed, but not protected against deletion: ${missing.join(', ')}. Deploy again.\n`);
  return 1;
}
