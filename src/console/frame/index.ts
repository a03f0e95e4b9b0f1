/** The frame around all views: what they share, reads and actions, keys, theme, navigation. */

export { useAct } from './act.ts';
export { useCells, useJobs, useQueueAnswer, useQueues, useReload, useRoute } from './answers.ts';
export { ConsoleProvider, type ConsoleState, useConsole } from './console-state.tsx';
export { KEYS, useKeys } from './keys.ts';
export { type Theme, useTheme } from './theme.ts';
