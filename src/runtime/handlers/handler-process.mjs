/**
 * Runs the handlers of one file for `HandlerProcess`, as Lambda's runtime for Node does: asynchronous handlers,
 * handlers with a callback, and handlers that return nothing. Arguments: the file, the most bytes of
 * an answer, and how many of them are kept.
 *
 * It is plain JavaScript, because it is started as it is: from the sources, and beside the server's bundle.
 */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const [file] = process.argv.slice(2);
const [answerBytesMax, keptBytes] = process.argv.slice(3).map(Number);
const functionName = basename(file);
const calls = new Map();
let loading;

process.on('message', (call) => void run(call));
process.on('disconnect', () => process.exit());
// The server ends this process when its calls have ended.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// While calls run, the channel does not keep the process alive: without other work they can only wait forever.
process.on('beforeExit', () => {
  process.channel.ref();
  for (const endWithoutWork of calls.values()) endWithoutWork();
});

async function run({ id, handler, event, timeoutMs }) {
  process.channel.unref();
  try {
    const handle = await loaded(id, handler);
    answer(id, await invoke(id, handle, { event, timeoutMs }));
  } catch (error) {
    process.send({ id, kind: error instanceof NotLoaded ? 'notLoaded' : 'handlerFailed', text: textOf(error) });
  }
  calls.delete(id);
  if (calls.size === 0) process.channel.ref();
}

class NotLoaded extends Error {}

async function loaded(id, name) {
  const module = await new Promise((resolve, reject) => {
    calls.set(id, () => reject(new NotLoaded(`${functionName} waits at its top level for something that never comes`)));
    loading ??= load();
    loading.then(resolve, (error) => reject(new NotLoaded(`${functionName} cannot be loaded`, { cause: error })));
  });
  // A CommonJS file that computes its exports has them in its default export alone.
  const handle = module[name] ?? module.default?.[name];
  if (typeof handle !== 'function') throw new NotLoaded(`${functionName} exports no function named ${name}`);
  return handle;
}

async function load() {
  const module = await import(pathToFileURL(file).href);
  process.send({ kind: 'loaded' });
  return module;
}

function invoke(id, handle, { event, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    // Lambda answers null when nothing is left to do.
    calls.set(id, () => resolve(null));
    const returned = handle(JSON.parse(event), contextFor(callback, timeoutMs), callback);
    if (typeof returned?.then !== 'function') return;
    // Lambda answers null here too. The handler has not finished, so its messages must not be deleted.
    calls.set(id, () => reject(new Error('the handler waits for a promise that nothing can settle')));
    returned.then(resolve, reject);
  });
}

function contextFor(callback, timeoutMs) {
  const untilMs = Date.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: '128',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: functionName,
    getRemainingTimeInMillis: () => Math.max(0, untilMs - Date.now()),
    succeed: (result) => callback(null, result),
    fail: (error) => callback(error ?? new Error('the handler failed')),
    done: callback,
  };
}

function answer(id, result) {
  const text = Buffer.from(JSON.stringify(result) ?? 'null');
  if (text.length > answerBytesMax) process.send({ id, kind: 'answerCut' });
  else process.send({ id, kind: 'answered', text: text.subarray(0, keptBytes).toString() });
}

/** An error as Lambda answers it. */
function textOf(thrown) {
  const { name, message, stack, cause } =
    thrown instanceof Error ? thrown : { name: typeof thrown, message: String(thrown), stack: '' };
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  const text = JSON.stringify({
    errorType: thrown instanceof NotLoaded ? 'Runtime.ImportModuleError' : name,
    errorMessage: message + reason,
    trace: String(stack).split('\n'),
  });
  return text.length * 3 > keptBytes ? JSON.stringify({ errorType: String(name).slice(0, 100) }) : text;
}
