/** The frame around all views: what they share, reads and actions, keys, theme, navigation. */

export { useAct } from './act.ts';
export {
  useAllJobs,
  useCells,
  useHistory,
  useJobs,
  usePush,
  useQueueAnswer,
  useQueues,
  useReload,
  useRoute,
  useTrends,
  useUsage,
} from './answers.ts';
export { ConsoleProvider, type ConsoleState, useConsole } from './console-state.tsx';
export { KEYS, useKeys } from './keys.ts';
export { useRefusal } from './rights.ts';
export { type Theme, useTheme } from './theme.ts';
