import { type Role, roleIn } from '../../model/role.ts';
import { nowMs } from './machine.ts';
import type { Deployment } from './place.ts';

/** A person who signed in, as the token says. The server decides by the same token, which the gateway verifies. */
export interface Person {
  readonly token: string;
  readonly name: string;
  readonly role: Role | undefined;
  /** When the token ends, and with it the session. */
  readonly untilMs: number;
}

const KEY = 'rewindmq.token';

/** The token stays in this tab, and ends with it. */
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token);

export const forgetToken = (): void => sessionStorage.removeItem(KEY);

/** Who has signed in within this tab; `undefined` when the token has ended. */
export function readPerson({ groupsClaim, stage }: Deployment): Person | undefined {
  const token = sessionStorage.getItem(KEY);
  if (token === null) return undefined;
  const claims = claimsOf(token);
  const untilMs = Number(claims['exp']) * 1_000;
  if (!(untilMs > nowMs())) return undefined;
  const name = [claims['email'], claims['preferred_username'], claims['sub']].find((one) => typeof one === 'string');
  return { token, name: String(name), role: roleIn(claims[groupsClaim], stage), untilMs };
}

/** The claims of a token, which only the gateway verifies: here they decide what is shown. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
