import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as lucidpay from 'lucidpay-client';

import { KEY, platform, refused } from './server.mjs';

const { LucidPaymentClient } = lucidpay;
const PAYOUT = { recipient_address: 'T…', amount_usdt: '12.50', reason: 'salary' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function failed(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
}

test('each method is one call of the API', async (t) => {
  const at = await platform(t, () => ({ body: { payout_id: 'payout_1' } }));
  const client = new LucidPaymentClient({ ...at, baseUrl: `${at.baseUrl}/` });
  await client.createPayout(PAYOUT);
  await client.getPayoutStatus('payout_1');
  await client.listPayouts({ status: 'failed', limit: 5, cursor: undefined });
  await client.cancelPayout('payout_1', { reason: 'typo' });
  await client.createBatchPayout([PAYOUT]);
  await client.createBatchPayout({ payouts: [PAYOUT], batch_type: 'DAILY' });
  await client.getBatchStatus('batch_1');
  await client.getPaymentStats({ period: 'week' });
  await client.createPayment({ payer_address: 'T1', payee_address: 'T2', amount: 5 });
  await client.getPaymentStatus('pay_1');
  await client.refundPayment({ payment_id: 'pay_1' });
  const list = [PAYOUT];
  assert.deepEqual(
    at.asked.map(({ method, url, body }) => [method, url, body && JSON.parse(body)]),
    [
      ['POST', '/api/payment/payouts', PAYOUT],
      ['GET', '/api/payment/payouts/payout_1', ''],
      ['GET', '/api/payment/payouts?status=failed&limit=5', ''],
      ['POST', '/api/payment/payouts/payout_1/cancel', { reason: 'typo' }],
      ['POST', '/api/payment/payouts/batch', { payouts: list }],
      ['POST', '/api/payment/payouts/batch', { payouts: list, batch_type: 'DAILY' }],
      ['GET', '/api/payment/payouts/batch/batch_1', ''],
      ['GET', '/api/payment/stats?period=week', ''],
      [
        'POST',
        '/api/v1/payments/create',
        { payer_address: 'T1', payee_address: 'T2', amount: '5' },
      ],
      ['GET', '/api/v1/payments/status/pay_1', ''],
      ['POST', '/api/v1/payments/refund', { payment_id: 'pay_1' }],
    ],
  );
  assert.ok(at.asked.every(({ headers }) => headers.authorization === `Bearer ${KEY}`));
  const creating = at.asked.filter(({ headers }) => UUID.test(headers['idempotency-key']));
  assert.equal(creating.length, 5, 'nothing is created without a key, and nothing else has one');
});

test('a batch whose payouts all have references has a key made of them', async (t) => {
  const at = await platform(t, () => ({ body: {} }));
  const client = new LucidPaymentClient(at);
  const [a, b] = ['a', 'b'].map((reference_id) => ({ ...PAYOUT, reference_id }));
  for (const batch of [
    [a, b],
    [a, b],
    [b, a],
    [a, PAYOUT],
    [a, PAYOUT],
  ]) {
    await client.createBatchPayout(batch);
  }
  const [first, again, ...others] = at.asked.map(({ headers }) => headers['idempotency-key']);
  assert.equal(again, first);
  assert.equal(new Set([first, ...others]).size, 4);
});

test('a key of the caller goes along as it is', async (t) => {
  const at = await platform(t, () => ({ body: {} }));
  await new LucidPaymentClient(at).createPayout(PAYOUT, { idempotencyKey: 'salary 7' });
  assert.equal(at.asked[0].headers['idempotency-key'], 'salary 7');
});

test('without a key, the same reference has the same key, and no other', async (t) => {
  const at = await platform(t, () => ({ body: {} }));
  for (const reference_id of ['März 7', 'März 7', 'März 8']) {
    await new LucidPaymentClient(at).createPayout({ ...PAYOUT, reference_id });
  }
  const keys = at.asked.map(({ headers }) => headers['idempotency-key']);
  assert.match(keys[0], /^reference-[0-9a-f]{64}$/);
  assert.equal(keys[1], keys[0]);
  assert.notEqual(keys[2], keys[0]);
});

for (const idempotencyKey of ['', ' a', 'a\n', 'ä', 'x'.repeat(256), null, 7]) {
  test(`it refuses the key ${inspect(idempotencyKey).slice(0, 9)} and sends nothing`, async (t) => {
    const at = await platform(t, () => ({ body: {} }));
    const call = new LucidPaymentClient(at).createPayout(PAYOUT, { idempotencyKey });
    await assert.rejects(call, TypeError);
    assert.deepEqual(at.asked, []);
  });
}

for (const id of ['', '..', 'a/b', 'a?b', undefined]) {
  test(`it asks for no payout named ${id}`, async (t) => {
    const at = await platform(t, () => ({ body: {} }));
    await assert.rejects(new LucidPaymentClient(at).getPayoutStatus(id), TypeError);
    assert.deepEqual(at.asked, []);
  });
}

test('it iterates over all pages by their cursors', async (t) => {
  const pages = { first: ['1', '2'], c1: ['3'], c2: [] };
  const next = { first: 'c1', c1: 'c2', c2: null };
  const at = await platform(t, ({ url }) => {
    const at_cursor = new URL(url, 'http://x').searchParams.get('cursor') ?? 'first';
    const payouts = pages[at_cursor].map((payout_id) => ({ payout_id }));
    return { body: { payouts, pagination: { next_cursor: next[at_cursor] } } };
  });
  const ids = [];
  for await (const { payout_id } of new LucidPaymentClient(at).iteratePayouts({
    status: 'failed',
  })) {
    ids.push(payout_id);
  }
  assert.deepEqual(ids, ['1', '2', '3']);
  assert.ok(at.asked.every(({ url }) => url.includes('limit=100&status=failed')));
});

for (const [status, code, kind] of [
  [400, 'LUCID_ERR_1001', 'InvalidRequestError'],
  [401, 'LUCID_ERR_1002', 'AuthenticationError'],
  [403, 'LUCID_ERR_2010', 'PermissionDeniedError'],
  [404, 'LUCID_ERR_2005', 'NotFoundError'],
  [409, 'LUCID_ERR_1005', 'ConflictError'],
  [422, 'LUCID_ERR_1006', 'KeyReusedError'],
  [400, 'LUCID_ERR_2001', 'InvalidAddressError'],
  [400, 'LUCID_ERR_2002', 'LimitExceededError'],
  [400, 'LUCID_ERR_2003', 'CircuitOpenError'],
  [400, 'LUCID_ERR_2004', 'InvalidRouterError'],
  [500, 'LUCID_ERR_2007', 'InsufficientBalanceError'],
  [429, 'LUCID_ERR_2009', 'RateLimitError'],
  [400, 'LUCID_ERR_9999', 'InvalidRequestError'],
]) {
  test(`${code} is ${kind}, and nothing has happened`, async (t) => {
    const at = await platform(t, () =>
      refused(status, code, 'No.', { limit: 1 }, { 'retry-after': '7' }),
    );
    const call = new LucidPaymentClient(at).createPayout(PAYOUT, { idempotencyKey: 'k' });
    const error = await failed(call);
    assert.equal(error.constructor, lucidpay[kind]);
    assert.ok(error instanceof lucidpay.LucidPayError);
    const { name, message, idempotencyKey, requestId, details, retryAfterS, outcomeUnknown } =
      error;
    assert.deepEqual([error.status, error.code, name, message], [status, code, kind, 'No.']);
    assert.deepEqual([idempotencyKey, requestId, retryAfterS], ['k', 'r-1', 7]);
    assert.deepEqual([details, outcomeUnknown], [{ limit: '1' }, false]);
  });
}

for (const [what, answer, kind, code] of [
  [
    'an error of the platform',
    () => refused(500, 'LUCID_ERR_1000', 'Oh.'),
    'ServerError',
    'LUCID_ERR_1000',
  ],
  ['a page of a proxy', () => ({ status: 502, body: '<html>"' }), 'ServerError', 'HTTP_502'],
  ['a broken connection', () => null, 'ConnectionFailedError', 'CONNECTION_FAILED'],
  ['no answer', () => undefined, 'RequestTimeoutError', 'REQUEST_TIMEOUT'],
  [
    'a success that is no JSON',
    () => ({ body: '<html>' }),
    'UnreadableAnswerError',
    'UNREADABLE_ANSWER',
  ],
  [
    'a redirect',
    () => ({ status: 302, headers: { location: '/' } }),
    'ConnectionFailedError',
    'CONNECTION_FAILED',
  ],
  [
    'a first request that still runs',
    () =>
      refused(
        409,
        'LUCID_ERR_1005',
        'The first request with this Idempotency-Key is still running.',
      ),
    'KeyInUseError',
    'LUCID_ERR_1005',
  ],
]) {
  test(`after ${what} nobody knows, and the error tells the key to repeat it with`, async (t) => {
    const at = await platform(t, answer);
    const timeoutMs = kind === 'RequestTimeoutError' ? 300 : undefined;
    const error = await failed(new LucidPaymentClient({ ...at, timeoutMs }).createPayout(PAYOUT));
    assert.equal(error.constructor, lucidpay[kind]);
    assert.deepEqual([error.code, error.outcomeUnknown, at.asked.length], [code, true, 1]);
    assert.equal(error.idempotencyKey, at.asked[0].headers['idempotency-key']);
    assert.match(error.idempotencyKey, UUID);
    assert.ok(error.requestId);
  });
}

test('a question without an answer has changed nothing', async (t) => {
  const at = await platform(t, () => null);
  const error = await failed(new LucidPaymentClient(at).getPayoutStatus('payout_1'));
  assert.deepEqual([error.outcomeUnknown, error.idempotencyKey], [false, undefined]);
});

test('a body that stops in the middle is a time-out', async (t) => {
  const headers = { 'content-length': '99' };
  const at = await platform(t, () => ({ status: 201, headers, body: '{"payout_id":' }));
  const error = await failed(
    new LucidPaymentClient({ ...at, timeoutMs: 300 }).createPayout(PAYOUT),
  );
  assert.equal(error.name, 'RequestTimeoutError');
  assert.equal(error.outcomeUnknown, true);
});

test('nothing that prints the client or an error shows the API key', async (t) => {
  const at = await platform(t, () => null);
  const client = new LucidPaymentClient(at);
  const error = await failed(client.createPayout(PAYOUT));
  const all = { depth: Infinity, showHidden: true, getters: true };
  for (const shown of [client, error, { client, error }]) {
    assert.ok(!inspect(shown, all).includes(KEY));
    assert.ok(!JSON.stringify(shown).includes(KEY));
    assert.ok(!String(shown).includes(KEY));
  }
  assert.ok(inspect(client, all).includes(at.baseUrl));
});

test('a key that is no header is refused without being shown', () => {
  for (const apiKey of [`${KEY}\n`, `${KEY} `, `Bearer ${KEY}`, '', undefined]) {
    const make = () => new LucidPaymentClient({ apiKey, baseUrl: 'http://127.0.0.1' });
    assert.throws(make, (error) => error instanceof TypeError && !inspect(error).includes(KEY));
  }
});

test('it wants a base address and a time-out that make sense', () => {
  for (const baseUrl of [
    undefined,
    '',
    'pay.example',
    'ftp://x',
    'https://u:p@x',
    'https://x/?a=1',
  ]) {
    assert.throws(() => new LucidPaymentClient({ apiKey: KEY, baseUrl }), TypeError);
  }
  for (const timeoutMs of [0, -1, NaN, 2 ** 31, '']) {
    const options = { apiKey: KEY, baseUrl: 'https://x', timeoutMs };
    assert.throws(() => new LucidPaymentClient(options), RangeError);
  }
});

test('require() gives the same classes where Node has it, and says so where not', () => {
  const required = () => createRequire(import.meta.url)('lucidpay-client').LucidPaymentClient;
  if (process.features.require_module) assert.equal(required(), LucidPaymentClient);
  else assert.throws(required, { code: 'ERR_REQUIRE_ESM' });
});

test('the quick start of the README is the example', () => {
  const [readme, example] = ['README.md', 'examples/pay.mjs'].map((name) =>
    readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'),
  );
  assert.ok(readme.includes(`\n\`\`\`js\n${example}\`\`\`\n`));
});
