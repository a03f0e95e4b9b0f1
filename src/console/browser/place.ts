/** What a deployment tells its page: its name, and where people sign in. A server on this machine tells nothing. */
export interface Deployment {
  readonly stage: string;
  readonly region: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Claim of a token that lists the groups of a person. */
  readonly groupsClaim: string;
}

export function readDeployment(): Deployment | undefined {
  const text = document.querySelector<HTMLMetaElement>('meta[name="rewindmq-place"]')?.content;
  return text === undefined ? undefined : (JSON.parse(text) as Deployment);
}
