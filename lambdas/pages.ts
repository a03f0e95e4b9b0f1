import { openPagesFunction } from '../src/runtime/pages-function.ts';

export const handler = openPagesFunction(process.env);
