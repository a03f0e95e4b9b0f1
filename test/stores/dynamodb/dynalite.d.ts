declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A server that behaves like DynamoDB, in memory unless a path is given. */
  export default function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
  }): Server;
}
