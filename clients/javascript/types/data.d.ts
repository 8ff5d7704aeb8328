// What goes to the platform and comes from it, by the API's own names: see its /api/docs/.

// Only what is marked so is exported.
export {};

/** An amount that goes out. Text is exact; a number of more than 15 digits is refused. */
export type Amount = string | number | bigint;
/** An amount that comes from the platform: text with each of its digits, such as '12.5'. */
export type ExactAmount = string;
/** A time in UTC, ISO 8601 with Z. */
export type Time = string;

export type PayoutStatus = 'pending' | 'processing' | 'confirmed' | 'failed' | 'cancelled';
export type RouterAsked = 'PayoutRouterV0' | 'PayoutRouterKYC';
export type RouterType = RouterAsked | 'PayoutRouterDirect' | 'PayoutRouterGateway';
export type Priority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT';
export type BatchType = 'IMMEDIATE' | 'HOURLY' | 'DAILY' | 'WEEKLY';

interface PayoutWords {
  recipient_address: string;
  /** In USDT, 0.01 to 10 000 with at most 2 decimals. */
  amount_usdt: Amount;
  session_id?: string;
  node_id?: string;
  custom_data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}
/** At least one of `reason` and `reference_id` must be there. */
type WithWhy<T> = T &
  ({ reason: string; reference_id?: string } | { reason?: string; reference_id: string });

export type BatchItem = WithWhy<PayoutWords>;
export type PayoutRequest = WithWhy<
  PayoutWords & { router_type?: RouterAsked; priority?: Priority; batch_type?: BatchType }
>;

export interface Payout {
  payout_id: string;
  status: PayoutStatus;
  recipient_address: string;
  amount_usdt: ExactAmount;
  reason: string | null;
  reference_id: string | null;
  metadata: Record<string, unknown> | null;
  router_type: RouterType;
  priority: Priority;
  batch_type: BatchType;
  batch_id: string | null;
  session_id: string | null;
  node_id: string | null;
  custom_data: Record<string, unknown> | null;
  retry_of: string | null;
  txid: string | null;
  transaction_hash: string | null;
  confirmations: number | null;
  block_number: number | null;
  block_timestamp: Time | null;
  fee_trx: ExactAmount | null;
  energy_used: number | null;
  error_code: string | null;
  error_message: string | null;
  review: 'not_required' | 'required' | 'approved' | 'rejected';
  estimated_completion: Time | null;
  estimated_confirmation: Time | null;
  created_at: Time;
  updated_at: Time;
  confirmed_at: Time | null;
  request_id: string;
}

export interface PayoutFilters {
  status?: PayoutStatus;
  router_type?: RouterType;
  batch_id?: string;
  reference_id?: string;
  recipient_address?: string;
  start_date?: string;
  end_date?: string;
}
export interface PageOptions {
  /** 1 to 100; 20 without it. */
  limit?: number;
  offset?: number;
  /** `pagination.next_cursor` of the page before; reaches any depth. */
  cursor?: string;
}
export interface Pagination {
  total: number;
  total_exact: boolean;
  limit: number;
  offset: number;
  has_next: boolean;
  has_previous: boolean;
  next_cursor: string | null;
}
export interface PayoutPage {
  payouts: Payout[];
  pagination: Pagination;
  filters: Record<string, unknown>;
}

export interface BatchRequest {
  /** 1 to 100. One that is wrong refuses all. */
  payouts: BatchItem[];
  router_type?: RouterAsked;
  priority?: Priority;
  /** HOURLY without it. */
  batch_type?: BatchType;
}
export type BatchStatus =
  'scheduled' | 'processing' | 'completed' | 'failed' | 'cancelled' | 'partial';
export interface BatchCreated {
  batch_id: string;
  total_payouts: number;
  total_amount_usdt: ExactAmount;
  status: BatchStatus;
  /** In the order of the request. */
  payout_ids: string[];
  successful_payouts: number;
  failed_payouts: number;
  estimated_completion: Time | null;
  created_at: Time;
}
export interface Batch {
  batch_id: string;
  total_payouts: number;
  completed_payouts: number;
  failed_payouts: number;
  pending_payouts: number;
  cancelled_payouts: number;
  status: BatchStatus;
  paused: boolean;
  total_amount_usdt: ExactAmount;
  completed_amount_usdt: ExactAmount;
  created_at: Time;
  estimated_completion: Time | null;
  completed_at: Time | null;
}

export interface StatsOptions {
  /** day without it. */
  period?: 'hour' | 'day' | 'week' | 'month';
  /** all without it. */
  router_type?: RouterType | 'all';
}
export interface Stats {
  period: string;
  router_type: RouterType | 'all';
  total_payouts: number;
  successful_payouts: number;
  failed_payouts: number;
  total_amount_usdt: ExactAmount;
  /** Percent of those that have ended. */
  success_rate: number;
  average_amount_usdt: ExactAmount;
  recent_payouts_24h: number;
  payouts_by_router: Record<string, { count: number; amount_usdt: ExactAmount }>;
  circuit_breaker_status: 'closed' | 'open' | 'half_open' | 'unknown';
  daily_limit_usage: ExactAmount;
  hourly_limit_usage: ExactAmount;
  generated_at: Time;
}

export type PaymentMethod = 'direct_transfer' | 'payment_gateway' | 'swap' | 'route';
export type PaymentPriority = 'low' | 'normal' | 'high' | 'urgent';
export interface PaymentRequest {
  payer_address: string;
  payee_address: string;
  /** In USDT, above 0, at most 1 000 000 000 with 6 decimals. */
  amount: Amount;
  payment_method?: PaymentMethod;
  priority?: PaymentPriority;
  reference_id?: string;
  description?: string;
}
export interface PaymentLeg {
  kind: 'incoming' | 'payee' | 'refund';
  id: string | null;
  status: string;
  amount: ExactAmount;
  currency: 'USDT' | 'TRX';
  address: string;
  transaction_id: string | null;
  block_number: number | null;
}
export interface Payment {
  payment_id: string;
  payer_address: string;
  payee_address: string;
  amount: ExactAmount;
  fee: ExactAmount;
  net_amount: ExactAmount;
  payment_method: PaymentMethod;
  priority: PaymentPriority;
  status:
    | 'pending'
    | 'processing'
    | 'confirmed'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'refunded'
    | 'disputed';
  reference_id: string | null;
  description: string | null;
  created_at: Time;
  /** In seconds. */
  estimated_completion_time: number;
  deposit_address: string | null;
  pay_amount: ExactAmount;
  pay_currency: 'USDT' | 'TRX';
  expires_at: Time | null;
  payment_uri: string | null;
  transaction_id: string | null;
  confirmations: number | null;
  received_amount: ExactAmount;
  refunded_amount: ExactAmount;
  confirmed_at: Time | null;
  completed_at: Time | null;
  error_message: string | null;
  legs: PaymentLeg[];
}
export interface RefundRequest {
  payment_id: string;
  reason?:
    | 'user_request'
    | 'payment_failure'
    | 'duplicate_payment'
    | 'merchant_initiated'
    | 'system_error';
  /** All that is left, without it. */
  amount?: Amount;
}
export interface Refund {
  refund_id: string;
  payment_id: string;
  status: 'initiated' | 'processing' | 'completed' | 'failed';
  amount: ExactAmount;
  currency: 'USDT' | 'TRX';
  reason: string;
  created_at: Time;
  /** In seconds. */
  estimated_completion_time: number;
}
