/** The command line of users: `rewindmq <command>`, over the client that the package publishes. */

export { COMMANDS } from './commands/index.ts';
export type { Io, Out, Program } from './frame/io.ts';
export { main } from './main.ts';
