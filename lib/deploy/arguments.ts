import { readFileSync } from 'node:fs';
import { parseSettings, type Settings } from '../settings.ts';
import { DeploymentRefused } from './plan.ts';

/** Settings from `-c name=value`, by name. @throws DeploymentRefused for one without `=` */
export function contextOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new DeploymentRefused(`-c takes name=value, such as stage=prod, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/**
 * The settings that `cdk` will deploy with: those of `cdk.json`, overridden by the given ones. A look at another stage
 * would turn off the protection of an existing one.
 *
 * @throws Error that names a wrong setting
 */
export function settingsFor(given: Readonly<Record<string, string>>, file = 'cdk.json'): Settings {
  const { context = {} } = JSON.parse(readFileSync(file, 'utf8')) as { context?: Record<string, unknown> };
  return parseSettings({ ...context, ...given });
}

/** Advice for errors of the SDK that fail the whole look. */
const ADVICE: readonly (readonly [names: RegExp, advice: string])[] = [
  [
    /CredentialsProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/,
    'AWS takes no credentials from this environment: sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID.',
  ],
  [/Region is missing|Region not accepted/, 'No Region is set: add AWS_REGION=…, or a region to the profile.'],
  [/AccessDenied|UnauthorizedOperation/, 'These credentials may not look at the account; the right that is missing:'],
];

/** Why nothing happened, in one line. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = `${error.name}: ${error.message}`;
  const [, advice] = ADVICE.find(([names]) => names.test(text)) ?? [];
  if (advice === undefined) return error.message;
  return advice.endsWith(':') ? `${advice} ${error.message}` : advice;
}
