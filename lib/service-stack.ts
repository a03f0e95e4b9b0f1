import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import type { Step } from './access.ts';
import { FrontDoor } from './front-door.ts';
import { QueueFunction } from './queue-function.ts';
import type { ServingFunction } from './routes.ts';
import type { Settings } from './settings.ts';
import type { StorageStack } from './storage-stack.ts';

export interface ServiceStackProps extends StackProps {
  readonly settings: Settings;
  readonly storage: StorageStack;
  /** Woken by functions whose calls are throttled. */
  readonly controller: IFunction;
}

/** API Gateway waits 30 s for an answer; a function that would take longer is of no use to anybody. */
const CALL_SECONDS_MAX = 29;
/** A third of a processor: the largest request, 4 MiB of messages, is checked and packed within a second. */
const CALL_MEMORY_MIB = 512;

const DESCRIPTIONS: Readonly<Record<ServingFunction, string>> = {
  send: 'Sends messages',
  receive: 'Receives messages',
  delete: 'Deletes messages and changes their visibility',
  admin: 'Creates, shows, changes, purges and deletes queues; looks at messages',
};

/** What answers calls: the functions, and the door in front of them. */
export class ServiceStack extends Stack {
  /** Functions that answer calls, by what they serve. */
  readonly functions: Readonly<Record<string, QueueFunction>>;
  /** Absent where the front door is a function URL. */
  readonly frontDoor: FrontDoor | undefined;

  constructor(scope: Construct, id: string, { settings, storage, controller, ...props }: ServiceStackProps) {
    super(scope, id, props);
    if (settings.frontDoor === 'function-url') {
      const all = this.#function(
        'All',
        { settings, storage, controller },
        { entry: 'rest', description: 'Serves every call' },
      );
      const { url } = all.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
      this.functions = { all };
      new CfnOutput(this, 'Url', { value: url, description: 'Address of the queue service' });
      return;
    }
    const serving = (name: ServingFunction): QueueFunction =>
      this.#function(
        `${name[0]?.toUpperCase()}${name.slice(1)}`,
        { settings, storage, controller },
        { entry: `rest-${name}`, description: DESCRIPTIONS[name], steps: [name] },
      );
    const functions = {
      send: serving('send'),
      receive: serving('receive'),
      delete: serving('delete'),
      admin: serving('admin'),
    };
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.functions = functions;
    this.frontDoor = new FrontDoor(this, 'FrontDoor', { settings, functions, accessLog });
    this.#tellAddress(this.frontDoor);
  }

  #function(
    id: string,
    { settings, storage, controller }: Pick<ServiceStackProps, 'settings' | 'storage' | 'controller'>,
    of: { readonly entry: string; readonly description: string; readonly steps?: readonly Step[] },
  ): QueueFunction {
    const fn = new QueueFunction(this, id, {
      settings,
      storage,
      steps: ['send', 'receive', 'delete', 'admin'],
      ...of,
      timeoutSeconds: CALL_SECONDS_MAX,
      memoryMiB: CALL_MEMORY_MIB,
      reservedConcurrency: settings.reservedConcurrency,
    });
    fn.addEnvironment(ENV.controllerFunction, controller.functionName);
    Grant.addToPrincipal({ grantee: fn, actions: ['lambda:InvokeFunction'], resourceArns: [controller.functionArn] });
    return fn;
  }

  #tellAddress({ url, domain }: FrontDoor): void {
    new CfnOutput(this, 'Url', { value: url, description: 'Address of the queue service' });
    if (domain === undefined) return;
    const description = 'Where the CNAME or alias record of your domain has to point to';
    new CfnOutput(this, 'DomainTarget', { value: domain.regionalDomainName, description });
  }
}
