// Checked by tsc and never run: what index.d.ts promises, and that src/ keeps it.
import * as told from 'lucidpay-client';
import * as real from '../../src/index.js';

// What is exported, with all that it takes and returns, is what the types tell, no less.
const kept: typeof told = real;
const complete: { [name in keyof typeof real]: unknown } = told;
void [kept, complete];

const client = new told.AdvancedLucidPaymentClient({ apiKey: 'k', baseUrl: 'https://pay.example' });

export async function pay(): Promise<string> {
  const payout = await client.createPayout(
    { recipient_address: 'T…', amount_usdt: '12.50', reason: 'salary' },
    { idempotencyKey: 'salary-2026-01-7' },
  );
  // An amount is text, and nothing computes with it by mistake.
  const amount: string = payout.amount_usdt;
  // @ts-expect-error text is no number
  const doubled: number = payout.amount_usdt * 2;
  // @ts-expect-error one of reason and reference_id must be there
  await client.createPayout({ recipient_address: 'T…', amount_usdt: 1 });
  // @ts-expect-error a mistyped name is found before anything is sent
  await client.createPayout({ recipient_address: 'T…', amount: 1, reason: 'salary' });
  // @ts-expect-error there is no such state
  if (payout.status === 'done') return 'never';
  for await (const one of client.iteratePayouts({ status: 'failed' })) return one.payout_id;
  const [first] = await client.createPayoutsParallel([], { maxConcurrent: 2 });
  if (first?.status === 'fulfilled') return first.value.payout_id + doubled;
  return amount;
}

export function what(error: unknown): string | undefined {
  if (error instanceof told.ConfirmationTimeoutError) return error.payoutId;
  if (error instanceof told.LucidPayError && error.outcomeUnknown) return error.idempotencyKey;
  return undefined;
}

export const hook: Promise<told.WebhookEvent> = told.verifyWebhook(
  new Uint8Array(),
  { 'webhook-id': 'evt_…' },
  ['whsec_…'],
  { toleranceS: 60 },
);
