import { CfnOutput, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import type { Step } from './access.ts';
import { FrontDoor } from './front-door.ts';
import { FUNCTION_MIB } from './function-sizes.ts';
import { CONTROLLER, functionArn, nameOf, parameterName } from './names.ts';
import { letWake } from './push.ts';
import { boundReceives, QueueFunction } from './queue-function.ts';
import { grantRewinds } from './rewind-machine.ts';
import type { ServingFunction } from './routes.ts';
import { hasConsole, hasEndpoints, reservedForReceives, type Settings } from './settings.ts';
import { SignIn } from './sign-in.ts';
import { StorageAccess } from './storage-access.ts';

export interface ServiceStackProps extends StackProps {
  readonly settings: Settings;
}

/** API Gateway waits 30 s for an answer, so a longer run would be useless. */
const CALL_SECONDS_MAX = 29;

const DESCRIPTIONS: Readonly<Record<ServingFunction, string>> = {
  send: 'Sends messages',
  receive: 'Receives messages',
  delete: 'Deletes messages and changes their visibility',
  admin: 'Creates, shows, changes, purges and deletes queues; looks at messages',
  keys: 'Gives out and revokes access keys',
  sqs: 'Answers SQS clients',
  unrouted: 'Answers calls to addresses that lead nowhere',
  console: 'Answers the calls of people in the console',
  pages: 'Serves the files of the console',
};

interface Surroundings {
  readonly settings: Settings;
  readonly storage: StorageAccess;
}

interface Serving {
  readonly entry: string;
  readonly description: string;
  /** @default every call of REST */
  readonly steps?: readonly Step[];
  /** @default that of calls */
  readonly memoryMiB?: number;
  /** @default none */
  readonly filesBy?: string;
  /** @default that of the settings */
  readonly reservedConcurrency?: number | undefined;
}

/** The functions that answer calls, and the API in front of them. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const of = { settings, storage: new StorageAccess(this, settings) };
    if (settings.frontDoor === 'function-url') {
      const all = this.#waking('All', of, { entry: 'rest', description: 'Serves every call' });
      this.#tellUrl('Url', all, FunctionUrlAuthType.AWS_IAM, 'Address of the queue service');
      if (!settings.accessKeys) return;
      this.#tellUrl('KeysUrl', this.#keys(of), FunctionUrlAuthType.AWS_IAM, 'Gives out access keys');
      this.#tellUrl('SqsUrl', this.#sqs(of), FunctionUrlAuthType.NONE, 'Address for SQS clients');
      return;
    }
    const serving = (name: 'send' | 'receive' | 'delete' | 'admin', own: Partial<Serving> = {}): QueueFunction =>
      this.#waking(`${name[0]?.toUpperCase()}${name.slice(1)}`, of, {
        entry: `rest-${name}`,
        description: DESCRIPTIONS[name],
        steps: [name],
        ...own,
      });
    const reservedConcurrency = reservedForReceives(settings);
    const functions = {
      send: serving('send'),
      // A receive also deletes the receipts that it is given.
      receive: serving('receive', {
        steps: ['receive', 'delete'],
        memoryMiB: FUNCTION_MIB.receive,
        reservedConcurrency,
      }),
      delete: serving('delete'),
      admin: serving('admin'),
      unrouted: this.#unrouted(of),
      ...(settings.accessKeys ? { keys: this.#keys(of), sqs: this.#sqs(of) } : {}),
    };
    const ofConsole = hasConsole(settings) ? this.#console(of) : undefined;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const door = new FrontDoor(this, 'FrontDoor', { settings, functions: { ...functions, ...ofConsole }, accessLog });
    if (ofConsole !== undefined) this.#letPeopleIn(ofConsole, door, settings);
    new StringParameter(this, 'ApiIdParameter', {
      parameterName: parameterName(settings, 'api-id'),
      stringValue: door.api.apiId,
    });
    this.#tellAddress(door);
  }

  /** Bounded by the throttle of its route, so it needs no processes of its own. */
  #unrouted(of: Surroundings): QueueFunction {
    const description = DESCRIPTIONS.unrouted;
    return this.#function('Unrouted', of, {
      entry: 'unrouted',
      description,
      steps: [],
      reservedConcurrency: undefined,
    });
  }

  /** One function serves files to everyone and may do nothing else; the other one answers people who signed in. */
  #console(of: Surroundings): Record<'console' | 'pages', QueueFunction> {
    const steps: readonly Step[] = ['send', 'admin'];
    const { console: description, pages } = DESCRIPTIONS;
    return {
      console: this.#waking('Console', of, { entry: 'console', description, steps }),
      pages: this.#function('Pages', of, {
        entry: 'pages',
        description: pages,
        steps: [],
        filesBy: 'bin/console.mjs',
        // The throttles of its routes bound it.
        reservedConcurrency: undefined,
      }),
    };
  }

  #letPeopleIn(functions: Record<'console' | 'pages', QueueFunction>, door: FrontDoor, settings: Settings): void {
    const signIn = new SignIn(this, 'SignIn', { settings, api: door.api, url: door.url });
    door.addConsole(functions.console, signIn);
    for (const fn of Object.values(functions)) fn.addEnvironment(ENV.groupsClaim, signIn.groupsClaim);
    functions.pages.addEnvironment(ENV.signInIssuer, signIn.issuer);
    functions.pages.addEnvironment(ENV.signInClient, signIn.clientId);
    functions.pages.addEnvironment(ENV.signInOrigins, signIn.origins.join(' '));
    this.#tell('ConsoleUrl', `${door.url}/console`, 'Address of the console');
  }

  /** Seals the secrets of access keys, returns each once, and cannot open them. */
  #keys(of: Surroundings): QueueFunction {
    const keys = this.#function('Keys', of, { entry: 'keys', description: DESCRIPTIONS.keys, steps: ['keys'] });
    of.storage.grantSecrets(keys, 'Encrypt', 'access-key');
    return keys;
  }

  /** Opens the secrets of access keys to verify signatures, and cannot create any. */
  #sqs(of: Surroundings): QueueFunction {
    const steps: readonly Step[] = ['send', 'receive', 'delete', 'sqs'];
    const sqs = this.#waking('Sqs', of, { entry: 'sqs', description: DESCRIPTIONS.sqs, steps });
    of.storage.grantSecrets(sqs, 'Decrypt', 'access-key');
    return sqs;
  }

  /** A function whose calls load shards: it wakes the controller when they are throttled. */
  #waking(id: string, of: Surroundings, what: Serving): QueueFunction {
    const fn = this.#function(id, of, what);
    const { settings } = of;
    if (what.steps?.some((step) => step === 'admin' || step === 'sqs') ?? true) grantRewinds(fn, settings);
    fn.addEnvironment(ENV.controllerFunction, nameOf(settings, CONTROLLER));
    boundReceives(fn, settings);
    if (what.steps?.includes('admin') ?? true) {
      letWake(fn, settings);
      // It seals new keys, returns each once, and cannot open them. A console has no such call.
      if (hasEndpoints(settings) && what.entry !== 'console') of.storage.grantSecrets(fn, 'Encrypt', 'signing-key');
    }
    const resourceArns = [functionArn(settings, CONTROLLER)];
    Grant.addToPrincipal({ grantee: fn, actions: ['lambda:InvokeFunction'], resourceArns });
    return fn;
  }

  #function(id: string, { settings, storage }: Surroundings, of: Serving): QueueFunction {
    return new QueueFunction(this, id, {
      settings,
      storage,
      steps: ['send', 'receive', 'delete', 'admin'],
      timeoutSeconds: CALL_SECONDS_MAX,
      memoryMiB: FUNCTION_MIB.call,
      reservedConcurrency: settings.reservedConcurrency,
      ...of,
    });
  }

  #tellAddress({ url, domain }: FrontDoor): void {
    this.#tell('Url', url, 'Address of the queue service');
    if (domain === undefined) return;
    const description = 'Where the CNAME or alias record of your domain has to point to';
    this.#tell('DomainTarget', domain.regionalDomainName, description);
  }

  #tellUrl(id: string, fn: QueueFunction, authType: FunctionUrlAuthType, description: string): void {
    // AWS ends it with a slash, which would double that of every path.
    const host = Fn.select(2, Fn.split('/', fn.addFunctionUrl({ authType }).url));
    this.#tell(id, `https://${host}`, description);
  }

  #tell(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
