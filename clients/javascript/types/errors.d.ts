// What can go wrong: a class for each kind, a LucidPayError all of them.

export interface ErrorFacts {
  code: string;
  status?: number | undefined;
  requestId?: string | undefined;
  details?: Record<string, any> | undefined;
  retryAfterS?: number | undefined;
  idempotencyKey?: string | undefined;
  outcomeUnknown?: boolean | undefined;
  cause?: unknown;
}
export class LucidPayError extends Error {
  constructor(message: string, facts: ErrorFacts);
  /** The platform's `LUCID_ERR_…`, or the client's own, such as `REQUEST_TIMEOUT`. */
  code: string;
  /** Of HTTP; undefined when no answer came. */
  status: number | undefined;
  /** What to tell the operator: it stands in the platform's logs. */
  requestId: string | undefined;
  /** What is wrong with which field, or what a limit leaves. Numbers are text. */
  details: Record<string, any>;
  /** How long the platform asks to wait, in seconds. */
  retryAfterS: number | undefined;
  /** Of a call that creates. The same call with it again is safe, always. */
  idempotencyKey: string | undefined;
  /**
   * Whether it may have happened all the same: repeat it with `idempotencyKey` and see. What has no
   * key, a cancellation, is safe to repeat as it is.
   */
  outcomeUnknown: boolean;
  /** How often it was tried. */
  tries: number;
}
export class InvalidRequestError extends LucidPayError {}
export class InvalidAddressError extends InvalidRequestError {}
export class InvalidRouterError extends InvalidRequestError {}
export class AuthenticationError extends LucidPayError {}
export class PermissionDeniedError extends LucidPayError {}
export class NotFoundError extends LucidPayError {}
export class ConflictError extends LucidPayError {}
export class KeyInUseError extends ConflictError {}
export class KeyReusedError extends LucidPayError {}
export class LimitExceededError extends LucidPayError {}
export class CircuitOpenError extends LucidPayError {}
export class InsufficientBalanceError extends LucidPayError {}
export class RateLimitError extends LucidPayError {}
export class ServerError extends LucidPayError {}
export class ConnectionFailedError extends LucidPayError {}
export class RequestTimeoutError extends LucidPayError {}
export class UnreadableAnswerError extends LucidPayError {}
export class ConfirmationTimeoutError extends LucidPayError {
  constructor(payoutId: string, timeoutMinutes: number, cause: unknown);
  payoutId: string;
}
export class WebhookVerificationError extends LucidPayError {
  constructor(message: string);
}
