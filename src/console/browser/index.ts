/** The browser: its clock, its storage, and the calls to the server. */

export * from './machine.ts';
export * from './person.ts';
export * from './place.ts';
export * from './session.ts';

/** Signing in at a provider; its library is loaded when a person signs in. */
export const loadProvider = () => import('./provider.ts');
