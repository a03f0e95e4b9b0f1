import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { OAuth2Server } from 'oauth2-mock-server';

type Claims = Readonly<Record<string, unknown>>;

/** A provider at which a person signs in, as the test says. It verifies PKCE, and signs its tokens. */
export class People {
  readonly #server = new OAuth2Server();
  #groups: readonly string[] = [];
  /** The groups that the next token lists. */
  set groups(groups: readonly string[]) {
    this.#groups = groups;
  }

  static async open(groupsClaim: string): Promise<People> {
    const people = new People();
    await people.#server.issuer.keys.generate('RS256');
    people.#server.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
      Object.assign(token.payload, { [groupsClaim]: people.#groups, email: 'ada@example.com' });
    });
    // A name instead of an address: browsers take pages of the gateway and of the provider for different sites.
    await people.#server.start(0, 'localhost');
    return people;
  }

  get issuer(): string {
    return String(this.#server.issuer.url);
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  /** A token that no browser asked for. */
  token(payload: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#server.issuer.buildToken({ scopesOrTransform: (_, claims) => void Object.assign(claims, payload) });
  }

  /** What API Gateway does with a token: its signature, its issuer, its audience and its time must be right. */
  claimsOf(token: string, audience: string): Claims | undefined {
    const [head = '', payload = '', signature = ''] = token.split('.');
    const { kid } = parsed(head);
    const jwk = this.#server.issuer.keys.toJSON().find((one) => one.kid === kid);
    if (jwk === undefined) return undefined;
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const isSigned = verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'));
    const claims = parsed(payload);
    const isCurrent = Number(claims['exp']) * 1_000 > Date.now();
    const isForUs = claims['iss'] === this.issuer && [claims['aud']].flat().includes(audience);
    return isSigned && isCurrent && isForUs ? claims : undefined;
  }
}

function parsed(part: string): Claims {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  } catch {
    return {};
  }
}
