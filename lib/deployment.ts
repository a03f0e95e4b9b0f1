import { type App, Tags } from 'aws-cdk-lib';
import { BackgroundStack } from './background-stack.ts';
import { nameOf } from './names.ts';
import { ServiceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';
import { StorageStack } from './storage-stack.ts';
import { WatchStack } from './watch-stack.ts';

/** The stacks of a deployment, with state separate from the stacks that use it. */
export interface Deployment {
  readonly storage: StorageStack;
  readonly service: ServiceStack;
  readonly background: BackgroundStack;
  readonly watch: WatchStack;
}

/** Adds a deployment to the app. Its stacks hang directly below, with the stage in their names. */
export function addDeployment(app: App, settings: Settings): Deployment {
  const name = (part: string) => nameOf(settings, part);
  const stack = { settings };
  const storage = new StorageStack(app, name('storage'), { ...stack, description: 'RewindMQ: queues and messages' });
  const background = new BackgroundStack(app, name('background'), {
    ...stack,
    description: 'RewindMQ: archives, cleans up, discards',
  });
  const service = new ServiceStack(app, name('service'), { ...stack, description: 'RewindMQ: answers calls' });
  const watch = new WatchStack(app, name('watch'), { ...stack, description: 'RewindMQ: dashboard and alarms' });
  // The CDK cannot derive this order from names: values that a stack reads from SSM must exist before its deployment.
  background.addStackDependency(storage);
  service.addStackDependency(background);
  watch.addStackDependency(service);
  for (const one of [storage, background, service, watch]) Tags.of(one).add('rewindmq:stage', settings.stage);
  return { storage, service, background, watch };
}
