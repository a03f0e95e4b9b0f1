import { openConsoleFunction } from '../src/runtime/console-function.ts';

export const handler = openConsoleFunction(process.env);
