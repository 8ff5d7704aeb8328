// Is a webhook from LucidPay? By Standard Webhooks, with WebCrypto, so it works in every runtime.

/**
 * @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookOptions } from '../types/index.js'
 */
import { WebhookVerificationError } from './errors.js';
import { parseExact } from './exact.js';

const TOLERANCE_S = 300;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * Return the event of a webhook, once it is sure that it is LucidPay's and new enough.
 *
 * @param {WebhookBody} body the bytes that came, or their text, before any parser has seen them
 * @param {WebhookHeaders} headers in any case
 * @param {string | string[]} secrets one, or while it is replaced both: `whsec_…`
 * @param {WebhookOptions} [options]
 * @returns {Promise<WebhookEvent>}
 * @throws {WebhookVerificationError} for whatever must not be believed
 */
export async function verifyWebhook(body, headers, secrets, { toleranceS = TOLERANCE_S } = {}) {
  if (!(toleranceS >= 0)) throw new RangeError('toleranceS is a number of seconds.');
  const keys = [secrets].flat().map(keyBytes);
  if (!keys.length) throw new TypeError('verifyWebhook needs a secret: whsec_…');
  const bytes = bytesOf(body);
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  if (!id) throw new WebhookVerificationError('The webhook has no webhook-id.');
  checkAge(timestamp, toleranceS);
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = joined(head, bytes);
  const right = await Promise.all(keys.map((key) => signature(key, signed)));
  const given = header(headers, 'webhook-signature').split(' ');
  // All of them are compared, so that the time taken tells nothing.
  const matches = right.flatMap((one) => given.map((other) => isSame(one, other)));
  if (!matches.includes(true)) {
    throw new WebhookVerificationError(
      'No signature of the webhook fits: wrong secret, or forged.',
    );
  }
  // Of the copy: what the caller gave may have changed while its signature was checked.
  return { event_id: id, ...eventOf(signed.subarray(head.length)) };
}

/** @param {Uint8Array} bytes */
function eventOf(bytes) {
  try {
    return parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new WebhookVerificationError('The webhook is signed, but it is no JSON.');
  }
}

/**
 * @param {string} timestamp
 * @param {number} toleranceS
 */
function checkAge(timestamp, toleranceS) {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('The webhook has no webhook-timestamp.');
  }
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceS) {
    throw new WebhookVerificationError('The webhook is too old, or a clock is wrong.');
  }
}

/**
 * Return a header's value, empty when it is not there.
 *
 * @param {WebhookHeaders} headers
 * @param {string} name in lower case
 */
function header(headers, name) {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return typeof found?.[1] === 'string' ? found[1] : '';
}

/** @param {string} shown a secret as the platform has shown it */
function keyBytes(shown) {
  const encoded = String(shown ?? '').replace(/^whsec_/, '');
  // An empty key would sign what anybody can sign.
  if (!BASE64.test(encoded)) {
    throw new TypeError('A secret of a webhook is as it was shown: whsec_… (is it set at all?)');
  }
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
}

/** @param {WebhookBody} body */
function bytesOf(body) {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError('verifyWebhook needs the bytes that came, not what a parser made of them.');
}

/**
 * @param {Uint8Array} first
 * @param {Uint8Array} second
 */
function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {Uint8Array<ArrayBuffer>} signed
 */
async function signature(secret, signed) {
  const key = await crypto.subtle.importKey('raw', secret, HMAC, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
  return `v1,${btoa(String.fromCharCode(...mac))}`;
}

/**
 * Return whether two texts are the same, in a time that depends on the right one's length only.
 *
 * @param {string} right
 * @param {string} given
 */
function isSame(right, given) {
  let difference = right.length ^ given.length;
  for (let at = 0; at < right.length; at += 1) {
    difference |= right.charCodeAt(at) ^ given.charCodeAt(at);
  }
  return difference === 0;
}
