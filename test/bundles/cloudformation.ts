import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Resource } from '../lib/synthesized.ts';

/** Types of our templates that the engine cannot create. They are left out, and references to them are texts. */
const UNKNOWN: readonly RegExp[] = [
  /^AWS::ApiGatewayV2::/,
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudWatch::Alarm$/,
  // The engine gives a user pool no id.
  /^AWS::Cognito::/,
  /^AWS::Lambda::EventInvokeConfig$/,
  /^AWS::S3::BucketPolicy$/,
  /^AWS::Scheduler::Schedule$/,
];

/** Fails when it is created, after everything else. */
const BROKEN = { Type: 'AWS::SSM::Parameter', Properties: { Name: 'aws-is-reserved', Type: 'String', Value: '-' } };

interface Template {
  readonly Parameters?: object;
  readonly Resources: Readonly<Record<string, Resource & { readonly DependsOn?: readonly string[] }>>;
}

/** A stack whose deployment ends with an error, and perhaps its rollback too. */
export interface Failure {
  readonly stack: string;
  readonly doesRollbackFail?: true;
}

/**
 * The CDK's `deploy` on moto's CloudFormation: creates or updates stacks of synthesized templates, and rolls back as
 * CloudFormation documents it. Failed stacks keep their state here, because the engine forgets them.
 */
export class CloudFormation {
  readonly #client: CloudFormationClient;
  readonly #tables: DynamoDBClient;
  /** State of each stack, in the words of CloudFormation. */
  readonly states = new Map<string, string>();
  readonly terminationProtected = new Set<string>();
  /** What ran here, and what of the templates was left out. */
  readonly covered = new Set<string>();
  readonly uncovered = new Set<string>();

  constructor(endpoint: string) {
    this.#client = new CloudFormationClient({ endpoint, maxAttempts: 1 });
    this.#tables = new DynamoDBClient({ endpoint });
  }

  /** Deploys one stack; returns whether that succeeded. */
  async deploy(folder: string, stack: string, failure?: Failure): Promise<boolean> {
    // As the CDK does with a stack that failed its creation.
    if (this.states.get(stack)?.startsWith('ROLLBACK_') === true) await this.delete(stack);
    const template = JSON.parse(readFileSync(join(folder, `${stack}.template.json`), 'utf8')) as Template;
    const known = this.#known(template);
    const fails = failure?.stack === stack ? failure : undefined;
    const isNew = !this.states.has(stack);
    if (fails !== undefined) {
      this.states.set(stack, isNew ? await this.#failCreation(stack, known, fails) : 'UPDATE_ROLLBACK_COMPLETE');
      return false;
    }
    const input = { StackName: stack, TemplateBody: JSON.stringify(known) };
    await this.#client.send(isNew ? new CreateStackCommand(input) : new UpdateStackCommand(input));
    this.states.set(stack, isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE');
    await this.#expectAll(stack, known);
    await this.#protect(template);
    return true;
  }

  /** Deletes a stack and all its resources, as of one that holds no state or was never complete. */
  async delete(StackName: string): Promise<void> {
    if (this.states.get(StackName) !== 'ROLLBACK_COMPLETE')
      await this.#client.send(new DeleteStackCommand({ StackName }));
    this.states.delete(StackName);
  }

  /** Creates everything, fails, and rolls back; returns the state of the stack then. */
  async #failCreation(StackName: string, { Resources, ...rest }: Template, failure: Failure): Promise<string> {
    const Broken = { ...BROKEN, DependsOn: Object.keys(Resources) };
    const TemplateBody = JSON.stringify({ ...rest, Resources: { ...Resources, Broken } });
    const refused = await this.#client.send(new CreateStackCommand({ StackName, TemplateBody })).then(
      () => false,
      () => true,
    );
    if (!refused) throw new Error(`${StackName} was to fail`);
    if (failure.doesRollbackFail === true) return 'ROLLBACK_FAILED';
    const retained = Object.entries(Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain');
    if (retained.length > 0) throw new Error(`a rollback of ${StackName} leaves ${retained.map(([id]) => id).join()}`);
    await this.#client.send(new DeleteStackCommand({ StackName }));
    return 'ROLLBACK_COMPLETE';
  }

  /** The engine passes over what it does not know. */
  async #expectAll(StackName: string, { Resources }: Template): Promise<void> {
    const { StackResources = [] } = await this.#client.send(new DescribeStackResourcesCommand({ StackName }));
    const made = new Set(StackResources.map(({ LogicalResourceId }) => LogicalResourceId));
    const missing = Object.keys(Resources).filter((id) => !made.has(id));
    if (missing.length > 0) throw new Error(`the engine has not made ${missing.join()} of ${StackName}`);
  }

  /** The engine cannot update tables, and of their settings only this one changes here. */
  async #protect({ Resources }: Template): Promise<void> {
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type !== GLOBAL_TABLE) continue;
      const { TableName, Replicas } = Properties as unknown as GlobalTable;
      const { DeletionProtectionEnabled = false } = Replicas[0];
      await this.#tables.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
    }
  }

  /** What the engine knows of a template. */
  #known({ Parameters = {}, Resources }: Template): Template {
    const left = new Set<string>();
    const known: Record<string, Resource> = {};
    for (const [id, resource] of Object.entries(Resources)) {
      const isUnknown = UNKNOWN.some((type) => type.test(resource.Type));
      (isUnknown ? this.uncovered : this.covered).add(resource.Type);
      if (isUnknown) left.add(id);
      else known[id] = resource.Type === GLOBAL_TABLE ? inOneRegion(resource) : resource;
    }
    const text = JSON.stringify(known, (name, value: unknown) => {
      // The engine reads the tags of some types in other words, and bundles are in the bucket of the bootstrap.
      if (name === 'Tags') return undefined;
      if (name === 'Code') return { ZipFile: '' };
      return left.has(referenceOf(value)) ? 'left-out' : value;
    });
    return { Parameters, Resources: JSON.parse(text) as Template['Resources'] };
  }
}

const GLOBAL_TABLE = 'AWS::DynamoDB::GlobalTable';

interface GlobalTable {
  readonly TableName: string;
  readonly Replicas: readonly [{ readonly DeletionProtectionEnabled?: boolean }];
}

/** The engine knows tables of one Region only. */
function inOneRegion({ Properties, ...rest }: Resource): Resource {
  const known = Object.entries(Properties).filter(([name]) => name !== 'Replicas');
  return { ...rest, Type: 'AWS::DynamoDB::Table', Properties: Object.fromEntries(known) };
}

/** The resource that a value of a template refers to. */
function referenceOf(value: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
  return Ref ?? attribute?.[0] ?? '';
}
