import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy } from 'react';
import { Route, Router, Switch } from 'wouter';
import { ConsoleProvider } from './frame/index.ts';
import { Gate } from './gate.tsx';
import { QueuesPage } from './queues/index.ts';
import { Shell } from './shell.tsx';

const JobsPage = lazy(async () => ({ default: (await import('./rewind/index.ts')).JobsPage }));
const ShardsPage = lazy(async () => ({ default: (await import('./shards/index.ts')).ShardsPage }));
const UsagePage = lazy(async () => ({ default: (await import('./history/index.ts')).UsagePage }));
const QueuePage = lazy(async () => ({ default: (await import('./queue/index.ts')).QueuePage }));

/** A call is tried again by the client; a view by its next refresh. */
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1_000 } } });

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <ConsoleProvider>
        <Router base="/console">
          <Shell>
            <Gate>
              <Switch>
                <Route path="/" component={QueuesPage} />
                <Route path="/queues" component={QueuesPage} />
                <Route path="/queues/:name/:tab?">
                  {({ name, tab = 'summary' }) => <QueuePage key={name} name={name} tab={tab} />}
                </Route>
                <Route path="/jobs" component={JobsPage} />
                <Route path="/usage" component={UsagePage} />
                <Route path="/shards" component={ShardsPage} />
                <Route>There is no such view. The list of queues is on the left.</Route>
              </Switch>
            </Gate>
          </Shell>
        </Router>
      </ConsoleProvider>
    </QueryClientProvider>
  );
}
