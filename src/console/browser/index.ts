/** The browser: its clock, its storage, and the calls to the server. */

export * from './machine.ts';
export * from './session.ts';
