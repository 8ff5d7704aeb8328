// Asking again, where that is safe and can help.

/** @import { RetryOptions } from '../types/index.js' */
import * as errors from './errors.js';

const RETRY_AFTER_MAX_S = 120;
const TIMER_S_MAX = 2_000_000;
const NO_ANSWER = [
  errors.ConnectionFailedError,
  errors.RequestTimeoutError,
  errors.UnreadableAnswerError,
];

/**
 * Return what the call returns, called up to `tries` times while it fails in a way that passes.
 *
 * @template T
 * @param {() => Promise<T>} call must be safe to repeat
 * @param {RetryOptions} [options]
 * @returns {Promise<T>}
 * @throws the last error, with `tries`. If an earlier try may have worked, so may this one say.
 */
export async function withRetry(call, { tries = 3, waitMinS = 4, waitMaxS = 10 } = {}) {
  let unknown = false;
  for (let done = 1; ; done += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof errors.LucidPayError)) throw error;
      // A first try without an answer may have paid, whatever is said to the second.
      unknown ||= error.outcomeUnknown;
      error.outcomeUnknown = unknown;
      error.tries = done;
      const tooLong = (error.retryAfterS ?? 0) > RETRY_AFTER_MAX_S;
      if (done >= tries || tooLong || !passes(error)) throw error;
      await waiting(waitS(done, error, waitMinS, waitMaxS));
    }
  }
}

/**
 * Return whether an error may be gone in a moment.
 *
 * @param {unknown} error
 */
export function passes(error) {
  if (!(error instanceof errors.LucidPayError)) return false;
  if (error instanceof errors.InsufficientBalanceError) return false;
  const early = error instanceof errors.RateLimitError || error instanceof errors.KeyInUseError;
  return early || (error.status ?? 0) >= 500 || NO_ANSWER.some((kind) => error instanceof kind);
}

/**
 * Return how long to wait after so many tries: doubled each time, never before Retry-After.
 *
 * @param {number} done
 * @param {{ retryAfterS?: number | undefined }} error
 * @param {number} waitMinS
 * @param {number} waitMaxS
 */
export function waitS(done, error, waitMinS, waitMaxS) {
  return Math.max(Math.min(waitMinS * 2 ** (done - 1), waitMaxS), error.retryAfterS ?? 0);
}

/** @param {number} seconds */
export function waiting(seconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.min(seconds, TIMER_S_MAX) * 1000));
}
