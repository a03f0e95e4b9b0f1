import * as oauth from 'oauth4webapi';
import type { Deployment } from './place.ts';

const HOME = '/console';
const KEY = 'rewindmq.signIn';

/** What the tab remembers while its person is at the provider. */
interface Attempt {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** The view to come back to. */
  readonly view: string;
}

/**
 * Sends the person to the provider, by the code flow with PKCE. @param view - where to come back to
 * @throws Error when the provider does not answer
 */
export async function startSignIn(deployment: Deployment, view: string): Promise<void> {
  const { server, client } = await discover(deployment);
  const attempt: Attempt = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    view,
  };
  sessionStorage.setItem(KEY, JSON.stringify(attempt));
  const { verifier, state, nonce } = attempt;
  const { client_id } = client;
  const asked = {
    response_type: 'code',
    scope: 'openid email',
    client_id,
    redirect_uri: redirectUri(),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  leaveFor(server.authorization_endpoint, asked);
}

/** Exchanges the code that the provider has sent. @throws Error for a refusal, or an answer to another attempt */
export async function finishSignIn(deployment: Deployment): Promise<{ token: string; view: string }> {
  const text = sessionStorage.getItem(KEY);
  if (text === null) throw new Error('this tab has not asked to sign in; sign in again');
  // An attempt answers once.
  sessionStorage.removeItem(KEY);
  const { verifier, state, nonce, view } = JSON.parse(text) as Attempt;
  const { server, client, options } = await discover(deployment);
  const parameters = oauth.validateAuthResponse(server, client, new URL(window.location.href), state);
  const exchange = oauth.authorizationCodeGrantRequest;
  const response = await exchange(server, client, oauth.None(), parameters, redirectUri(), verifier, options);
  const checks = { expectedNonce: nonce, requireIdToken: true };
  const { id_token } = await oauth.processAuthorizationCodeResponse(server, client, response, checks);
  if (id_token === undefined) throw new Error('the provider has sent no ID token');
  return { token: id_token, view };
}

/** Ends the session at the provider as well, where it offers that. */
export async function signOutAtProvider(deployment: Deployment, token: string): Promise<void> {
  const { server, client } = await discover(deployment);
  const home = `${window.location.origin}${HOME}`;
  if (server.end_session_endpoint === undefined) return;
  const { client_id } = client;
  // Cognito has names of its own for the client and the way back.
  const asked = { client_id, logout_uri: home, post_logout_redirect_uri: home, id_token_hint: token };
  leaveFor(server.end_session_endpoint, asked);
}

async function discover({ issuer, clientId }: Deployment) {
  const url = new URL(issuer);
  // Settings take https alone; a test has a provider on its own machine.
  const options = { [oauth.allowInsecureRequests]: url.hostname === 'localhost' };
  const response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...options });
  const server = await oauth.processDiscoveryResponse(url, response);
  const client: oauth.Client = { client_id: clientId };
  return { server, client, options };
}

const redirectUri = (): string => `${window.location.origin}${HOME}/signed-in`;

function leaveFor(endpoint: string | undefined, asked: Readonly<Record<string, string>>): void {
  if (endpoint === undefined) throw new Error('the provider tells no address to sign in at');
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  window.location.assign(url);
}
