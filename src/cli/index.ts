/** The command line of users: `rewindmq <command>`, over the client that the package publishes. */
export type { Io, Out, Program } from './frame/io.ts';
export { main } from './main.ts';
