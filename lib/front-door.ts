import { Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { KEY_ROUTES, ROUTES, type Route, type ServingFunction, SQS_ROUTES, UNROUTED } from './routes.ts';
import type { Settings } from './settings.ts';

/** API Gateway's default for an account; a deployment cannot take more before its quota is raised. */
const THROTTLE = { rateLimit: 10_000, burstLimit: 5_000 };

/**
 * Throttles of open routes. They accept any caller, and only their function can check a signature. Each is throttled by
 * itself, so a flood leaves at least half of the account's rate to signed calls. There are two routes for SQS and seven
 * that reveal nothing. CloudFormation takes route settings in this form.
 */
const SQS_THROTTLE = { ThrottlingRateLimit: 2_450, ThrottlingBurstLimit: 1_225 };
const OPEN_THROTTLE = { ThrottlingRateLimit: 14, ThrottlingBurstLimit: 14 };

/** Caller, request, status and duration; never a body or a header. */
const LOGGED = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  requestError: '$context.error.message',
  responseBytes: '$context.responseLength',
  functionMs: '$context.integrationLatency',
  totalMs: '$context.responseLatency',
};

/** Why routes are open, for auditors of a deployment. */
const TELLS_NOTHING = 'It tells nothing about a deployment but that it runs, and what every release of it can do.';
const VERIFIED_BEHIND = 'API Gateway cannot verify access keys: the function verifies every call itself.';

export interface FrontDoorProps {
  readonly settings: Settings;
  /** A missing function leaves out its routes. */
  readonly functions: Readonly<Partial<Record<ServingFunction, IFunction>>>;
  readonly accessLog: LogGroup;
}

/** The HTTP API: a route for each call, signed by IAM or by an access key, and one for calls to nowhere. */
export class FrontDoor extends Construct {
  readonly api: HttpApi;
  /** Without a trailing slash. */
  readonly url: string;
  /** The target of the DNS name in the settings. */
  readonly domain: DomainName | undefined;

  constructor(scope: Construct, id: string, { settings, functions, accessLog }: FrontDoorProps) {
    super(scope, id);
    this.domain = this.#makeDomain(settings);
    this.api = new HttpApi(this, 'Api', { apiName: `rewindmq-${settings.stage}`, createDefaultStage: false });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: THROTTLE,
      detailedMetricsEnabled: settings.routeMetrics,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
      ...(this.domain === undefined ? {} : { domainMapping: { domainName: this.domain } }),
    });
    this.url = this.domain === undefined ? this.api.apiEndpoint : `https://${this.domain.name}`;
    const routeSettings = this.#addRoutes(functions, stage);
    (stage.node.defaultChild as CfnStage).routeSettings = withMetrics(routeSettings, settings.routeMetrics);
  }

  /** Returns the throttles of open routes, by route. */
  #addRoutes(functions: FrontDoorProps['functions'], stage: HttpStage): Record<string, object> {
    const throttles: Record<string, object> = {};
    const integrations = new Map<ServingFunction, HttpLambdaIntegration>();
    const signed = new HttpIamAuthorizer();
    const open = new HttpNoneAuthorizer();
    const ofKeys = [...KEY_ROUTES, ...wrongMethods(KEY_ROUTES, 'keys'), ...SQS_ROUTES];
    const routes = [...ROUTES, ...wrongMethods(ROUTES, 'admin'), ...ofKeys, UNROUTED];
    for (const { method, path, servedBy, isOpen } of routes) {
      const fn = functions[servedBy];
      if (fn === undefined) continue;
      const integration = integrations.get(servedBy) ?? new HttpLambdaIntegration(servedBy, fn);
      integrations.set(servedBy, integration);
      const routeKey = path === UNROUTED.path ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, HttpMethod[method]);
      const route = new HttpRoute(this, `${method} ${path}`, {
        httpApi: this.api,
        routeKey,
        integration,
        authorizer: isOpen === true ? open : signed,
      });
      if (isOpen !== true) continue;
      const isOfSqs = SQS_ROUTES.some((one) => one.path === path);
      throttles[routeKey.key] = isOfSqs ? SQS_THROTTLE : OPEN_THROTTLE;
      // Route settings are refused while the route does not exist.
      stage.node.addDependency(route);
      const reason = isOfSqs ? VERIFIED_BEHIND : TELLS_NOTHING;
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    return throttles;
  }

  #makeDomain({ domain, certificate }: Settings): DomainName | undefined {
    if (domain === undefined || certificate === undefined) return undefined;
    return new DomainName(this, 'Domain', {
      domainName: domain,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificate),
    });
  }
}

/** A route with its own settings inherits none of the stage's. */
const withMetrics = (routes: Record<string, object>, DetailedMetricsEnabled: boolean): Record<string, object> =>
  Object.fromEntries(Object.entries(routes).map(([route, own]) => [route, { ...own, DetailedMetricsEnabled }]));

/** Adds every path for all other methods, so that the answer to a wrong one lists the right ones. */
function wrongMethods(routes: readonly Route[], servedBy: ServingFunction): Route[] {
  const paths = new Map(routes.map((route) => [route.path, route]));
  return [...paths.values()].map((route) => ({ ...route, method: 'ANY', servedBy }));
}
