// Types of lucidpay-client: what is exported. tsc checks that src/ keeps what stands here.
import type {
  Batch,
  BatchCreated,
  BatchItem,
  BatchRequest,
  PageOptions,
  Payment,
  PaymentRequest,
  Payout,
  PayoutFilters,
  PayoutPage,
  PayoutRequest,
  Refund,
  RefundRequest,
  Stats,
  StatsOptions,
  Time,
} from './data.js';

export * from './data.js';
export * from './errors.js';

export interface ClientOptions {
  /** `lp_live_…` or `lp_test_…`. No error and nothing that prints the client shows it. */
  apiKey: string;
  /** Where the platform is, such as `https://pay.example.org`. */
  baseUrl: string;
  /** For one whole call, in milliseconds; 30 000 without it. */
  timeoutMs?: number;
}
export interface CreateOptions {
  /**
   * 1 to 255 printable ASCII characters. Without it one is made: of `reference_id` (in a batch, of
   * all of them), and so the same each time; without a reference a new one. Errors tell it.
   */
  idempotencyKey?: string;
}
export interface CancelOptions {
  reason?: string;
}

/** A method for each call. None repeats a call that could pay. */
export class LucidPaymentClient {
  constructor(options: ClientOptions);
  readonly baseUrl: string;
  /** Pay somebody. The same key and body again are the same payout. */
  createPayout(payout: PayoutRequest, options?: CreateOptions): Promise<Payout>;
  getPayoutStatus(payoutId: string): Promise<Payout>;
  /** One page, newest first. */
  listPayouts(query?: PayoutFilters & PageOptions): Promise<PayoutPage>;
  /** All of them, newest first, page by page; waits where the rate limit says so. */
  iteratePayouts(filters?: PayoutFilters): AsyncGenerator<Payout, void, undefined>;
  /** Before it is signed; later it is a `ConflictError`. */
  cancelPayout(payoutId: string, options?: CancelOptions): Promise<Payout>;
  /** All or none: one that is wrong refuses all. */
  createBatchPayout(
    batch: BatchRequest | BatchItem[],
    options?: CreateOptions,
  ): Promise<BatchCreated>;
  getBatchStatus(batchId: string): Promise<Batch>;
  getPaymentStats(query?: StatsOptions): Promise<Stats>;
  /** Be paid: the answer has the `deposit_address` for the payer. */
  createPayment(payment: PaymentRequest, options?: CreateOptions): Promise<Payment>;
  getPaymentStatus(paymentId: string): Promise<Payment>;
  refundPayment(refund: RefundRequest, options?: CreateOptions): Promise<Refund>;
}

export interface RetryOptions {
  /** In all; 3 without it. */
  tries?: number;
  /** The first pause, in seconds, doubled each time; 4 without it. */
  waitMinS?: number;
  /** 10 without it. A Retry-After of up to 120 s is waited for all the same. */
  waitMaxS?: number;
}
export type AdvancedClientOptions = ClientOptions & RetryOptions;
export interface ParallelOptions {
  /** 5 without it. */
  maxConcurrent?: number;
  /** One for each payout, in their order. */
  idempotencyKeys?: string[];
}
export interface WaitOptions {
  /** 30 without it. */
  timeoutMinutes?: number;
  /** 5 without it. */
  pollEveryS?: number;
}

/** The same client, with patience. */
export class AdvancedLucidPaymentClient extends LucidPaymentClient {
  constructor(options: AdvancedClientOptions);
  /**
   * As `createPayout`, tried again with the same Idempotency-Key while the connection fails, time
   * runs out, or the answer is 5xx or 429. What is refused for a reason is thrown at once.
   */
  createPayoutWithRetry(payout: PayoutRequest, options?: CreateOptions): Promise<Payout>;
  /** As `createPayoutWithRetry` for each, in order; one that fails hides no other. */
  createPayoutsParallel(
    payouts: PayoutRequest[],
    options?: ParallelOptions,
  ): Promise<PromiseSettledResult<Payout>[]>;
  /**
   * Return the payout once it has ended: look whether `status` is confirmed, failed or cancelled.
   * Throws `ConfirmationTimeoutError` when it has not ended in time.
   */
  waitForConfirmation(payoutId: string, options?: WaitOptions): Promise<Payout>;
  /** As the function `verifyWebhook`. */
  verifyWebhook(
    body: WebhookBody,
    headers: WebhookHeaders,
    secrets: string | string[],
    options?: WebhookOptions,
  ): Promise<WebhookEvent>;
}

/** The bytes that came, or their text; not what a parser made of them. */
export type WebhookBody = string | ArrayBuffer | Uint8Array;
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;
export interface WebhookOptions {
  /** How old a webhook may be, and how wrong a clock, in seconds; 300 without it. */
  toleranceS?: number;
}
export interface WebhookEvent {
  /** The `webhook-id`: note it, since the same event can come again. */
  event_id: string;
  type: string;
  timestamp: Time;
  /** The payout, payment or batch as the API showed it then; amounts are text. */
  data: Record<string, any>;
}
/**
 * Return the event of a webhook, once it is sure that it is LucidPay's and new enough. Throws
 * `WebhookVerificationError` otherwise, and `TypeError` when secrets or body are no such thing.
 */
export function verifyWebhook(
  body: WebhookBody,
  headers: WebhookHeaders,
  secrets: string | string[],
  options?: WebhookOptions,
): Promise<WebhookEvent>;

/** Parse a JSON text of the platform's as the client does: amounts become text. */
export function parseExact(text: string): any;
