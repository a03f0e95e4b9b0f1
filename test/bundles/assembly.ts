import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../lib/synthesized.ts';

interface Template {
  readonly Resources: Readonly<Record<string, Resource & { readonly Metadata?: Readonly<Record<string, string>> }>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
}

interface Throttle {
  readonly ThrottlingRateLimit?: number;
  readonly ThrottlingBurstLimit?: number;
}

/** A function in the template. */
export interface DeployedFunction {
  /** Its construct's name: `Send`. */
  readonly name: string;
  readonly handler: string;
  /** Its own copy of the bundle, outside of this package, whose `package.json` is invisible to a function. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
}

export interface DeployedRoute {
  readonly method: string;
  /** Segments of the path; those in braces are parameters. */
  readonly segments: readonly string[];
  readonly routeKey: string;
  readonly functionName: string;
  /** What a call must carry: a signature of IAM, the token of a person, or nothing. */
  readonly authorization: 'AWS_IAM' | 'JWT' | 'NONE';
  /** Its own limit over all callers, if it has one. */
  readonly throttle: { readonly rate: number; readonly burst: number } | undefined;
}

/** How calls reach functions: by routes, or by the URL of one function for all of them. */
export type DeployedFrontDoor =
  | { readonly kind: 'http-api'; readonly routes: readonly DeployedRoute[] }
  | { readonly kind: 'function-url'; readonly functionName: string };

/** A synthesized deployment, with references between its stacks resolved. */
export class Assembly {
  readonly #folder: string;
  readonly #templates: ReadonlyMap<string, Template>;

  constructor(folder: string) {
    this.#folder = folder;
    const files = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
    this.#templates = new Map(
      files.map((name) => [
        name.replace('.template.json', ''),
        JSON.parse(readFileSync(join(folder, name), 'utf8')) as Template,
      ]),
    );
  }

  /** All resources of all stacks, by `stack/logical id`. */
  get resources(): ReadonlyMap<string, Resource> {
    return new Map(
      [...this.#templates].flatMap(([stack, { Resources }]) =>
        Object.entries(Resources).map(([id, resource]): [string, Resource] => [`${stack}/${id}`, resource]),
      ),
    );
  }

  tables(): Readonly<Record<string, unknown>>[] {
    return this.#ofType('AWS::DynamoDB::GlobalTable').map(({ resource }) => resource.Properties);
  }

  /** Functions here know keys by these names, because only KMS knows their ids. */
  keys(): string[] {
    return this.#ofType('AWS::KMS::Key').map(({ id }) => keyAlias(id));
  }

  /** The definition of the only state machine. */
  stateMachine(): string {
    return String(this.#ofType('AWS::StepFunctions::StateMachine')[0]?.resource.Properties['DefinitionString']);
  }

  functionNames(): string[] {
    return this.#ofType('AWS::Lambda::Function').map(({ id }) => nameOfFunction(id));
  }

  /** Copies the bundles to `target` and returns their places. */
  functions(target: string): DeployedFunction[] {
    return this.#ofType('AWS::Lambda::Function').map(({ stack, id, resource }) => {
      const { Handler, Environment, Timeout, MemorySize } = resource.Properties as {
        Handler: string;
        Environment: { Variables: Record<string, unknown> };
        Timeout: number;
        MemorySize: number;
      };
      const name = nameOfFunction(id);
      const folder = join(target, name);
      cpSync(join(this.#folder, resource.Metadata?.['aws:asset:path'] ?? ''), folder, { recursive: true });
      const environment = Object.entries(Environment.Variables).map(([key, value]) => [key, this.#text(stack, value)]);
      return {
        name,
        handler: Handler,
        folder,
        environment: Object.fromEntries(environment),
        timeoutSeconds: Timeout,
        memoryMiB: MemorySize,
      };
    });
  }

  frontDoor(): DeployedFrontDoor {
    const [functionName] = this.#withUrl();
    return functionName === undefined
      ? { kind: 'http-api', routes: this.#routes() }
      : { kind: 'function-url', functionName };
  }

  /** Functions with their own URL beside the front door's. */
  functionsApart(): string[] {
    return this.#withUrl().slice(1);
  }

  #withUrl(): string[] {
    return this.#ofType('AWS::Lambda::Url').map(({ resource }) =>
      functionNamed(resource.Properties['TargetFunctionArn']),
    );
  }

  #routes(): DeployedRoute[] {
    const [stage] = this.#ofType('AWS::ApiGatewayV2::Stage');
    const throttles = (stage?.resource.Properties['RouteSettings'] ?? {}) as Readonly<Record<string, Throttle>>;
    return this.#ofType('AWS::ApiGatewayV2::Route').map(({ stack, resource }) => {
      const { RouteKey, Target, AuthorizationType } = resource.Properties as Readonly<Record<string, string>>;
      const routeKey = RouteKey ?? '';
      const [method = '', path = ''] = routeKey.split(' ');
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = throttles[routeKey] ?? {};
      return {
        method,
        segments: path.split('/'),
        routeKey,
        functionName: this.#integration(stack, JSON.stringify(Target)),
        authorization: AuthorizationType as DeployedRoute['authorization'],
        throttle: rate === undefined || burst === undefined ? undefined : { rate, burst },
      };
    });
  }

  #integration(stack: string, target: string): string {
    const id = /"Ref":"(\w+)"/.exec(target)?.[1] ?? '';
    const { IntegrationUri } = this.#templates.get(stack)?.Resources[id]?.Properties ?? {};
    return functionNamed(IntegrationUri);
  }

  #ofType(type: string) {
    return [...this.#templates].flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).flatMap(([id, resource]) => (resource.Type === type ? [{ stack, id, resource }] : [])),
    );
  }

  /** A template's value as CloudFormation would resolve it, as far as functions' variables need that. */
  #text(stack: string, value: unknown): string {
    if (typeof value !== 'object' || value === null) return String(value);
    const [[intrinsic, argument] = ['', undefined]] = Object.entries(value);
    if (intrinsic === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => this.#text(stack, part)).join(separator);
    }
    if (intrinsic === 'Fn::GetAtt') return this.#physicalName(stack, (argument as string[])[0] ?? '');
    if (intrinsic === 'Ref') return PSEUDO[String(argument)] ?? this.#ofReference(stack, String(argument));
    throw new Error(`${JSON.stringify(value)} is not understood`);
  }

  /** A parameter of a template stands for a value that another stack has published under its name. */
  #ofReference(stack: string, id: string): string {
    const name = this.#templates.get(stack)?.Parameters?.[id]?.Default;
    if (name === undefined) return this.#physicalName(stack, id);
    const published = this.#ofType('AWS::SSM::Parameter').find(({ resource }) => resource.Properties['Name'] === name);
    if (published === undefined) throw new Error(`no stack publishes ${name}`);
    return this.#text(published.stack, published.resource.Properties['Value']);
  }

  #physicalName(stack: string, id: string): string {
    const resource = this.#templates.get(stack)?.Resources[id];
    if (resource?.Type === 'AWS::KMS::Key') return keyAlias(id);
    const { TableName, BucketName } = resource?.Properties ?? {};
    const given = TableName ?? BucketName;
    return typeof given === 'string' ? given : id.toLowerCase();
  }
}

/** The place of the deployment, as far as its templates ask. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

const keyAlias = (id: string): string => `alias/${id.toLowerCase()}`;

/** The function that a template refers to. */
const functionNamed = (reference: unknown): string =>
  nameOfFunction(/"Fn::GetAtt":\["(\w+)"/.exec(JSON.stringify(reference))?.[1] ?? '');

/** The CDK adds eight hexadecimal digits to the construct's name. */
const nameOfFunction = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
