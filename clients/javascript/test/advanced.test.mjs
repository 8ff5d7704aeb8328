import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  AdvancedLucidPaymentClient,
  ConfirmationTimeoutError,
  RateLimitError,
} from 'lucidpay-client';

import { waitS } from '../src/retry.js';
import { platform, refused } from './server.mjs';

const PAYOUT = { recipient_address: 'T…', amount_usdt: '12.50', reason: 'salary' };
const LATER = { 'retry-after': '0' };
const keysOf = ({ asked }) => new Set(asked.map(({ headers }) => headers['idempotency-key']));
const patient = (at, more) =>
  new AdvancedLucidPaymentClient({ ...at, waitMinS: 0, waitMaxS: 0, ...more });
const caught = (call) =>
  call.then(
    () => assert.fail('it did not fail'),
    (error) => error,
  );

for (const [what, answer] of [
  ['a broken connection', () => null],
  ['no answer', () => undefined],
  ['a 500', () => refused(500, 'LUCID_ERR_1000', 'Oh.')],
  ['a 503', () => refused(503, 'LUCID_ERR_1000', 'Busy.', {}, LATER)],
  ['a 429', () => refused(429, 'LUCID_ERR_2009', 'Slow.', {}, LATER)],
  ['a first try that still runs', () => refused(409, 'LUCID_ERR_1005', 'Idempotency-Key in use')],
]) {
  test(`after ${what} it tries again with the same key and body`, async (t) => {
    const at = await platform(t, (_, number) =>
      number < 2 ? answer() : { body: { payout_id: 'payout_1' } },
    );
    const timeoutMs = what === 'no answer' ? 1000 : undefined;
    const payout = await patient(at, { timeoutMs }).createPayoutWithRetry(PAYOUT);
    assert.equal(payout.payout_id, 'payout_1');
    assert.equal(at.asked.length, 3);
    assert.equal(keysOf(at).size, 1);
    assert.equal(new Set(at.asked.map(({ body }) => body)).size, 1);
  });
}

for (const [status, code] of [
  [400, 'LUCID_ERR_2001'],
  [401, 'LUCID_ERR_1002'],
  [409, 'LUCID_ERR_1005'],
  [422, 'LUCID_ERR_1006'],
  [500, 'LUCID_ERR_2007'],
]) {
  test(`${code} is not tried again`, async (t) => {
    const at = await platform(t, () => refused(status, code, 'No.'));
    const error = await caught(patient(at).createPayoutWithRetry(PAYOUT));
    assert.deepEqual([error.code, error.tries, at.asked.length], [code, 1, 1]);
  });
}

test('after three tries it gives up and tells the key', async (t) => {
  const at = await platform(t, () => null);
  const error = await caught(patient(at).createPayoutWithRetry(PAYOUT));
  assert.deepEqual([error.tries, at.asked.length, error.outcomeUnknown], [3, 3, true]);
  assert.deepEqual([...keysOf(at)], [error.idempotencyKey]);
});

test('a refusal after a try without an answer does not say that nobody was paid', async (t) => {
  const at = await platform(t, (_, number) =>
    number === 0 ? null : refused(400, 'LUCID_ERR_2002', 'Too much.'),
  );
  const error = await caught(patient(at).createPayoutWithRetry(PAYOUT));
  assert.deepEqual([error.code, error.tries, error.outcomeUnknown], ['LUCID_ERR_2002', 2, true]);
});

test('it waits 4, 8, then 10 seconds, and never less than Retry-After', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((done) => waitS(done, {}, 4, 10)),
    [4, 8, 10, 10],
  );
  assert.equal(waitS(1, { retryAfterS: 42 }, 4, 10), 42);
});

test('it comes back when Retry-After says, not before', async (t) => {
  let opensAt;
  const at = await platform(t, () => {
    opensAt ??= performance.now() + 990;
    if (performance.now() >= opensAt) return { body: { payout_id: 'payout_1' } };
    return refused(429, 'LUCID_ERR_2009', 'Slow.', {}, { 'retry-after': '1' });
  });
  const payout = await patient(at, { tries: 2 }).createPayoutWithRetry(PAYOUT);
  assert.equal(payout.payout_id, 'payout_1');
});

test('it does not wait for hours', async (t) => {
  const inHours = new Date(Date.now() + 7_200_000).toUTCString();
  const at = await platform(t, () =>
    refused(429, 'LUCID_ERR_2009', 'Slow.', {}, { 'retry-after': inHours }),
  );
  const error = await caught(patient(at).createPayoutWithRetry(PAYOUT));
  assert.ok(error instanceof RateLimitError);
  assert.equal(error.tries, 1);
  assert.ok(error.retryAfterS > 7000);
});

test('many are paid in order, and one that fails hides no other', async (t) => {
  const at = await platform(t, ({ body }) => {
    const { reason } = JSON.parse(body);
    return reason === '3' ? refused(400, 'LUCID_ERR_2001', 'No.') : { body: { reason } };
  });
  const payouts = Array.from({ length: 12 }, (_, index) => ({ ...PAYOUT, reason: `${index}` }));
  payouts[5].amount_usdt = 0.1 + 0.2;
  const idempotencyKeys = payouts.map(({ reason }) => `key-${reason}`);
  const results = await patient(at).createPayoutsParallel(payouts, {
    maxConcurrent: 4,
    idempotencyKeys,
  });
  const failing = results.map(({ status }, index) => (status === 'rejected' ? index : -1));
  assert.deepEqual(
    failing.filter((index) => index >= 0),
    [3, 5],
  );
  assert.ok(results.every(({ value }, index) => !value || value.reason === `${index}`));
  assert.equal(results[3].reason.idempotencyKey, 'key-3');
  assert.equal(results[5].reason.name, 'RangeError');
  for (const { headers, body } of at.asked) {
    assert.equal(headers['idempotency-key'], `key-${JSON.parse(body).reason}`);
  }
});

test('of many, only a few are under way at a time', async (t) => {
  let open = 0;
  let most = 0;
  class Counting extends AdvancedLucidPaymentClient {
    async createPayout(...given) {
      open += 1;
      most = Math.max(most, open);
      return super.createPayout(...given).finally(() => (open -= 1));
    }
  }
  const at = await platform(t, () => ({ body: {} }));
  const payouts = Array.from({ length: 12 }, () => PAYOUT);
  await new Counting(at).createPayoutsParallel(payouts);
  assert.deepEqual([most, keysOf(at).size], [5, 12]);
});

test('many have a key each, or it does not begin', async (t) => {
  const at = await platform(t, () => ({}));
  for (const idempotencyKeys of [['a'], ['a', 'a']]) {
    const call = patient(at).createPayoutsParallel([PAYOUT, PAYOUT], { idempotencyKeys });
    await assert.rejects(call, RangeError);
  }
  await assert.rejects(
    patient(at).createPayoutsParallel([PAYOUT], { maxConcurrent: 0 }),
    RangeError,
  );
  assert.deepEqual(at.asked, []);
});

for (const status of ['confirmed', 'failed', 'cancelled']) {
  test(`it waits until the payout is ${status}, whatever goes wrong meanwhile`, async (t) => {
    const said = [
      { body: { status: 'pending' } },
      refused(429, 'LUCID_ERR_2009', 'Slow.', {}, LATER),
      refused(503, 'LUCID_ERR_1000', 'Busy.'),
      null,
      { body: { status: 'processing' } },
      { body: { status } },
    ];
    const at = await platform(t, (_, number) => said[number]);
    const payout = await patient(at).waitForConfirmation('payout_1', { pollEveryS: 0.001 });
    assert.equal(payout.status, status);
    assert.equal(at.asked.length, 6);
  });
}

test('when it has not ended in time, it says not to pay again', async (t) => {
  const at = await platform(t, () => ({ body: { status: 'processing' } }));
  const options = { timeoutMinutes: 0.001, pollEveryS: 0.01 };
  const error = await caught(patient(at).waitForConfirmation('payout_1', options));
  assert.ok(error instanceof ConfirmationTimeoutError);
  assert.equal(error.payoutId, 'payout_1');
  assert.match(error.message, /still under way: do not pay it again/);
});

test('it does not wait for a payout that is not there', async (t) => {
  const at = await platform(t, () => refused(404, 'LUCID_ERR_2005', 'Payout not found'));
  const error = await caught(patient(at).waitForConfirmation('payout_1'));
  assert.equal(error.name, 'NotFoundError');
  assert.equal(at.asked.length, 1);
});

test('options that make no sense are refused', () => {
  const client = { apiKey: 'k', baseUrl: 'https://x' };
  for (const options of [
    { tries: 0 },
    { tries: 1.5 },
    { waitMinS: -1 },
    { waitMinS: 5, waitMaxS: 1 },
  ]) {
    assert.throws(() => new AdvancedLucidPaymentClient({ ...client, ...options }), RangeError);
  }
});
