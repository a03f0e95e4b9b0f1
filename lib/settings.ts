/** A team's settings for its deployment. Given with `-c name=value`, or in the `context` of `cdk.json`. */
export interface Settings {
  /** Name of the deployment, part of every stack's name: an account can hold several. @default dev */
  readonly stage: string;
  /**
   * Tables over which queues spread, 1 to 64. Each takes 4,000 write units/s at once and 40,000 by quota. It can grow,
   * and never shrink: cell numbers are positions in this list, and `removedCells` takes tables away. @default 4
   */
  readonly cells: number;
  /**
   * Numbers of cells that get no more shards, with commas between them, such as `1,3`: the controller moves their
   * shards to the others. At least one cell stays open. @default none
   */
  readonly leavingCells?: readonly number[];
  /**
   * Numbers of leaving cells whose tables leave the deployment, once `GET /cells` says `removable`. The numbers are
   * never used again. @default none
   */
  readonly removedCells?: readonly number[];
  /** `function-url` saves the price of API Gateway, and loses permission by queue path. @default http-api */
  readonly frontDoor: 'http-api' | 'function-url';
  /**
   * `aws`: tables and bucket are encrypted with keys that AWS owns, free of charge. `customer-key` creates a KMS key in
   * your account: $1 a month, and $0.03 for 10,000 requests of DynamoDB and S3 to KMS. @default aws
   */
  readonly encryption: 'aws' | 'customer-key';
  /**
   * Serves SQS clients, and issues the access keys that they sign with. A KMS key seals the secrets, for $1 a month.
   * @default false
   */
  readonly accessKeys: boolean;
  /**
   * Serves the web console behind the HTTP API; a function URL has none. People sign in at a user pool of the
   * deployment, or at the provider that `oidcIssuer` names. It costs nothing while nobody looks. @default true
   */
  readonly console: boolean;
  /** Issuer of your OIDC provider, such as `https://login.example.com`, with `oidcClientId`. @default a user pool */
  readonly oidcIssuer?: string;
  /** Id of the console at that provider: a public client with PKCE. */
  readonly oidcClientId?: string;
  /** Claim of its ID tokens that lists the groups of a person. @default groups */
  readonly oidcGroupsClaim?: string;
  /** `destroy` removes tables, bucket and key with the stack, messages included. @default retain */
  readonly removal: 'retain' | 'destroy';
  /**
   * `off` lets tables and the storage stack be deleted. `npm run deploy` sets it during a first deployment, which may
   * fail and be repeated, and turns it on afterwards. @default on
   */
  readonly protection: 'on' | 'off';
  /** Allows restoring any table to any second of the last 35 days, for the price of its storage again. @default true */
  readonly pointInTimeRecovery: boolean;
  /** Days that logs are kept: one of the periods of CloudWatch Logs. @default 30 */
  readonly logDays: number;
  /** Writes traces of functions to X-Ray, for $5 per million sampled calls. @default false */
  readonly tracing: boolean;
  /** Metrics of API Gateway for each route: $0.30 a month for each metric of a route that is called. @default false */
  readonly routeMetrics: boolean;
  /** Gets an e-mail for each alarm, after it confirms the subscription. @default none */
  readonly alarmEmail?: string;
  /** ARN of your SNS topic for alarms. @default none */
  readonly alarmTopic?: string;
  /** Host name of the API, with `certificate`; for `http-api`. @default the address that AWS gives */
  readonly domain?: string;
  /** ARN of the certificate of `domain`, in the same Region. */
  readonly certificate?: string;
  /** Processes reserved for each function that serves calls, which is also its maximum. @default none */
  readonly reservedConcurrency?: number;
  /**
   * Most processes that receives occupy, waiting ones included. The controller shortens waits as they fill. From 101
   * on, the function of REST receives gets this many reserved. `npm run deploy` gives half of the account's unreserved
   * processes. @default `reservedConcurrency`, or any number
   */
  readonly receiveProcesses?: number;
  /** The longest wait of a receive, in seconds, 0 to 20: a process waits with it. @default 20 */
  readonly maxWaitSeconds?: number;
  /** Write units/s that each cell takes at once, 4,000 and up: paid once, cannot be lowered. @default 4,000 by AWS */
  readonly warmWrites?: number;
  /**
   * What queues may push to: pairs of a queue name, or the beginning of names and `*`, with the ARN of a function, the
   * URL of a queue of SQS, or the origin of an endpoint, as `orders*=arn:aws:lambda:...,*=https://example.com`.
   * With an endpoint, a KMS key seals the keys that sign requests, for $1 a month. @default none: nothing is pushed
   */
  readonly targets?: readonly string[];
  /**
   * Processes reserved for dispatchers, which is also the most that push at once: queues then take turns of a minute.
   * @default any number
   */
  readonly dispatchers?: number;
  /** Read units/s likewise, 12,000 and up. @default 12,000 by AWS */
  readonly warmReads?: number;
}

/** Whether a console is deployed: a function URL has no routes that could verify the token of a person. */
export const hasConsole = ({ console, frontDoor }: Pick<Settings, 'console' | 'frontDoor'>): boolean =>
  console && frontDoor === 'http-api';

/** Whether queues may push to endpoints. */
export const hasEndpoints = ({ targets: pairs = [] }: Pick<Settings, 'targets'>): boolean =>
  pairs.some((pair) => new RegExp(`=${ENDPOINT}$`).test(pair));

/** Whether people sign in at a user pool of the deployment. */
export const hasUserPool = (settings: Settings): boolean => hasConsole(settings) && settings.oidcIssuer === undefined;

/** Whether tables and the storage stack refuse to be deleted. */
export const isProtected = ({ removal, protection }: Settings): boolean => removal === 'retain' && protection === 'on';

/** In an account with few processes, reserving half of them would take processes that other functions need. */
const RESERVED_RECEIVES_MIN = 101;

/** Most processes that receives occupy; `undefined` without a bound. */
export const receiveProcessesOf = ({ receiveProcesses, reservedConcurrency }: Settings): number | undefined =>
  receiveProcesses ?? reservedConcurrency;

/** Processes reserved for the function of REST receives. */
export const reservedForReceives = ({ receiveProcesses = 0, reservedConcurrency }: Settings): number | undefined =>
  receiveProcesses >= RESERVED_RECEIVES_MIN ? receiveProcesses : reservedConcurrency;

/** CloudWatch Logs supports only these periods. */
export const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** Each cell has a table, a trigger and alarms, and a template of CloudFormation has 500 resources. */
export const CELLS_MAX = 64;

/** Values of a setting: a parser, `undefined` for a refusal, and the allowed values in words. */
interface Kind<Value> {
  readonly allowed: string;
  parse(given: unknown): Value | undefined;
}

const oneOf = <Value extends string | number>(...values: readonly Value[]): Kind<Value> => ({
  allowed: `one of ${values.join(', ')}`,
  parse: (given) => values.find((value) => String(value) === String(given)),
});
const wholeNumber = (min: number, max: number): Kind<number> => ({
  allowed: `a whole number from ${min} to ${max}`,
  parse: (given) => {
    const value = typeof given === 'number' || (typeof given === 'string' && given !== '') ? Number(given) : Number.NaN;
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  },
});
const text = (pattern: RegExp, allowed: string): Kind<string> => ({
  allowed,
  parse: (given) => (typeof given === 'string' && pattern.test(given) ? given : undefined),
});
const numbers: Kind<readonly number[]> = {
  allowed: 'whole numbers with commas between them, such as 1,3',
  parse: (given) => (/^\d{1,3}(,\d{1,3})*$/.test(String(given)) ? String(given).split(',').map(Number) : undefined),
};
/** A variable of a function holds them, and all variables together have 4 KB. */
const TARGETS_LENGTH_MAX = 2_000;
const FUNCTION = 'arn:aws[a-z-]*:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_-]{1,140}(?::[A-Za-z0-9_$-]+)?';
const SQS_QUEUE = 'https://sqs\\.[a-z0-9-]+\\.amazonaws\\.com(?:\\.cn)?/\\d{12}/[A-Za-z0-9_-]{1,80}';
const ENDPOINT = 'https://(?:[a-z0-9-]+\\.)+[a-z]{2,}';
const TARGET_PAIR = new RegExp(`^(?:[A-Za-z0-9_-]{1,80}\\*?|\\*)=(?:${FUNCTION}|${SQS_QUEUE}|${ENDPOINT})$`);
const targets: Kind<readonly string[]> = {
  allowed:
    'pairs with commas between them, each a queue name or the beginning of names and *, then =, then the ARN of a ' +
    'function, the URL of a standard queue of SQS, or https:// and a host; at most 2,000 characters',
  parse: (given) => {
    const pairs = String(given).split(',');
    const fits = String(given).length <= TARGETS_LENGTH_MAX;
    return fits && pairs.every((pair) => TARGET_PAIR.test(pair)) ? pairs : undefined;
  },
};
const yesOrNo: Kind<boolean> = {
  allowed: 'true or false',
  parse: (given) =>
    new Map([
      ['true', true],
      ['false', false],
    ] as const).get(String(given) as 'true' | 'false'),
};

const KINDS: { readonly [Name in keyof Settings]-?: Kind<NonNullable<Settings[Name]>> } = {
  stage: text(/^[a-z][a-z0-9-]{0,19}$/, '1 to 20 of a-z, 0-9 and "-", starting with a letter'),
  cells: wholeNumber(1, CELLS_MAX),
  leavingCells: numbers,
  removedCells: numbers,
  frontDoor: oneOf('http-api', 'function-url'),
  encryption: oneOf('aws', 'customer-key'),
  accessKeys: yesOrNo,
  console: yesOrNo,
  oidcIssuer: text(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[\w./~-]*)?$/i, 'an https address without query'),
  oidcClientId: text(/^[\w.:~-]{1,200}$/, '1 to 200 of letters, digits and ".:~_-"'),
  oidcGroupsClaim: text(/^[\w.:/-]{1,200}$/, '1 to 200 of letters, digits and ".:/_-"'),
  removal: oneOf('retain', 'destroy'),
  protection: oneOf('on', 'off'),
  pointInTimeRecovery: yesOrNo,
  logDays: oneOf(...LOG_DAYS),
  tracing: yesOrNo,
  routeMetrics: yesOrNo,
  alarmEmail: text(/^[^@\s]+@[^@\s]+$/, 'an e-mail address'),
  alarmTopic: text(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/, 'the ARN of an SNS topic'),
  domain: text(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'a host name'),
  certificate: text(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'the ARN of a certificate of ACM'),
  reservedConcurrency: wholeNumber(1, 100_000),
  receiveProcesses: wholeNumber(1, 100_000),
  maxWaitSeconds: wholeNumber(0, 20),
  targets,
  dispatchers: wholeNumber(1, 100_000),
  warmWrites: wholeNumber(4_000, 10_000_000),
  warmReads: wholeNumber(12_000, 10_000_000),
};

const DEFAULTS = {
  stage: 'dev',
  cells: 4,
  frontDoor: 'http-api',
  encryption: 'aws',
  accessKeys: false,
  console: true,
  removal: 'retain',
  protection: 'on',
  pointInTimeRecovery: true,
  logDays: 30,
  tracing: false,
  routeMetrics: false,
} as const satisfies Partial<Settings>;

/**
 * Reads the settings from the CDK's context. Names with `:` or `/` belong to the CDK itself.
 *
 * @throws Error that names the setting, the given value and what is allowed
 */
export function parseSettings(context: Readonly<Record<string, unknown>>): Settings {
  const given = Object.entries(context).filter(([name]) => !/[:/]/.test(name));
  const parsed = given.map(([name, value]) => [name, parseSetting(name, value)]);
  const settings: Settings = { ...DEFAULTS, ...(Object.fromEntries(parsed) as Partial<Settings>) };
  refuseHalves(settings);
  refuseOwnHost(settings);
  refuseClosed(settings);
  refuseHalfProviders(settings);
  return settings;
}

function parseSetting(name: string, given: unknown): unknown {
  if (!Object.hasOwn(KINDS, name)) {
    throw new Error(`setting "${name}" is unknown; the settings are ${Object.keys(KINDS).join(', ')}`);
  }
  const kind = KINDS[name as keyof Settings];
  const value = kind.parse(given);
  if (value === undefined) throw new Error(`setting "${name}" is ${JSON.stringify(given)}; it must be ${kind.allowed}`);
  return value;
}

function refuseClosed({ cells, leavingCells = [], removedCells = [] }: Settings): void {
  const unknown = leavingCells.find((number) => number >= cells);
  if (unknown !== undefined) {
    throw new Error(`setting "leavingCells" names cell ${unknown}; there are ${cells}, and the first is 0`);
  }
  if (new Set(leavingCells).size === cells) {
    throw new Error(`setting "leavingCells" names all ${cells} cells; at least one must stay open`);
  }
  const early = removedCells.find((number) => !leavingCells.includes(number));
  if (early !== undefined) {
    throw new Error(
      `setting "removedCells" names cell ${early}, which "leavingCells" does not: a cell is emptied, then removed`,
    );
  }
}

function refuseOwnHost({ domain, targets: pairs = [] }: Settings): void {
  if (domain === undefined || !pairs.some((pair) => pair.endsWith(`=https://${domain}`))) return;
  throw new Error(`setting "targets" names ${domain}, the domain of this deployment: it does not push to itself`);
}

function refuseHalves({ domain, certificate, frontDoor }: Settings): void {
  if (domain !== undefined && certificate === undefined) {
    throw new Error('setting "certificate" is missing; "domain" needs the certificate of that name');
  }
  if (certificate !== undefined && domain === undefined) {
    throw new Error('setting "domain" is missing; "certificate" has no effect without it');
  }
  if (domain !== undefined && frontDoor === 'function-url') {
    throw new Error('setting "domain" is given; a function URL cannot have one: set "frontDoor" to http-api');
  }
}

function refuseHalfProviders(settings: Settings): void {
  const { oidcIssuer, oidcClientId, oidcGroupsClaim } = settings;
  const given = Object.entries({ oidcIssuer, oidcClientId, oidcGroupsClaim }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  if (!hasConsole(settings)) {
    const cure = 'needs "console" true and "frontDoor" http-api';
    throw new Error(`setting "${given[0]}" is given; only a console signs people in, which ${cure}`);
  }
  if (oidcIssuer === undefined) {
    throw new Error(`setting "oidcIssuer" is missing; "${given[0]}" has no effect without it`);
  }
  if (oidcClientId === undefined) {
    throw new Error('setting "oidcClientId" is missing; "oidcIssuer" needs the id of the console there');
  }
}
