// The sandbox's control API, and people with money.
import { TronWeb, utils } from 'tronweb';

export const url = process.env.SANDBOX_URL;
export const SUN = 1_000_000;

export async function control(method, path, body) {
  const response = await fetch(`${url}/sandbox/${path}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.error}`);
  return answer;
}

export const state = () => control('GET', 'state');
export const mine = (blocks = 1) => control('POST', 'mine', { blocks, interval_ms: 100 });
export const step = (seconds) => control('POST', 'step', { seconds });

/** A new account that owns this much, and a client that signs with its key. */
export async function person({ trx = 0, usdt = 0 } = {}) {
  const { privateKey, address } = utils.accounts.generateAccount();
  const tronWeb = new TronWeb({ fullHost: url, privateKey: privateKey.replace(/^0x/, '') });
  if (trx || usdt) {
    await control('POST', 'faucet', { address: address.base58, trx, usdt });
    await mine();
  }
  return { address: address.base58, tronWeb };
}
