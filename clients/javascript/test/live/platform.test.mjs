// Against a running platform: LUCIDPAY_URL and LUCIDPAY_API_KEY say which. It pays, so not mainnet.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { before, test } from 'node:test';

import * as lucidpay from 'lucidpay-client';

const RECIPIENT = 'TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg';
const PAYER = 'TK615usepGXc9HrZTAen882DpL4zfobu9d';
const { LUCIDPAY_URL: baseUrl, LUCIDPAY_API_KEY: apiKey } = process.env;
let client;

before(() => {
  assert.ok(baseUrl && apiKey, 'LUCIDPAY_URL and LUCIDPAY_API_KEY are not set: see README.md');
  assert.ok(!apiKey.startsWith('lp_live_'), 'these tests pay: not with a key of mainnet');
  client = new lucidpay.AdvancedLucidPaymentClient({ baseUrl, apiKey });
});

const order = (more) => ({
  recipient_address: RECIPIENT,
  amount_usdt: '1.10',
  reference_id: `live-${randomUUID()}`,
  ...more,
});
const later = (more) => order({ batch_type: 'DAILY', ...more });

test('it pays, and the payout is confirmed on chain with each digit', async () => {
  const { payout_id, status } = await client.createPayoutWithRetry(order({ amount_usdt: '12.34' }));
  assert.equal(status, 'pending');
  const payout = await client.waitForConfirmation(payout_id, { timeoutMinutes: 5, pollEveryS: 2 });
  assert.equal(payout.status, 'confirmed');
  assert.match(payout.txid, /^[0-9a-f]{64}$/);
  assert.equal(payout.amount_usdt, '12.34');
  assert.match(payout.fee_trx, /^\d+(\.\d{1,6})?$/);
});

test('the same key is the same payout, and another body is refused', async () => {
  const [body, idempotencyKey] = [later(), randomUUID()];
  const first = await client.createPayout(body, { idempotencyKey });
  const second = await client.createPayout(body, { idempotencyKey });
  assert.equal(second.payout_id, first.payout_id);
  const other = client.createPayout({ ...body, amount_usdt: '1.11' }, { idempotencyKey });
  await assert.rejects(other, lucidpay.KeyReusedError);
  await assert.rejects(
    client.createPayout(body, { idempotencyKey: randomUUID() }),
    (error) =>
      error instanceof lucidpay.ConflictError && error.details.payout_id === first.payout_id,
  );
  await client.cancelPayout(first.payout_id);
});

test('the same reference is the same payout, also without a key', async () => {
  const body = later({ reference_id: `März ${randomUUID()}` });
  const first = await client.createPayout(body);
  assert.equal((await client.createPayout(body)).payout_id, first.payout_id);
  await client.cancelPayout(first.payout_id);
});

test('a wrong address is refused, and nothing has happened', async () => {
  await assert.rejects(
    client.createPayoutWithRetry(order({ recipient_address: `${RECIPIENT.slice(0, -1)}h` })),
    ({ constructor, status, tries, outcomeUnknown, details }) => {
      assert.deepEqual([constructor, status, tries], [lucidpay.InvalidAddressError, 400, 1]);
      assert.equal(outcomeUnknown, false);
      assert.ok(details.recipient_address);
      return true;
    },
  );
});

test('what was paid is listed, page by page', async () => {
  const made = await client.createPayoutsParallel([later(), later(), later()], {
    maxConcurrent: 2,
  });
  const ids = made.map(({ value }) => value.payout_id);
  const page = await client.listPayouts({ limit: 2 });
  assert.equal(page.payouts.length, 2);
  assert.ok(page.pagination.next_cursor);
  const next = await client.listPayouts({ limit: 2, cursor: page.pagination.next_cursor });
  assert.ok(!page.payouts.some(({ payout_id }) => payout_id === next.payouts[0].payout_id));
  const found = new Set();
  for await (const { payout_id } of client.iteratePayouts({ recipient_address: RECIPIENT })) {
    found.add(payout_id);
  }
  assert.ok(ids.every((id) => found.has(id)));
  await Promise.all(ids.map((id) => client.cancelPayout(id)));
});

test('a pending payout is cancelled, once', async () => {
  const { payout_id } = await client.createPayout(later({ metadata: { amount: 5 } }));
  const payout = await client.cancelPayout(payout_id, { reason: 'a typo' });
  assert.equal(payout.status, 'cancelled');
  assert.deepEqual(payout.metadata, { amount: 5 });
  await assert.rejects(client.cancelPayout(payout_id), lucidpay.ConflictError);
  assert.equal((await client.waitForConfirmation(payout_id)).status, 'cancelled');
});

test('a batch is taken as a whole or not at all', async () => {
  const items = ['2.50', '0.01'].map((amount_usdt) => order({ amount_usdt }));
  const batch = await client.createBatchPayout({ payouts: items, batch_type: 'DAILY' });
  assert.equal(batch.payout_ids.length, 2);
  const { status, pending_payouts, total_amount_usdt } = await client.getBatchStatus(
    batch.batch_id,
  );
  assert.deepEqual([status, pending_payouts, total_amount_usdt], ['scheduled', 2, '2.51']);
  await assert.rejects(
    client.createBatchPayout([order(), order({ amount_usdt: '0' })]),
    (error) =>
      error instanceof lucidpay.InvalidRequestError && 'payouts[1].amount_usdt' in error.details,
  );
  await Promise.all(batch.payout_ids.map((id) => client.cancelPayout(id)));
});

test('statistics tell amounts as text', async () => {
  const stats = await client.getPaymentStats({ period: 'hour', router_type: 'PayoutRouterV0' });
  assert.equal(stats.period, 'hour');
  assert.match(stats.total_amount_usdt, /^\d+(\.\d+)?$/);
  assert.equal(typeof stats.total_payouts, 'number');
});

test('a payment is quoted and found again, and what nobody paid is not refunded', async () => {
  const parties = { payer_address: PAYER, payee_address: RECIPIENT };
  const made = await client.createPayment({ ...parties, amount: '100.000001' });
  assert.deepEqual([made.amount, made.status], ['100.000001', 'pending']);
  assert.ok(made.deposit_address);
  const { payment_id } = await client.getPaymentStatus(made.payment_id);
  assert.equal(payment_id, made.payment_id);
  await assert.rejects(client.refundPayment({ payment_id }), lucidpay.ConflictError);
});

test('a wrong key, an unknown payout', async () => {
  const stranger = new lucidpay.LucidPaymentClient({
    baseUrl,
    apiKey: `lp_test_${'x'.repeat(43)}`,
  });
  await assert.rejects(stranger.getPaymentStats(), lucidpay.AuthenticationError);
  const unknown = `payout_${'0'.repeat(12)}7${'0'.repeat(3)}8${'0'.repeat(15)}`;
  await assert.rejects(client.getPayoutStatus(unknown), lucidpay.NotFoundError);
});

test('a webhook of the platform is verified', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const call = async (path, body) => {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
    const url = `${baseUrl}/api/v1/payments/webhooks/${path}`;
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(response.ok, await response.clone().text());
    return response.json();
  };
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { webhook_id, secret } = await call('register', { url, events: ['payout.failed'] });
  const came = once(server, 'request');
  await call(`${webhook_id}/test`, {});
  const [request, response] = await came;
  const chunks = await request.toArray();
  response.end();
  const event = await lucidpay.verifyWebhook(Buffer.concat(chunks), request.headers, secret);
  assert.deepEqual([event.type, event.event_id], ['webhook.test', request.headers['webhook-id']]);
});
