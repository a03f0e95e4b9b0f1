import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';

const BASE = '/console';

interface ToProps {
  readonly path: string;
  readonly children: ReactNode;
  readonly isLarge?: boolean;
}

/** A link to another view. */
export function To({ path, children, isLarge = false }: ToProps) {
  const [, navigate] = useLocation();
  return (
    <Link
      fontSize={isLarge ? 'display-l' : 'body-m'}
      href={`${BASE}${path}`}
      onFollow={(event) => {
        event.preventDefault();
        navigate(path);
      }}
    >
      {children}
    </Link>
  );
}
