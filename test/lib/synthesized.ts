import { readFileSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addDeployment, type Deployment } from '../../lib/deployment.ts';
import { parseSettings } from '../../lib/settings.ts';

/** A resource as a template writes it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized extends Deployment {
  readonly app: App;
  readonly stacks: readonly Stack[];
  /** All resources of all stacks, by `stack/logical id`. */
  readonly resources: ReadonlyMap<string, Resource>;
  ofType(type: string): Resource[];
}

const { context: FLAGS } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };

/** A deployment with these settings, not synthesized yet, without bundles: no promise about templates needs them. */
export function prepared(settings: Readonly<Record<string, unknown>>, outdir?: string): [App, Deployment] {
  const context = { ...FLAGS, 'aws:cdk:bundling-stacks': [], ...settings };
  const app = new App({ context, ...(outdir === undefined ? {} : { outdir }) });
  return [app, addDeployment(app, parseSettings(settings))];
}

const known = new Map<string, Synthesized>();

/** The templates of a deployment with these settings; made once, so nobody changes them. */
export function synthesized(settings: Readonly<Record<string, unknown>> = {}): Synthesized {
  const name = JSON.stringify(settings);
  const one = known.get(name) ?? synthesize(settings);
  known.set(name, one);
  return one;
}

function synthesize(settings: Readonly<Record<string, unknown>>): Synthesized {
  const [app, deployment] = prepared(settings);
  const stacks: Stack[] = Object.values(deployment);
  const resources = new Map(stacks.flatMap(resourcesOf));
  return {
    ...deployment,
    app,
    stacks,
    resources,
    ofType: (type) => [...resources.values()].filter((resource) => resource.Type === type),
  };
}

function resourcesOf(stack: Stack): [string, Resource][] {
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  return Object.entries(Resources).map(([id, resource]) => [`${stack.stackName}/${id}`, resource]);
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Effect: string;
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Resources = Pick<Synthesized, 'resources'>;

function statementsOf({ resources }: Resources, role: string): readonly Statement[] {
  const policies = [...resources].filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.includes(`/${role}RoleDefaultPolicy`),
  );
  return policies.flatMap(
    ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement,
  );
}

/** What each secret that a role may seal or open must be sealed for, by the action. */
export const secretsOf = (of: Resources, role: string): readonly (readonly [action: string, purpose: string])[] =>
  statementsOf(of, role).flatMap(({ Action, Condition }) => {
    const purpose = Condition?.['StringEquals']?.['kms:EncryptionContext:rewindmq'];
    return purpose === undefined ? [] : [[[Action].flat().join(), purpose] as const];
  });

/** What the role of a function allows, as `action on resource`, in the order of the alphabet. */
export function permissionsOf(of: Resources, role: string): string[] {
  const allowed = statementsOf(of, role).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${nameOf(resource)}`)),
  );
  return [...new Set(allowed)].toSorted();
}

/** A short name of what a template refers to. */
function nameOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const cell = /table\/rewindmq-\w+-cell-(\d+)/.exec(text);
  const suffix = /"(\/[^"]*)"\]/.exec(text)?.[1] ?? '';
  if (cell !== null) return `cell ${cell[1]}${text.includes('/stream/') ? ' stream' : ''}`;
  const table = /table\/rewindmq-\w+-(catalog|ledger)"/.exec(text);
  if (table !== null) return String(table[1]);
  if (/"Ref":"SsmParameterValuerewindmq\w+?bucket/.test(text)) return `bucket${suffix}`;
  if (/Log[0-9A-F]{8}/.test(text)) return 'its log';
  if (/:stateMachine:rewindmq-\w+-rewinds"/.test(text)) return 'rewinds';
  const fn = /:function:rewindmq-\w+-(controller|dispatcher|sender)"/.exec(text);
  if (fn !== null) return String(fn[1]);
  return /"Ref":"SsmParameterValuerewindmq\w*?key/.test(text) ? 'key' : text.replaceAll('"', '');
}
