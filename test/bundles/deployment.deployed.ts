/**
 * Runs the output of `cdk synth`, by its bundles and templates alone. ASSEMBLIES names a folder with an assembly for
 * each front door, DEMO_LOG optionally a log for the demo. Needs `.ci/with-lambda` and `.ci/with-moto`, which
 * `npm run deployed` has. Behind the HTTP API everything is shown; behind a function URL only what the front door can
 * change.
 *
 * The tests of a deployment build on each other: the last ones judge what all earlier ones made functions do.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { Assembly } from './assembly.ts';
import { showBackground } from './background.ts';
import { callerOf } from './calling.ts';
import { showLog } from './demo-log.ts';
import { Deployed, type Surroundings } from './deployed.ts';
import { showFlood } from './flood.ts';
import { showMissingVariables } from './missing-variables.ts';
import { judgeLogs, showOddRequests } from './odd-requests.ts';
import { showPermissionsAreNeeded, showPermissionsSuffice, showSameRoles } from './permissions.ts';
import { showRewinds } from './rewinds.ts';
import { walkRoad } from './road.ts';
import { runAgainst } from './run-against.ts';
import { show } from './shown.ts';
import { showSilentArchiver } from './silent-archiver.ts';
import { showSqsClient } from './sqs-client.ts';
import { showNobodyStarves } from './starving.ts';
import { showStorageFailures } from './storage-failures.ts';
import { showTrickle } from './trickle.ts';

const { ASSEMBLIES = '', DYNAMODB_ENDPOINT = '', DEMO_LOG } = process.env;
const folderOf = (frontDoor: string): string => join(ASSEMBLIES, frontDoor);
const OUTPUT_SHOWN = 4_000;

/** Suites of REST that depend on a front door's handling of paths, queries and bodies. */
const OF_THE_FRONT_DOOR = ['protocol', 'bad-input', 'outer-ids', 'queues', 'messages', 'look'];

const OF_THE_CLIENT = ['test/client/client.test.ts', 'test/client/worker.test.ts'];

/** An account in which ten receives may run. The gateway asks for signatures, and takes a fiftieth of the rates. */
const CROWDED: Surroundings = {
  environment: { RECEIVE_PROCESSES: '10' },
  processes: { Receive: 10, Send: 2, Delete: 2, Admin: 2, Sqs: 2 },
  guard: { asksForSignatures: true, throttleShare: 0.02 },
  batchingMs: 1_000,
};
const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=-, SignedHeaders=-, Signature=-' };

function givenDeployment(frontDoor: string, surroundings?: Surroundings): () => Deployed {
  let deployed: Deployed | undefined;
  const given = () => {
    if (deployed === undefined) throw new Error('the deployment did not start');
    return deployed;
  };
  beforeAll(async () => {
    deployed = await Deployed.open(folderOf(frontDoor), DYNAMODB_ENDPOINT, surroundings);
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => console.log(deployed?.output.slice(-OUTPUT_SHOWN)));
  });
  afterAll(async () => {
    console.log(`${frontDoor}: ${deployed?.engineLoad}`);
    await deployed?.close();
  });
  return given;
}

const passesRest = async (deployed: Deployed, suites: readonly string[]): Promise<void> =>
  show('the REST suite', await runAgainst(deployed, 'npx', ['vitest', 'run', ...suites, '--reporter=dot']));

const archivesAtOnce = ({ streamFailures }: Deployed): void =>
  show('batches that the archiver failed on', streamFailures === 0 ? [] : [String(streamFailures)]);

describe('a deployment behind a function URL', () => {
  const deployed = givenDeployment('function-url');

  it('passes the suites of REST that the front door can change', () =>
    passesRest(
      deployed(),
      OF_THE_FRONT_DOOR.map((name) => `test/rest/${name}.test.ts`),
    ));

  it('brings messages, and brings them again', () => walkRoad(deployed().url));

  it('serves clients of SQS', () => showSqsClient(deployed()));

  it('archives every batch at once', () => archivesAtOnce(deployed()));

  it('answers odd requests and refuses odd events', () => showOddRequests(deployed()));

  it('gives functions the permissions they use', () => showPermissionsSuffice(deployed()));

  it('gives its functions together the permissions of those behind routes', () =>
    showSameRoles(deployed().assembly, new Assembly(folderOf('http-api'))));

  it('logs nothing of a body', () => judgeLogs(deployed()));
});

describe('a deployment behind an HTTP API', () => {
  const deployed = givenDeployment('http-api');

  it('passes the REST suite', () => passesRest(deployed(), ['test/rest']));

  it('passes the suite of the client', async () =>
    show('the client', await runAgainst(deployed(), 'npx', ['vitest', 'run', ...OF_THE_CLIENT, '--reporter=dot'])));

  it('brings messages, and brings them again', () => walkRoad(deployed().url));

  it('rewinds by its state machine', () => showRewinds(deployed()));

  it('serves clients of SQS', () => showSqsClient(deployed()));

  it('lets every line of a log be deleted once', () => showLog(deployed(), DEMO_LOG));

  it('archives every batch at once', () => archivesAtOnce(deployed()));

  it('does in the background what calls began', () => showBackground(deployed()));

  it('tells of an archiver that is switched off', () => showSilentArchiver(deployed()));

  it('answers odd requests and refuses odd events', () => showOddRequests(deployed()));

  it('gives functions the permissions they use', () => showPermissionsSuffice(deployed()));

  it('gives functions no other permissions', () => showPermissionsAreNeeded(deployed()));

  it('starts no function without its variables', () => showMissingVariables(deployed().functions));

  it('says what callers can do while its storage fails', () => showStorageFailures(deployed()));

  it('logs nothing of a body', () => judgeLogs(deployed()));
});

describe('a deployment in a crowded account', () => {
  const deployed = givenDeployment('http-api', CROWDED);
  const signed = () => callerOf(deployed().url, SIGNED);

  it('takes what is metered for messages that come one by one', () => showTrickle(deployed(), signed()));

  it('takes nothing from signed calls for a flood of others', () => showFlood(deployed(), signed()));

  it('lets waiting receives starve no other call', () => showNobodyStarves(deployed(), signed()));
});
