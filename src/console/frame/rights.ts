import { groupOf } from '../../model/role.ts';
import { useConsole } from './console-state.tsx';

/** Why the person of this session may change nothing; `undefined` where everything is allowed. */
export function useRefusal(): string | undefined {
  const { deployment, person } = useConsole().session;
  if (deployment === undefined || person?.role !== 'viewer') return undefined;
  return `You are a viewer: ask for the group ${groupOf('operator', deployment.stage)}`;
}
