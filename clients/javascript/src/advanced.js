// The same client with patience: tries again, pays many at once, waits for the end.

/**
 * @import { AdvancedClientOptions, CreateOptions, ParallelOptions, Payout, PayoutRequest,
 *   RetryOptions, WaitOptions, WebhookBody, WebhookEvent, WebhookHeaders, WebhookOptions }
 *   from '../types/index.js'
 */
import { LucidPaymentClient } from './client.js';
import { ConfirmationTimeoutError } from './errors.js';
import { keyOf } from './key.js';
import { passes, waiting, withRetry } from './retry.js';
import { verifyWebhook } from './webhook.js';

const FINAL = new Set(['confirmed', 'failed', 'cancelled']);

export class AdvancedLucidPaymentClient extends LucidPaymentClient {
  /** @type {RetryOptions} */
  #retry;

  /** @param {AdvancedClientOptions} options */
  constructor({ tries = 3, waitMinS = 4, waitMaxS = 10, ...options }) {
    super(options);
    if (!(Number.isInteger(tries) && tries >= 1)) throw new RangeError('tries is 1 or more.');
    if (!(waitMinS >= 0 && waitMaxS >= waitMinS)) {
      throw new RangeError('waitMinS is 0 or more, and waitMaxS not less.');
    }
    this.#retry = { tries, waitMinS, waitMaxS };
  }

  /**
   * @param {PayoutRequest} payout
   * @param {CreateOptions} [options]
   * @returns {Promise<Payout>}
   */
  async createPayoutWithRetry(payout, options = {}) {
    const idempotencyKey = await keyOf(options.idempotencyKey, payout);
    return withRetry(() => this.createPayout(payout, { idempotencyKey }), this.#retry);
  }

  /**
   * @param {PayoutRequest[]} payouts
   * @param {ParallelOptions} [options]
   * @returns {Promise<PromiseSettledResult<Payout>[]>}
   */
  async createPayoutsParallel(payouts, { maxConcurrent = 5, idempotencyKeys } = {}) {
    if (!(Number.isInteger(maxConcurrent) && maxConcurrent >= 1)) {
      throw new RangeError('maxConcurrent is 1 or more.');
    }
    if (idempotencyKeys && new Set(idempotencyKeys).size !== payouts.length) {
      throw new RangeError('idempotencyKeys has a key of its own for each payout.');
    }
    /** @type {PromiseSettledResult<Payout>[]} */
    const results = new Array(payouts.length);
    const left = payouts.entries();
    const worker = async () => {
      for (const [index, payout] of left) {
        const create = this.createPayoutWithRetry(payout, {
          idempotencyKey: idempotencyKeys?.[index],
        });
        [results[index]] = /** @type {[PromiseSettledResult<Payout>]} */ (
          await Promise.allSettled([create])
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(maxConcurrent, payouts.length) }, worker));
    return results;
  }

  /**
   * @param {string} payoutId
   * @param {WaitOptions} [options]
   * @returns {Promise<Payout>}
   */
  async waitForConfirmation(payoutId, { timeoutMinutes = 30, pollEveryS = 5 } = {}) {
    if (!(timeoutMinutes > 0 && pollEveryS > 0)) {
      throw new RangeError('timeoutMinutes and pollEveryS are above 0.');
    }
    const endsAt = performance.now() + timeoutMinutes * 60_000;
    for (;;) {
      const { payout, error } = await this.#look(payoutId);
      if (payout && FINAL.has(payout.status)) return payout;
      const leftS = (endsAt - performance.now()) / 1000;
      if (leftS <= 0) throw new ConfirmationTimeoutError(payoutId, timeoutMinutes, error);
      await waiting(Math.min(Math.max(pollEveryS, error?.retryAfterS ?? 0), leftS));
    }
  }

  /**
   * Return the payout, or the error of a look that may go better next time.
   *
   * @param {string} payoutId
   */
  async #look(payoutId) {
    try {
      return { payout: await this.getPayoutStatus(payoutId) };
    } catch (caught) {
      if (!passes(caught)) throw caught;
      return { error: /** @type {{ retryAfterS?: number }} */ (caught) };
    }
  }

  /**
   * @param {WebhookBody} body
   * @param {WebhookHeaders} headers
   * @param {string | string[]} secrets
   * @param {WebhookOptions} [options]
   * @returns {Promise<WebhookEvent>}
   */
  async verifyWebhook(body, headers, secrets, options) {
    return verifyWebhook(body, headers, secrets, options);
  }
}
