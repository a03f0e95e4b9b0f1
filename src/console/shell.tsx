import Flashbar from '@cloudscape-design/components/flashbar';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useConsole, useKeys, useReload } from './frame/index.ts';
import { TopBar } from './top-bar.tsx';

const KeyList = lazy(async () => ({ default: (await import('./key-list.tsx')).KeyList }));

const VIEWS = [
  { text: 'Queues', path: '/queues', starts: '/queues' },
  { text: 'Jobs', path: '/jobs', starts: '/jobs' },
  { text: 'Usage', path: '/usage', starts: '/usage' },
  { text: 'Shards', path: '/shards', starts: '/shards' },
] as const;

/** Top line, navigation, notices, and the view. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { isRefreshOn, setRefreshOn } = useConsole();
  const [, navigate] = useLocation();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const reload = useReload();
  useKeys({
    go: navigate,
    reload,
    toggleRefresh: () => setRefreshOn(!isRefreshOn),
    help: () => setHelpOpen(true),
  });
  return (
    <>
      <TopBar onHelp={() => setHelpOpen(true)} />
      <div className="frame">
        <Navigation />
        <main className="content">
          <Notices />
          {children}
        </main>
      </div>
      {isHelpOpen ? (
        <Suspense>
          <KeyList onClose={() => setHelpOpen(false)} />
        </Suspense>
      ) : undefined}
    </>
  );
}

function Navigation() {
  const [location] = useLocation();
  const path = location === '/' ? '/queues' : location;
  return (
    <nav className="views" aria-label="Views">
      {VIEWS.map(({ text, path: to, starts }) => (
        <Link key={to} href={to} aria-current={path.startsWith(starts) ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

function Notices() {
  const { notices, dismiss } = useConsole();
  return (
    <Flashbar
      items={notices.map(({ id, type, text }) => ({
        id,
        type,
        content: text,
        dismissible: true,
        dismissLabel: 'Close the notice',
        statusIconAriaLabel: type,
        onDismiss: () => dismiss(id),
      }))}
    />
  );
}
