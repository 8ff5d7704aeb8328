// One call over HTTP: one answer, or one error that says whether something may have happened.

/** @import { ClientOptions } from '../types/index.js' */
import { ConnectionFailedError, RequestTimeoutError, UnreadableAnswerError } from './errors.js';
import { parseExact, withExactAmounts } from './exact.js';
import { refusal } from './refusals.js';

const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** What talks to the platform. It keeps the API key where nothing that prints it can see it. */
export class Transport {
  /** @type {string} */
  #authorization;
  /** @type {number} */
  #timeoutMs;

  /** @param {ClientOptions} options */
  constructor({ apiKey, baseUrl, timeoutMs = 30_000 }) {
    // Checked here, since fetch would put a key that is no header into its error.
    if (!isOneWord(apiKey)) {
      throw new TypeError(
        'apiKey is the key alone, without blanks or line ends: lp_live_… or lp_test_…',
      );
    }
    if (!(timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX)) {
      throw new RangeError('timeoutMs is a number of milliseconds above 0.');
    }
    this.#authorization = `Bearer ${apiKey}`;
    this.#timeoutMs = timeoutMs;
    this.baseUrl = baseOf(baseUrl);
  }

  /**
   * @param {string} path
   * @param {object} [query] what is undefined is left out
   */
  get(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return this.#send('GET', given.length ? `${path}?${search}` : path);
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {string} [idempotencyKey]
   */
  async post(path, body, idempotencyKey) {
    return this.#send('POST', path, JSON.stringify(withExactAmounts(body)), idempotencyKey);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   * @param {string} [idempotencyKey]
   * @returns {Promise<any>}
   */
  async #send(method, path, body, idempotencyKey) {
    const sent = { requestId: crypto.randomUUID(), idempotencyKey, changes: method !== 'GET' };
    const { response, text } = await this.#exchange(method, path, body, sent);
    if (!response.ok) throw refusal(response, text, sent);
    try {
      return parseExact(text);
    } catch (cause) {
      const message = 'The answer is a success that cannot be read. Is baseUrl the platform?';
      const code = 'UNREADABLE_ANSWER';
      throw new UnreadableAnswerError(message, { ...unknown(sent), code, cause });
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string | undefined} body
   * @param {Sent} sent
   */
  async #exchange(method, path, body, sent) {
    try {
      const response = await fetch(this.baseUrl + path, {
        method,
        headers: this.#headers(sent, body),
        body,
        // A redirected POST would become a GET, and its answer would look like a success.
        redirect: 'error',
        credentials: 'omit',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (cause) {
      throw this.#failure(cause, sent);
    }
  }

  /**
   * @param {Sent} sent
   * @param {string | undefined} body
   */
  #headers(sent, body) {
    /** @type {Record<string, string>} */
    const headers = {
      Accept: 'application/json',
      Authorization: this.#authorization,
      'X-Request-ID': sent.requestId,
    };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (sent.idempotencyKey !== undefined) headers['Idempotency-Key'] = sent.idempotencyKey;
    return headers;
  }

  /**
   * @param {any} cause
   * @param {Sent} sent
   */
  #failure(cause, sent) {
    if (cause?.name === 'TimeoutError') {
      const message = `No answer within ${this.#timeoutMs} ms.${whatNow(sent)}`;
      return new RequestTimeoutError(message, { ...unknown(sent), code: 'REQUEST_TIMEOUT', cause });
    }
    const why = cause?.cause?.code ?? cause?.cause?.message ?? cause?.message;
    const message = `No connection to ${this.baseUrl}, or it broke: ${why}.${whatNow(sent)}`;
    return new ConnectionFailedError(message, {
      ...unknown(sent),
      code: 'CONNECTION_FAILED',
      cause,
    });
  }
}

/** @typedef {{ requestId: string, idempotencyKey: string | undefined, changes: boolean }} Sent */

/** @param {Sent} sent */
function unknown({ requestId, idempotencyKey, changes }) {
  return { requestId, idempotencyKey, outcomeUnknown: changes };
}

/** @param {Sent} sent */
function whatNow({ idempotencyKey }) {
  return idempotencyKey ? ' It may have happened: repeat it with the same idempotencyKey.' : '';
}

/** @param {unknown} text */
function isOneWord(text) {
  return typeof text === 'string' && /^[!-~]+$/.test(text);
}

/** @param {string} baseUrl */
function baseOf(baseUrl) {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('baseUrl is where the platform is, such as https://pay.example.org');
  }
  return url.href.replace(/\/+$/, '');
}
