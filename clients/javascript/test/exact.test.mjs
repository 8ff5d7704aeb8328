import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { LucidPaymentClient, parseExact } from 'lucidpay-client';

import { withExactAmounts } from '../src/exact.js';
import { platform } from './server.mjs';

const HUGE = '9007199254740993.123456';

test('an amount loses no digit on its way to the caller', async (t) => {
  const body = `{"payout_id": "payout_1", "amount_usdt": ${HUGE}, "fee_trx":13.370000}`;
  const client = new LucidPaymentClient(await platform(t, () => ({ body })));
  const payout = await client.getPayoutStatus('payout_1');
  assert.equal(payout.amount_usdt, HUGE);
  assert.equal(payout.fee_trx, '13.370000');
});

test('amounts are text, whole ones too; counts and rates are numbers, and null is null', () => {
  const text =
    '{"total_amount_usdt":12,"total_payouts":12,"success_rate":99.5,"fee_trx":null,' +
    '"payouts_by_router":{"PayoutRouterV0":{"count":1,"amount_usdt":1e2}},"recent_payouts_24h":3}';
  assert.deepEqual(parseExact(text), {
    total_amount_usdt: '12',
    total_payouts: 12,
    success_rate: 99.5,
    fee_trx: null,
    payouts_by_router: { PayoutRouterV0: { count: 1, amount_usdt: '1e2' } },
    recent_payouts_24h: 3,
  });
});

test('what the caller put into metadata comes back as it was', () => {
  const text =
    '{"metadata":{"amount":5,"more":{"fee":1.5},"list":[{"amount":2}]},' +
    '"custom_data":{"details":{"amount":7}},"amount_usdt":1}';
  assert.deepEqual(parseExact(text), {
    metadata: { amount: 5, more: { fee: 1.5 }, list: [{ amount: 2 }] },
    custom_data: { details: { amount: 7 } },
    amount_usdt: '1',
  });
});

test('text that looks like JSON stays text', () => {
  const value = { reason: 'a "amount_usdt": 5, {"metadata": {', reference_id: '\\', amount: '7' };
  assert.deepEqual(parseExact(`${JSON.stringify(value).slice(0, -1)},"fee":0.10}`), {
    ...value,
    fee: '0.10',
  });
});

test('a long text is read in one go', () => {
  const long = `${'x\\'.repeat(1_000_000)}"`;
  assert.equal(parseExact(JSON.stringify({ reason: long })).reason, long);
});

test('every amount in the description of the API is one here, and nothing else is', () => {
  const description = new URL('../../../docs/openapi.json', import.meta.url);
  const { schemas } = JSON.parse(readFileSync(description)).components;
  const ours = [
    'PayoutOut',
    'PaginationOut',
    'BatchCreatedOut',
    'BatchOut',
    'StatsOut',
    'RouterStatsOut',
    'PaymentOut',
    'LegOut',
    'RefundOut',
  ];
  const numbers = ours
    .flatMap((name) => Object.entries(schemas[name].properties))
    .map(([name, { type, format }]) => ({ name, types: [type].flat(), format }))
    .filter(({ types }) => types.includes('number') || types.includes('integer'));
  assert.ok(numbers.length > 40);
  for (const { name, types, format } of numbers) {
    const isAmount = types.includes('number') && format !== 'double';
    assert.deepEqual(parseExact(`{"${name}":1.0}`), { [name]: isAmount ? '1.0' : 1 }, name);
  }
});

test('amounts go out as text, digit for digit, those of a batch too', () => {
  const items = [{ amount_usdt: 12.5 }, { amount_usdt: '0.10' }, { amount_usdt: 10n }];
  assert.deepEqual(withExactAmounts({ payouts: items, amount: 3 }), {
    payouts: [{ amount_usdt: '12.5' }, { amount_usdt: '0.10' }, { amount_usdt: '10' }],
    amount: '3',
  });
  assert.deepEqual(items[0], { amount_usdt: 12.5 }, 'what the caller holds is not changed');
});

for (const amount of [0.1 + 0.2, 9007199254740993.12, 1e21, 1e-7, -1, NaN, Infinity]) {
  test(`it refuses the number ${amount}, which may not be meant, and sends nothing`, async (t) => {
    const at = await platform(t, () => ({}));
    const client = new LucidPaymentClient(at);
    await assert.rejects(client.createPayout({ amount_usdt: amount }), RangeError);
    assert.deepEqual(at.asked, []);
  });
}
