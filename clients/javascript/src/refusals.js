// From an answer that is no success to its error.

/** @import { ErrorFacts } from '../types/index.js' */
import { parseExact } from './exact.js';
import * as errors from './errors.js';

const CODE_OF_BALANCE = 'LUCID_ERR_2007';

/** @type {Record<string, typeof errors.LucidPayError>} */
const BY_CODE = {
  LUCID_ERR_1001: errors.InvalidRequestError,
  LUCID_ERR_1002: errors.AuthenticationError,
  LUCID_ERR_1003: errors.NotFoundError,
  LUCID_ERR_1004: errors.InvalidRequestError,
  LUCID_ERR_1005: errors.ConflictError,
  LUCID_ERR_1006: errors.KeyReusedError,
  LUCID_ERR_2001: errors.InvalidAddressError,
  LUCID_ERR_2002: errors.LimitExceededError,
  LUCID_ERR_2003: errors.CircuitOpenError,
  LUCID_ERR_2004: errors.InvalidRouterError,
  LUCID_ERR_2005: errors.NotFoundError,
  [CODE_OF_BALANCE]: errors.InsufficientBalanceError,
  LUCID_ERR_2009: errors.RateLimitError,
  LUCID_ERR_2010: errors.PermissionDeniedError,
};

/** For what stands before the platform and does not speak its codes. @type {typeof BY_CODE} */
const BY_STATUS = {
  401: errors.AuthenticationError,
  403: errors.PermissionDeniedError,
  404: errors.NotFoundError,
  409: errors.ConflictError,
  429: errors.RateLimitError,
};

/**
 * Return the error of an answer.
 *
 * @param {Response} response its status is no success
 * @param {string} text its body
 * @param {{ requestId: string, idempotencyKey: string | undefined, changes: boolean }} sent
 */
export function refusal(response, text, sent) {
  const { status } = response;
  const said = envelope(text);
  const code = said.code ?? `HTTP_${status}`;
  const message = said.message ?? `The answer is HTTP ${status}, and not the platform's own.`;
  const kind = kindOf(status, code, message);
  /** @type {ErrorFacts} */
  const facts = {
    code,
    status,
    requestId: said.request_id ?? sent.requestId,
    details: said.details,
    retryAfterS: secondsOf(response.headers.get('retry-after')),
    idempotencyKey: sent.idempotencyKey,
    outcomeUnknown: sent.changes && isUnknown(status, kind),
  };
  return new kind(message, facts);
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 */
function kindOf(status, code, message) {
  if (status === 409 && message.includes('Idempotency-Key')) return errors.KeyInUseError;
  const other = status >= 500 ? errors.ServerError : errors.InvalidRequestError;
  return BY_CODE[code] ?? BY_STATUS[status] ?? other;
}

/**
 * @param {number} status
 * @param {typeof errors.LucidPayError} kind
 */
function isUnknown(status, kind) {
  if (kind === errors.InsufficientBalanceError) return false;
  return status >= 500 || status === 408 || kind === errors.KeyInUseError;
}

/**
 * Return what the error envelope says; nothing when the body is not one.
 *
 * @param {string} text
 * @returns {{ code?: string, message?: string, request_id?: string, details?: {} }}
 */
function envelope(text) {
  try {
    const error = parseExact(text)?.error;
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : {};
  } catch {
    return {}; // A proxy's page. The status says what there is to say.
  }
}

/**
 * Return the seconds of a Retry-After header, which has seconds or a date.
 *
 * @param {string | null} header
 */
function secondsOf(header) {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
