// Payouts and payments: a method for each call, with the API's own names for what goes and comes.

/**
 * @import { Batch, BatchCreated, BatchRequest, BatchItem, CancelOptions, ClientOptions,
 *   CreateOptions, Payment, PaymentRequest, Payout, PayoutFilters, PayoutPage, PayoutRequest,
 *   PageOptions, Refund, RefundRequest, Stats, StatsOptions } from '../types/index.js'
 */
import { keyOf } from './key.js';
import { withRetry } from './retry.js';
import { Transport } from './transport.js';

const PAYOUTS = '/api/payment/payouts';
const PAYMENTS = '/api/v1/payments';
const PAGE_MAX = 100;

export class LucidPaymentClient {
  /** @type {Transport} */
  #transport;

  /** @param {ClientOptions} options */
  constructor(options) {
    this.#transport = new Transport(options);
  }

  get baseUrl() {
    return this.#transport.baseUrl;
  }

  /**
   * @param {PayoutRequest} payout
   * @param {CreateOptions} [options]
   * @returns {Promise<Payout>}
   */
  async createPayout(payout, { idempotencyKey } = {}) {
    return this.#transport.post(PAYOUTS, payout, await keyOf(idempotencyKey, payout));
  }

  /**
   * @param {string} payoutId
   * @returns {Promise<Payout>}
   */
  async getPayoutStatus(payoutId) {
    return this.#transport.get(`${PAYOUTS}/${idOf(payoutId)}`);
  }

  /**
   * @param {PayoutFilters & PageOptions} [query]
   * @returns {Promise<PayoutPage>}
   */
  async listPayouts(query) {
    return this.#transport.get(PAYOUTS, query);
  }

  /**
   * @param {PayoutFilters} [filters]
   * @returns {AsyncGenerator<Payout, void, undefined>}
   */
  async *iteratePayouts(filters = {}) {
    /** @type {string | undefined} */
    let cursor;
    do {
      const query = { limit: PAGE_MAX, ...filters, cursor };
      const { payouts, pagination } = await withRetry(() => this.listPayouts(query));
      yield* payouts;
      cursor = pagination.next_cursor ?? undefined;
    } while (cursor);
  }

  /**
   * @param {string} payoutId
   * @param {CancelOptions} [options]
   * @returns {Promise<Payout>}
   */
  async cancelPayout(payoutId, { reason } = {}) {
    return this.#transport.post(`${PAYOUTS}/${idOf(payoutId)}/cancel`, { reason });
  }

  /**
   * @param {BatchRequest | BatchItem[]} batch
   * @param {CreateOptions} [options]
   * @returns {Promise<BatchCreated>}
   */
  async createBatchPayout(batch, { idempotencyKey } = {}) {
    const body = Array.isArray(batch) ? { payouts: batch } : batch;
    const key = await keyOf(idempotencyKey, { reference_id: referencesOf(body) });
    return this.#transport.post(`${PAYOUTS}/batch`, body, key);
  }

  /**
   * @param {string} batchId
   * @returns {Promise<Batch>}
   */
  async getBatchStatus(batchId) {
    return this.#transport.get(`${PAYOUTS}/batch/${idOf(batchId)}`);
  }

  /**
   * @param {StatsOptions} [query]
   * @returns {Promise<Stats>}
   */
  async getPaymentStats(query) {
    return this.#transport.get('/api/payment/stats', query);
  }

  /**
   * @param {PaymentRequest} payment
   * @param {CreateOptions} [options]
   * @returns {Promise<Payment>}
   */
  async createPayment(payment, { idempotencyKey } = {}) {
    return this.#transport.post(
      `${PAYMENTS}/create`,
      payment,
      await keyOf(idempotencyKey, payment),
    );
  }

  /**
   * @param {string} paymentId
   * @returns {Promise<Payment>}
   */
  async getPaymentStatus(paymentId) {
    return this.#transport.get(`${PAYMENTS}/status/${idOf(paymentId)}`);
  }

  /**
   * @param {RefundRequest} refund
   * @param {CreateOptions} [options]
   * @returns {Promise<Refund>}
   */
  async refundPayment(refund, { idempotencyKey } = {}) {
    return this.#transport.post(`${PAYMENTS}/refund`, refund, await keyOf(idempotencyKey));
  }
}

/**
 * Return the references of a batch as one, when each of its payouts has one.
 *
 * @param {BatchRequest} batch
 */
function referencesOf({ payouts }) {
  if (!Array.isArray(payouts)) return undefined; // The platform says what is wrong with that.
  const references = payouts.map(({ reference_id }) => reference_id);
  return references.every(Boolean) ? JSON.stringify(references) : undefined;
}

/** @param {string} id */
function idOf(id) {
  // An empty id, or one with dots, would be another path.
  if (typeof id === 'string' && /^\w+$/.test(id)) return id;
  throw new TypeError('The id is missing, or is none: ids look like payout_01890a5dac96…');
}
