import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import {
  AdvancedLucidPaymentClient,
  WebhookVerificationError,
  verifyWebhook,
} from 'lucidpay-client';

const BODY =
  '{"type":"payout.confirmed","timestamp":"2026-01-31T09:00:00Z",' +
  '"data":{"payout_id":"payout_1","amount_usdt":9007199254740993.123456,"reason":"März"}}';
const secretNew = () => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = secretNew();
const now = () => Math.floor(Date.now() / 1000);

function sign(secret, { id = 'evt_1', at = now(), body = BODY } = {}) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')}`;
}

function headersOf({
  id = 'evt_1',
  at = now(),
  body = BODY,
  signature = sign(SECRET, { id, at, body }),
} = {}) {
  return { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': signature };
}

const refusedAs = (body, headers, kind, secrets = SECRET, options = undefined) =>
  assert.rejects(verifyWebhook(body, headers, secrets, options), kind);

test('it returns the event, amounts as text', async () => {
  const { event_id, type, timestamp, data } = await verifyWebhook(BODY, headersOf(), SECRET);
  assert.deepEqual(
    [event_id, type, timestamp],
    ['evt_1', 'payout.confirmed', '2026-01-31T09:00:00Z'],
  );
  assert.deepEqual(data, {
    payout_id: 'payout_1',
    amount_usdt: '9007199254740993.123456',
    reason: 'März',
  });
});

test('it takes bytes however they come, and headers in any case', async () => {
  const bytes = Buffer.from(BODY);
  const whole = new Uint8Array(bytes).buffer;
  for (const body of [bytes, new Uint8Array(bytes), whole]) {
    assert.equal((await verifyWebhook(body, headersOf(), SECRET)).event_id, 'evt_1');
  }
  const shouted = Object.entries(headersOf()).map(([name, value]) => [name.toUpperCase(), value]);
  for (const headers of [Object.fromEntries(shouted), new Headers(headersOf())]) {
    assert.equal((await verifyWebhook(BODY, headers, SECRET)).event_id, 'evt_1');
  }
});

test('while a secret is replaced, either side may know one of two', async () => {
  const other = secretNew();
  const both = headersOf({ signature: `${sign(other)} ${sign(SECRET)}` });
  assert.ok(await verifyWebhook(BODY, both, SECRET));
  assert.ok(await verifyWebhook(BODY, both, other));
  assert.ok(await verifyWebhook(BODY, headersOf(), [other, SECRET]));
  await refusedAs(BODY, both, WebhookVerificationError, secretNew());
});

test('what was changed on the way is refused: body, id, time, signature', async () => {
  const spoilt = Buffer.from(BODY);
  spoilt[20] ^= 1;
  await refusedAs(spoilt, headersOf(), WebhookVerificationError);
  await refusedAs(`${BODY} `, headersOf(), WebhookVerificationError);
  const at = now();
  const signature = sign(SECRET, { at });
  await refusedAs(BODY, headersOf({ id: 'evt_2', signature, at }), WebhookVerificationError);
  await refusedAs(BODY, headersOf({ at: at - 1, signature }), WebhookVerificationError);
  for (const other of [
    '',
    'v1,',
    signature.slice(0, -1),
    `${signature}x`,
    signature.replace('v1', 'v2'),
    signature.slice(3),
    signature.replace(/.=$/, (end) => (end === 'A=' ? 'B=' : 'A=')),
  ]) {
    await refusedAs(BODY, headersOf({ signature: other, at }), WebhookVerificationError);
  }
});

test('what is too old, or from a clock too far ahead, is refused', async () => {
  for (const off of [-302, 302, -1e9]) {
    await refusedAs(BODY, headersOf({ at: now() + off }), WebhookVerificationError);
  }
  assert.ok(await verifyWebhook(BODY, headersOf({ at: now() - 290 }), SECRET));
  await refusedAs(BODY, headersOf({ at: now() - 62 }), WebhookVerificationError, SECRET, {
    toleranceS: 60,
  });
  await refusedAs(BODY, headersOf(), RangeError, SECRET, { toleranceS: NaN });
});

test('a time that is no number, and headers that are missing, are refused', async () => {
  for (const at of ['', '1e9', '-5', '0x10', 'NaN', ' 5']) {
    await refusedAs(
      BODY,
      headersOf({ at, signature: sign(SECRET, { at }) }),
      WebhookVerificationError,
    );
  }
  await refusedAs(BODY, {}, WebhookVerificationError);
  await refusedAs(
    BODY,
    { ...headersOf(), 'webhook-signature': [sign(SECRET)] },
    WebhookVerificationError,
  );
  await refusedAs(BODY, headersOf({ id: '' }), WebhookVerificationError);
});

test('without a secret nothing is believed, and no error shows one', async () => {
  const empty = `v1,${createHmac('sha256', '').update(`evt_1.${now()}.${BODY}`).digest('base64')}`;
  for (const secrets of [
    '',
    'whsec_',
    null,
    [],
    [undefined],
    [SECRET, ''],
    `${SECRET}\n`,
    'whsec_abc',
  ]) {
    await refusedAs(
      BODY,
      headersOf({ signature: empty }),
      (error) => error instanceof TypeError && !error.message.includes(SECRET),
      secrets,
    );
  }
});

test('what a parser made of the body is refused as a mistake', async () => {
  await refusedAs(JSON.parse(BODY), headersOf(), TypeError);
});

test('what is signed and no JSON is refused', async () => {
  for (const body of ['{', Buffer.from('{"type":"\xff"}', 'latin1')]) {
    await refusedAs(body, headersOf({ body }), WebhookVerificationError);
  }
});

test('what is done to the bytes while they are checked does not change the event', async () => {
  const bytes = Buffer.from(BODY);
  const checking = verifyWebhook(bytes, headersOf(), SECRET);
  bytes.fill(' ');
  assert.equal((await checking).type, 'payout.confirmed');
});

test('the advanced client does the same', async () => {
  const client = new AdvancedLucidPaymentClient({ apiKey: 'k', baseUrl: 'https://x' });
  assert.equal((await client.verifyWebhook(BODY, headersOf(), SECRET)).event_id, 'evt_1');
});
