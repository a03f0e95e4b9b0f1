import { Duration, Validations } from 'aws-cdk-lib';
import { AccountRecovery, FeaturePlan, Mfa, UserPool, UserPoolGroup } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { nameOf } from './names.ts';
import { isProtected, type Settings } from './settings.ts';
import { removalPolicyOf } from './tables.ts';

/** Roles of the console; their groups have the names of `src/model/role.ts`. */
const ROLES = ['viewer', 'operator'];
const NOT_PLUS =
  'Threat protection needs the Plus plan, which bills each person. A second factor is required, and nobody signs up.';

/**
 * The people of the console. An administrator of the account adds them; each signs in with a password and a one-time
 * code. A person without a group may do nothing.
 */
export function makeUserPool(scope: Construct, settings: Settings): UserPool {
  const pool = new UserPool(scope, 'UserPool', {
    userPoolName: nameOf(settings, 'people'),
    featurePlan: FeaturePlan.LITE,
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    autoVerify: { email: true },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    mfa: Mfa.REQUIRED,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 14,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(7),
    },
    deletionProtection: isProtected(settings),
    removalPolicy: removalPolicyOf(settings),
  });
  for (const role of ROLES) {
    new UserPoolGroup(scope, `People-${role}`, { userPool: pool, groupName: nameOf(settings, role) });
  }
  for (const id of ['AwsSolutions-COG3', 'AwsSolutions-COG8']) {
    Validations.of(pool).acknowledge({ id, reason: NOT_PLUS });
  }
  return pool;
}
