/** The code that calls a user's function or endpoint with messages of a queue. */
export { FileTarget } from './file-target.ts';
