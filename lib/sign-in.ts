import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { OAuthScope, UserPool, UserPoolClient, UserPoolClientIdentityProvider } from 'aws-cdk-lib/aws-cognito';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { parameterName } from './names.ts';
import type { Settings } from './settings.ts';

export interface SignInProps {
  readonly settings: Settings;
  readonly api: HttpApi;
  /** Where the console is, without a trailing slash. */
  readonly url: string;
}

/** Where people of the console sign in: at the provider of the settings, or at the user pool of the deployment. */
export class SignIn extends Construct {
  readonly issuer: string;
  readonly clientId: string;
  readonly groupsClaim: string;
  /** Origins that the page exchanges its code at. */
  readonly origins: readonly string[];

  constructor(scope: Construct, id: string, { settings, api, url }: SignInProps) {
    super(scope, id);
    const { oidcIssuer, oidcClientId, oidcGroupsClaim = 'groups' } = settings;
    if (oidcIssuer !== undefined && oidcClientId !== undefined) {
      this.issuer = oidcIssuer;
      this.clientId = oidcClientId;
      this.groupsClaim = oidcGroupsClaim;
      this.origins = [new URL(oidcIssuer).origin];
      return;
    }
    const name = parameterName(settings, 'user-pool');
    const userPoolId = StringParameter.valueForStringParameter(scope, name);
    const userPool = UserPool.fromUserPoolId(this, 'UserPool', userPoolId);
    const pages = `${url}/console`;
    const client = new UserPoolClient(this, 'Client', {
      userPool,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [`${pages}/signed-in`],
        logoutUrls: [pages],
      },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(1),
    });
    // The id of the API is unique in a Region, as the name of a domain has to be, and tells nothing of the account.
    const domain = userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: `rewindmq-${api.apiId}` } });
    const cognito = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}`;
    this.issuer = `${cognito}/${userPoolId}`;
    this.clientId = client.userPoolClientId;
    this.groupsClaim = 'cognito:groups';
    this.origins = [cognito, domain.baseUrl()];
  }
}
