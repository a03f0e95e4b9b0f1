import { describe, expect, it, vi } from 'vitest';
import { type CallEnd, type Verdict, verdictOn } from '../../../src/model/push/index.ts';
import { triggerEvent } from '../../../src/protocols/sqs/trigger-event.ts';
import { isAllowance, isAllowedFunction, LambdaTarget } from '../../../src/runtime/targets/index.ts';
import { OWNER, pushCall } from '../../support/push-calls.ts';
import { givenAws, type Scripted, signedFor } from './scripted-service.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live';
const CALL = pushCall({ kind: 'lambda', arn: ARN }, ['one', 'two']);
const OK = { kind: 'status', status: 200 };

async function invoke(answer: Scripted, fields: Partial<typeof CALL> = {}) {
  const aws = await givenAws(answer);
  return { ...aws, answer: await new LambdaTarget({ owner: OWNER }).call({ ...CALL, ...fields }) };
}

/** Lambda's answer when the function failed. */
const functionError = (errorType: string): Scripted => ({
  status: 200,
  headers: { 'X-Amz-Function-Error': 'Unhandled' },
  body: JSON.stringify({ errorType, errorMessage: 'it failed' }),
});

describe('a function of Lambda', () => {
  it('is invoked once with the event of a trigger, signed for its region, and its answer comes back', async () => {
    const { asked, answer } = await invoke({ status: 200, body: '{"batchItemFailures":[]}' });

    expect(answer).toEqual({ end: OK, text: '{"batchItemFailures":[]}' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(ARN)}/invocations`,
      headers: { 'x-amz-invocation-type': 'RequestResponse', 'content-type': 'application/json' },
    });
    expect(asked[0]?.body.toString()).toBe(triggerEvent(CALL, OWNER));
    expect(await signedFor(asked[0])).toBe('lambda in eu-west-1');
  });

  it.each<[errorType: string, kind: CallEnd['kind'], verdict: Verdict]>([
    ['TypeError', 'handlerFailed', 'message'],
    ['Sandbox.Timedout', 'handlerFailed', 'message'],
    ['Function.ResponseSizeTooLarge', 'handlerFailed', 'message'],
    ['Runtime.ExitError', 'handlerExited', 'message'],
    ['Runtime.OutOfMemory', 'handlerExited', 'message'],
    ['Runtime.ImportModuleError', 'notLoaded', 'target'],
    ['Runtime.UserCodeSyntaxError', 'notLoaded', 'target'],
    ['Runtime.HandlerNotFound', 'notLoaded', 'target'],
    ['Runtime.MalformedHandlerName', 'notLoaded', 'target'],
    ['Runtime.InvalidEntrypoint', 'notLoaded', 'target'],
    ['Runtime.InvalidWorkingDir', 'notLoaded', 'target'],
  ])('that ends with %s is %s', async (errorType, kind, verdict) => {
    const { answer } = await invoke(functionError(errorType));

    expect(answer).toEqual({ end: { kind }, text: expect.stringContaining(errorType) as string });
    expect(verdictOn(answer.end)).toBe(verdict);
  });

  it('keeps a megabyte of a longer answer', async () => {
    const { answer } = await invoke({ status: 200, body: JSON.stringify('x'.repeat(2 ** 20)) });

    expect(answer.end).toEqual(OK);
    expect(answer.text).toHaveLength(2 ** 20);
  });

  it('is told by the error of Lambda, and the call is not repeated', async () => {
    const headers = { 'x-amzn-ErrorType': 'TooManyRequestsException:http://internal.amazon.com/coral/' };
    const { answer, asked } = await invoke({ status: 429, headers, body: '{"Type":"User"}' });

    expect(answer).toEqual({ end: { kind: 'refused', status: 429, code: 'TooManyRequestsException' } });
    expect(asked).toHaveLength(1);
  });

  it('may have run when the connection breaks, or no answer comes in time; the call is not repeated', async () => {
    const broken = await invoke('hangsUp');
    const silent = await invoke('silent', { timeoutMs: 200 });

    expect(broken.answer).toEqual({ end: { kind: 'answerCut' } });
    expect(silent.answer).toEqual({ end: { kind: 'timedOut' } });
    expect([broken.asked.length, silent.asked.length]).toEqual([1, 1]);
  });

  it('is at fault when Lambda cannot be reached, or the server has no credentials', async () => {
    await givenAws('silent');
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', 'http://127.0.0.1:1');
    const unreachable = await new LambdaTarget({ owner: OWNER }).call(CALL);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    const unknown = await new LambdaTarget({ owner: OWNER }).call(CALL);

    expect([unreachable, unknown]).toEqual([{ end: { kind: 'notConnected' } }, { end: { kind: 'notConnected' } }]);
  });

  it.each([
    [ARN, true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders', true],
    ['arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:$LATEST', true],
    ['arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:orders:7', true],
    ['orders', false],
    ['arn:aws:lambda:eu-west-1:123456789012:layer:orders', false],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders/../../other', false],
    ['arn:aws:lambda:evil.example/?:123456789012:function:orders', false],
    ['arn:aws:sqs:eu-west-1:123456789012:orders', false],
  ])('has an ARN: %s %s', async (arn, isOne) => {
    await givenAws({ status: 200 });

    const { end } = await new LambdaTarget({ owner: OWNER }).call(pushCall({ kind: 'lambda', arn }, ['one']));

    expect(end).toEqual(isOne ? OK : { kind: 'addressRefused' });
  });

  it.each([
    [ARN, true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:ord*', true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders', false],
    ['arn:aws:lambda:eu-west-1:123456789012:function:invoices*', false],
    ['*', false],
  ])('may be called when the operator allows it: %s', (allowed, isSo) => {
    expect(isAllowedFunction(ARN, [allowed])).toBe(isSo);
    expect(isAllowance(allowed)).toBe(allowed !== '*');
  });
});
