// Amounts without a float: JSON.parse would make 9007199254740993.123456 a double and lose digits.

/** @import { Amount } from '../types/index.js' */

const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]|-?\d[\d.eE+-]*/g;
const AMOUNTS =
  /(^|_)(amount|fee|fees|usdt|trx|volume)$|^(average_payment_size|(daily|hourly)_limit_usage)$/;
// What a caller wrote into these comes back as it was. What an error tells is never computed with.
const CALLERS_OWN = new Set(['metadata', 'custom_data']);
const ALL_TEXT = 'details';
const DIGITS_SURE = 15;

/**
 * Return the value of a JSON text from the platform, amounts as text with each of their digits.
 *
 * Amounts are told by their names; so are all numbers in `details` of an error. Numbers in
 * `metadata` and `custom_data` are the caller's and stay numbers, like counts and rates.
 *
 * @param {string} text
 * @returns {any}
 * @throws {SyntaxError} when it is not JSON
 */
export function parseExact(text) {
  let key = '';
  let depth = 0;
  let within = { key: '', depth: 0 };
  const quoted = text.replace(TOKENS, (token, string, colon) => {
    const named = key;
    key = colon ? string.slice(1, -1) : '';
    if (string) return token;
    if (token === '{') {
      depth += 1;
      const special = CALLERS_OWN.has(named) || named === ALL_TEXT;
      if (special && !within.key) within = { key: named, depth };
      return token;
    }
    if (token === '}') {
      if (depth === within.depth) within = { key: '', depth: 0 };
      depth -= 1;
      return token;
    }
    const asText = within.key ? within.key === ALL_TEXT : AMOUNTS.test(named);
    return asText ? `"${token}"` : token;
  });
  return JSON.parse(quoted);
}

/**
 * Return a copy of a body whose amounts are text, in its `payouts` too.
 *
 * @template {object} T
 * @param {T} body
 * @returns {T}
 * @throws {RangeError} when a number is not surely what its writer meant
 */
export function withExactAmounts(body) {
  const copy = /** @type {Record<string, any>} */ ({ ...body });
  for (const name of ['amount', 'amount_usdt']) {
    if (name in copy) copy[name] = amountText(copy[name]);
  }
  if (Array.isArray(copy.payouts)) copy.payouts = copy.payouts.map(withExactAmounts);
  return /** @type {T} */ (copy);
}

/**
 * Return an amount as text. Text is left as it is: the platform judges it.
 *
 * @param {Amount | undefined} amount
 */
function amountText(amount) {
  if (typeof amount === 'bigint') return String(amount);
  if (typeof amount !== 'number') return amount;
  const text = String(amount);
  // 0.1 + 0.2 has 17 digits; what has more than a double surely keeps is no amount.
  const digits = text.replace('.', '').replace(/^0+/, '');
  if (/^\d+(\.\d+)?$/.test(text) && digits.length <= DIGITS_SURE) return text;
  throw new RangeError(`The number ${text} is not surely exact. Give the amount as text: '12.50'.`);
}
