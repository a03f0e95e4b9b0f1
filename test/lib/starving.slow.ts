import { describe, expect, it } from 'vitest';
import { synthesized } from './synthesized.ts';

interface LambdaProperties {
  readonly FunctionName: string;
  readonly MemorySize: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

describe('open routes', () => {
  const deployment = synthesized({ cells: 2, accessKeys: true });

  it('have throttles of their own, which leave half of the rate to signed calls, behind the routes', () => {
    const open = deployment
      .ofType('AWS::ApiGatewayV2::Route')
      .filter(({ Properties }) => Properties['AuthorizationType'] === 'NONE');
    const [stage] = deployment.ofType('AWS::ApiGatewayV2::Stage');

    const settings = stage?.Properties['RouteSettings'] as Record<string, { ThrottlingRateLimit: number }>;
    const rates = Object.values(settings).map(({ ThrottlingRateLimit: rate }) => rate);
    const methods = open.map(({ Properties }) => String(Properties['RouteKey']));
    expect(Object.keys(settings).toSorted()).toEqual(expect.arrayContaining(['ANY /', 'ANY /{account}/{queue}']));
    expect(Object.keys(settings).toSorted()).toEqual(methods.toSorted());
    expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeLessThanOrEqual(5_000);
    expect(JSON.stringify(stage)).toMatch(/"DependsOn":\[("\w+",?){9,}\]/);
  });
});

describe('functions', () => {
  it.each([
    [500, 500],
    [100, undefined],
  ])('tell receives and the controller of %i processes for receives, and reserve %s', (receiveProcesses, reserved) => {
    const functions = synthesized({ cells: 1, receiveProcesses, maxWaitSeconds: 5, accessKeys: true }).ofType(
      'AWS::Lambda::Function',
    );

    const told = functions.flatMap(({ Properties }) => {
      const { FunctionName, Environment, MemorySize, ReservedConcurrentExecutions } =
        Properties as unknown as LambdaProperties;
      const { RECEIVE_PROCESSES: processes, MAX_WAIT_SECONDS: seconds } = Environment.Variables;
      const isReceiving = FunctionName === 'rewindmq-dev-receive';
      expect(ReservedConcurrentExecutions).toBe(isReceiving ? reserved : undefined);
      if (isReceiving) expect(MemorySize).toBe(256);
      return processes === String(receiveProcesses) && seconds === '5' ? [FunctionName] : [];
    });
    expect(told).toEqual(expect.arrayContaining(['receive', 'sqs', 'controller'].map((one) => `rewindmq-dev-${one}`)));
  });
});
