import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's chain of credential sources in bundles: in a function they come from its environment, always,
 * and the rest of the chain (profiles, single sign-on, instance metadata) is a fifth of a bundle.
 */
export const defaultProvider = () => fromEnv();
