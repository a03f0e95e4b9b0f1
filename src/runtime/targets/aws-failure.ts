import type { CallEnd, CallFailure } from '../../model/push/index.ts';
import type { HttpAnswer } from '../lambda-http.ts';

const BY_CODE: Readonly<Record<string, CallFailure>> = {
  ENOTFOUND: 'nameNotResolved',
  EAI_AGAIN: 'nameNotResolved',
  ECONNREFUSED: 'notConnected',
  EHOSTUNREACH: 'notConnected',
  ENETUNREACH: 'notConnected',
  ECONNRESET: 'answerCut',
  EPIPE: 'answerCut',
};
const BY_NAME: Readonly<Record<string, CallFailure>> = {
  AbortError: 'timedOut',
  // The client's time-out for the connection. It gives this name to broken connections too, which have a code.
  TimeoutError: 'notConnected',
  CredentialsProviderError: 'notConnected',
};
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO)/;

/** Why a request to AWS got no answer. After an unknown failure, AWS may have received the request. */
export function failureOf(error: unknown): CallFailure {
  if (!(error instanceof Error)) return 'answerCut';
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (code === 'ETIMEDOUT') return syscall === 'connect' ? 'notConnected' : 'answerCut';
  if (TLS_CODE.test(code)) return 'tlsFailed';
  return BY_CODE[code] ?? BY_NAME[error.name] ?? 'answerCut';
}

/** The end of a call that AWS refused, by the error's code in a header or in the JSON of its answer. */
export function refusalIn({ status, headers, body }: HttpAnswer): CallEnd {
  const text = body.toString();
  const named =
    headers['x-amzn-errortype'] ??
    headers['x-amzn-query-error'] ??
    /"(?:__type|code)"\s*:\s*"([^"]+)"/i.exec(text)?.[1] ??
    'UnknownError';
  // As `com.amazonaws.sqs#QueueDoesNotExist`, `AccessDenied;Sender` or `AccessDeniedException:http://...`.
  return { kind: 'refused', status, code: named.replace(/^.*#/, '').replace(/[;:].*$/, '') };
}
