import { type App, Tags } from 'aws-cdk-lib';
import { BackgroundStack } from './background-stack.ts';
import { ServiceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';
import { StorageStack } from './storage-stack.ts';
import { WatchStack } from './watch-stack.ts';

/** The stacks of a deployment, state apart from what works with it. */
export interface Deployment {
  readonly storage: StorageStack;
  readonly service: ServiceStack;
  readonly background: BackgroundStack;
  readonly watch: WatchStack;
}

/** Adds a deployment to the app. Its stacks hang directly below, with the stage in their names. */
export function addDeployment(app: App, settings: Settings): Deployment {
  const name = (part: string) => `rewindmq-${settings.stage}-${part}`;
  const storage = new StorageStack(app, name('storage'), { settings, description: 'RewindMQ: queues and messages' });
  const background = new BackgroundStack(app, name('background'), {
    settings,
    storage,
    description: 'RewindMQ: archives, cleans up, discards',
  });
  const service = new ServiceStack(app, name('service'), {
    settings,
    storage,
    controller: background.controller,
    rewinds: background.rewinds,
    description: 'RewindMQ: answers calls',
  });
  const watch = new WatchStack(app, name('watch'), {
    settings,
    storage,
    service,
    background,
    description: 'RewindMQ: dashboard and alarms',
  });
  for (const stack of [storage, background, service, watch]) Tags.of(stack).add('rewindmq:stage', settings.stage);
  return { storage, service, background, watch };
}
