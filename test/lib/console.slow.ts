import { describe, expect, it } from 'vitest';
import { groupOf, ROLES } from '../../src/model/role.ts';
import { synthesized } from './synthesized.ts';

const PROVIDER = { oidcIssuer: 'https://login.example.com:8443/team', oidcClientId: 'console-1' };
const variablesOf = (settings: object, fn: string) => {
  const functions = synthesized({ cells: 1, ...settings }).ofType('AWS::Lambda::Function');
  const found = functions.find(({ Properties }) => Properties['FunctionName'] === `rewindmq-dev-${fn}`);
  return (found?.Properties['Environment'] as { Variables: Record<string, unknown> } | undefined)?.Variables;
};

describe('the console of a deployment', () => {
  it('lets people sign in at a user pool that nobody joins by themselves, with a second factor', () => {
    const deployment = synthesized({ cells: 1 });

    expect(deployment.ofType('AWS::Cognito::UserPool')).toMatchObject([
      {
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
          DeletionProtection: 'ACTIVE',
          MfaConfiguration: 'ON',
          EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
          UserPoolTier: 'LITE',
        },
      },
    ]);
    const groups = deployment.ofType('AWS::Cognito::UserPoolGroup').map(({ Properties }) => Properties['GroupName']);
    expect(groups).toEqual(ROLES.map((role) => groupOf(role, 'dev')));
  });

  it('is a client without a secret, by code alone, that Cognito answers at its own address', () => {
    const [client] = synthesized({ cells: 1 }).ofType('AWS::Cognito::UserPoolClient');

    expect(client?.Properties).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      SupportedIdentityProviders: ['COGNITO'],
      PreventUserExistenceErrors: 'ENABLED',
      IdTokenValidity: 60,
    });
    expect(JSON.stringify(client?.Properties['CallbackURLs'])).toContain('/console/signed-in');
  });

  it("takes the tokens of the team's provider instead, and then has no user pool", () => {
    const deployment = synthesized({ cells: 1, ...PROVIDER });

    expect([...deployment.resources.values()].filter(({ Type }) => Type.startsWith('AWS::Cognito'))).toEqual([]);
    expect(deployment.ofType('AWS::ApiGatewayV2::Authorizer')).toMatchObject([
      {
        Properties: {
          AuthorizerType: 'JWT',
          IdentitySource: ['$request.header.Authorization'],
          JwtConfiguration: { Audience: ['console-1'], Issuer: PROVIDER.oidcIssuer },
        },
      },
    ]);
    expect(variablesOf(PROVIDER, 'console')).toMatchObject({ GROUPS_CLAIM: 'groups', STAGE: 'dev' });
    expect(variablesOf({ ...PROVIDER, oidcGroupsClaim: 'roles' }, 'console')).toMatchObject({ GROUPS_CLAIM: 'roles' });
    expect(variablesOf(PROVIDER, 'pages')).toMatchObject({
      SIGN_IN_ISSUER: PROVIDER.oidcIssuer,
      SIGN_IN_CLIENT: 'console-1',
      SIGN_IN_ORIGINS: 'https://login.example.com:8443',
    });
  });

  it.each([{ console: false }, { frontDoor: 'function-url' }])('is left out with %j, with all that it needs', (off) => {
    const deployment = synthesized({ cells: 1, ...off });

    const left = [...deployment.resources].filter(
      ([id, { Type }]) => Type.startsWith('AWS::Cognito') || /Authorizer|Console|Pages/.test(id + Type),
    );
    expect(left.map(([id]) => id)).toEqual([]);
  });
});
