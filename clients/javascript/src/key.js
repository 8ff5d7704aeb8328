// The Idempotency-Key: nothing is created without one.

const KEY = /^[!-~](?:[ -~]{0,253}[!-~])?$/;

/**
 * Return the caller's key; otherwise one made of the reference, which is as unique; otherwise a
 * new one. So who repeats a reference after a crash repeats the key as well.
 *
 * @param {string | undefined} key
 * @param {{ reference_id?: string | undefined }} [body]
 * @returns {Promise<string>}
 * @throws {TypeError} when the caller's key is none
 */
export async function keyOf(key, body) {
  if (key === undefined) {
    return body?.reference_id ? keyOfReference(body.reference_id) : crypto.randomUUID();
  }
  // Blanks at the ends would be lost on the way, and the key be another one.
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new TypeError('idempotencyKey is 1 to 255 printable ASCII signs, no blank at its ends.');
}

/**
 * Return a digest, since a reference may have signs that a header may not.
 *
 * @param {string} reference
 */
async function keyOfReference(reference) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(reference));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
  return `reference-${hex.join('')}`;
}
