/** The code that calls functions in files, each file in a process of its own. A deployment has none of it. */
export { FileTarget } from './file-target.ts';
