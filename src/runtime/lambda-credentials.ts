import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's chain of credential sources in bundles. In a function, credentials always come from the
 * environment, and the rest of the chain (profiles, single sign-on, instance metadata) is a fifth of a bundle.
 */
export const defaultProvider = () => fromEnv();
