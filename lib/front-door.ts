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
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  CONSOLE_ROUTES,
  KEY_ROUTES,
  PAGE_ROUTES,
  ROUTES,
  type Route,
  type ServingFunction,
  SQS_ROUTES,
  UNROUTED,
} from './routes.ts';
import type { Settings } from './settings.ts';

/** API Gateway's default for an account; a deployment cannot take more before its quota is raised. */
const THROTTLE = { rateLimit: 10_000, burstLimit: 5_000 };

/**
 * Throttles of open routes. They accept any caller, and only their function can check a signature. Each is throttled by
 * itself, so a flood leaves at least half of the account's rate to signed calls. There are two routes for SQS, five
 * for the files of the console, and seven that reveal nothing. CloudFormation takes route settings in this form.
 */
const SQS_THROTTLE = { ThrottlingRateLimit: 2_200, ThrottlingBurstLimit: 1_100 };
/** A visit takes about twenty files at once. */
const PAGE_THROTTLE = { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 100 };
const OPEN_THROTTLE = { ThrottlingRateLimit: 14, ThrottlingBurstLimit: 14 };

/** Caller, request, status and duration; never a body or a header. */
const LOGGED = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  /** The opaque id of a person in the console. */
  person: '$context.authorizer.claims.sub',
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
const SAME_FOR_ALL = 'The files of the console are those of every release; its calls take the token of a person.';
const VERIFIED_BEHIND = 'API Gateway cannot verify access keys: the function verifies every call itself.';

/** Throttle of an open route by its function, and why it is open. */
const OPEN: Partial<Record<ServingFunction, { throttle: object; reason: string }>> = {
  sqs: { throttle: SQS_THROTTLE, reason: VERIFIED_BEHIND },
  pages: { throttle: PAGE_THROTTLE, reason: SAME_FOR_ALL },
};
const OPEN_TO_ALL = { throttle: OPEN_THROTTLE, reason: TELLS_NOTHING };

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
    const routes = [...ROUTES, ...wrongMethods(ROUTES, 'admin'), ...ofKeys, ...PAGE_ROUTES, UNROUTED];
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
      const { throttle, reason } = OPEN[servedBy] ?? OPEN_TO_ALL;
      throttles[routeKey.key] = throttle;
      // Route settings are refused while the route does not exist.
      stage.node.addDependency(route);
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    return throttles;
  }

  /** Adds the calls of the console, for people whose token comes from this issuer and is made out to this client. */
  addConsole(fn: IFunction, { issuer, clientId }: { readonly issuer: string; readonly clientId: string }): void {
    const authorizer = new HttpJwtAuthorizer('People', issuer, { jwtAudience: [clientId] });
    const integration = new HttpLambdaIntegration('console', fn);
    for (const { method, path } of CONSOLE_ROUTES) {
      const routeKey = HttpRouteKey.with(path, HttpMethod[method]);
      new HttpRoute(this, `${method} ${path}`, { httpApi: this.api, routeKey, integration, authorizer });
    }
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
