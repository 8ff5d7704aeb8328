// What can go wrong, one class for each kind. Which is it: refused, or does nobody know?

/** @import { ErrorFacts } from '../types/index.js' */

/** Anything the platform refuses, and any call whose answer did not come. */
export class LucidPayError extends Error {
  /**
   * @param {string} message
   * @param {ErrorFacts} facts
   */
  constructor(message, facts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.details = facts.details ?? {};
    this.retryAfterS = facts.retryAfterS;
    this.idempotencyKey = facts.idempotencyKey;
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
    this.tries = 1;
  }
}

/** The platform did not understand the request, or a field is wrong: `details` names it. */
export class InvalidRequestError extends LucidPayError {}
/** The recipient is no TRON address. */
export class InvalidAddressError extends InvalidRequestError {}
/** The router is unknown, or the recipient does not qualify for it. */
export class InvalidRouterError extends InvalidRequestError {}
/** The API key is missing, wrong, expired or revoked. */
export class AuthenticationError extends LucidPayError {}
/** The API key lacks the scope for this call. */
export class PermissionDeniedError extends LucidPayError {}
/** There is no such payout, batch, payment or path; or it is somebody else's. */
export class NotFoundError extends LucidPayError {}
/** It does not fit what is there: see `details`; a taken `reference_id` names its payout there. */
export class ConflictError extends LucidPayError {}
/** The first request with this key still runs. Repeat with the same key in a moment. */
export class KeyInUseError extends ConflictError {}
/** The Idempotency-Key was used with another body. */
export class KeyReusedError extends LucidPayError {}
/** It is more than a limit leaves: `details` has limit, used, remaining and resets_at. */
export class LimitExceededError extends LucidPayError {}
/** The circuit breaker is open: nothing is left, or an operator tripped it. */
export class CircuitOpenError extends LucidPayError {}
/** The paying wallet has too little. Nothing was stored. */
export class InsufficientBalanceError extends LucidPayError {}
/** Too many calls. Wait `retryAfterS`. */
export class RateLimitError extends LucidPayError {}
/** The platform, or something before it, failed. */
export class ServerError extends LucidPayError {}
/** No connection, or it broke. */
export class ConnectionFailedError extends LucidPayError {}
/** No answer within `timeoutMs`. */
export class RequestTimeoutError extends LucidPayError {}
/** An answer came that is not the platform's: not JSON. */
export class UnreadableAnswerError extends LucidPayError {}

/** The payout has not ended in time. It is still under way and must not be paid again. */
export class ConfirmationTimeoutError extends LucidPayError {
  /**
   * @param {string} payoutId
   * @param {number} timeoutMinutes
   * @param {unknown} cause what the last question failed with, if it failed
   */
  constructor(payoutId, timeoutMinutes, cause) {
    super(
      `${payoutId} has not ended within ${timeoutMinutes} minutes. It is still under way: do not ` +
        'pay it again; go on waiting, or ask getPayoutStatus later.',
      { code: 'CONFIRMATION_TIMEOUT', cause },
    );
    this.payoutId = payoutId;
  }
}

/** A webhook that is not surely from LucidPay, or is too old. Answer 4xx and believe nothing. */
export class WebhookVerificationError extends LucidPayError {
  /** @param {string} message */
  constructor(message) {
    super(message, { code: 'WEBHOOK_NOT_VERIFIED' });
  }
}
