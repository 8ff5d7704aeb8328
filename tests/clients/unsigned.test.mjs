// What the platform hands out to be signed: TronWeb, unmodified, signs it, and nodes accept it.
// TronWeb's own builders make the very same bytes of each kind, so no encoder here stands alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { SUN, control, mine, person, state, step, url } from './sandbox.mjs';

const DAY_S = 86_400;
const MEMO = 'März №7';
const TRANSFERS_ONLY = '02'.padEnd(64, '0');
let platform, answers, usdt, alice, bob, carol, witnesses;
let timestamp_ms = 1_770_000_000_000;

before(async () => {
  assert.ok(url, 'SANDBOX_URL is not set: run python tests/clients/run.py');
  platform = spawn(process.env.PYTHON ?? 'python3', ['build.py'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  answers = createInterface({ input: platform.stdout });
  usdt = (await state()).usdt_contract;
  [alice, bob, carol] = [await person({ trx: 5000, usdt: 50 }), await person({ trx: 1 }),
    await person({ usdt: 1 })];
  const listed = await alice.tronWeb.trx.listSuperRepresentatives();
  witnesses = listed.slice(0, 2).map(({ address }) => alice.tronWeb.address.fromHex(address));
});

after(() => platform.stdin.end());

/** Return what the platform shows of a transaction of alice's that refers to the solid block. */
async function handed(kind, fields) {
  const { solid, head_time_ms } = await state();
  timestamp_ms += 1;
  const times = { expiration_ms: head_time_ms + 60_000, timestamp_ms };
  const given = { kind, sender: alice.address, ref_block_id: solid.id, ...times, ...fields };
  const answer = once(answers, 'line');
  platform.stdin.write(`${JSON.stringify(given)}\n`);
  const [line] = await answer;
  return JSON.parse(line);
}

/** Return what of a transaction TronWeb's builders are told, to make the same one. */
function header({ raw_data: { ref_block_bytes, ref_block_hash, expiration, timestamp } }) {
  return { blockHeader: { ref_block_bytes, ref_block_hash, expiration, timestamp } };
}

/** Send, mine and return the receipt. */
async function accepted(signed) {
  const sent = await alice.tronWeb.trx.sendRawTransaction(signed);
  assert.equal(sent.result, true, sent.message && alice.tronWeb.toUtf8(sent.message));
  await mine();
  return alice.tronWeb.trx.getUnconfirmedTransactionInfo(signed.txID);
}

async function later(seconds) {
  await step(seconds);
  await mine(20);
}

const builder = () => alice.tronWeb.transactionBuilder;

async function call(name, recipient, amount, options) {
  const parameters = [
    { type: 'address', value: recipient },
    { type: 'uint256', value: amount },
  ];
  const given = { feeLimit: 50 * SUN, txLocal: true, ...options };
  const made = await builder().triggerSmartContract(
    usdt, `${name}(address,uint256)`, given, parameters, alice.address);
  return made.transaction;
}

const token = { fee_limit_sun: 50 * SUN };
const energy = { resource: 'ENERGY' };

// Kind, its fields, how TronWeb builds it, and what must have happened before.
const KINDS = [
  ['transfer', () => ({ ...token, contract: usdt, recipient: carol.address, amount: 7 * SUN }),
    (same) => call('transfer', carol.address, 7 * SUN, same)],
  ['transfer', () => ({ ...token, contract: usdt, recipient: carol.address, amount: 1, memo: MEMO }),
    async (same) => builder().addUpdateData(
      await call('transfer', carol.address, 1, same), MEMO, 'utf8', { txLocal: true })],
  ['approve', () => ({ ...token, contract: usdt, recipient: bob.address, amount: 5 * SUN }),
    (same) => call('approve', bob.address, 5 * SUN, same)],
  ['approve', () => ({ ...token, contract: usdt, recipient: bob.address }),
    (same) => call('approve', bob.address, 0, same)],
  ['transfer_trx', () => ({ recipient: bob.address, amount: 3 * SUN + 1 }),
    (same) => builder().sendTrx(bob.address, 3 * SUN + 1, alice.address, same)],
  ['stake', () => ({ amount: 1000 * SUN, terms: energy }),
    (same) => builder().freezeBalanceV2(1000 * SUN, 'ENERGY', alice.address, same)],
  ['stake', () => ({ amount: 2 * SUN, terms: { resource: 'BANDWIDTH' } }),
    (same) => builder().freezeBalanceV2(2 * SUN, 'BANDWIDTH', alice.address, same)],
  ['delegate',
    () => ({ recipient: bob.address, amount: 20 * SUN, terms: { ...energy, lock_blocks: 1200 } }),
    (same) => builder().delegateResource(
      20 * SUN, bob.address, 'ENERGY', alice.address, true, 1200, same)],
  ['delegate', () => ({ recipient: bob.address, amount: 10 * SUN, terms: energy }),
    (same) => builder().delegateResource(
      10 * SUN, bob.address, 'ENERGY', alice.address, false, undefined, same)],
  ['undelegate', () => ({ recipient: bob.address, amount: 10 * SUN, terms: energy }),
    (same) => builder().undelegateResource(10 * SUN, bob.address, 'ENERGY', alice.address, same)],
  ['vote', () => ({ terms: { votes: witnesses.map((address, at) => ({ address, count: 300 + at })) } }),
    (same) => builder().vote(
      Object.fromEntries(witnesses.map((address, at) => [address, 300 + at])), alice.address, same)],
  ['unstake', () => ({ amount: 2 * SUN, terms: { resource: 'BANDWIDTH' } }),
    (same) => builder().unfreezeBalanceV2(2 * SUN, 'BANDWIDTH', alice.address, same)],
  ['cancel_unstake', () => ({}),
    (same) => builder().cancelUnfreezeBalanceV2(alice.address, same)],
  ['unstake', () => ({ amount: SUN, terms: energy }),
    (same) => builder().unfreezeBalanceV2(SUN, 'ENERGY', alice.address, same)],
  ['withdraw', () => ({}),
    (same) => builder().withdrawExpireUnfreeze(alice.address, same),
    async () => {
      await control('POST', 'network', { reward_sun: 20 });
      await later(15 * DAY_S);
    }],
  ['claim_rewards', () => ({}), (same) => builder().withdrawBlockRewards(alice.address, same)],
];

for (const [number, [kind, fields, build, prepare]] of KINDS.entries()) {
  test(`${number + 1}: ${kind} is what TronWeb builds, and is signed and accepted`, async () => {
    await prepare?.();
    const shown = await handed(kind, fields());
    const theirs = await build(header(shown));
    assert.equal(theirs.raw_data_hex, shown.raw_data_hex);
    assert.equal(theirs.txID, shown.txID);
    assert.deepEqual(theirs.raw_data.contract, shown.raw_data.contract);
    const signed = await alice.tronWeb.trx.sign(shown);
    const receipt = await accepted(signed);
    assert.equal(signed.txID, shown.txID);
    assert.equal(receipt.receipt.result ?? 'SUCCESS', 'SUCCESS');
  });
}

test('permissions are what TronWeb builds, and two of three sign by one of them', async () => {
  const addresses = [alice, bob, carol].map(({ address }) => address);
  const weights = Object.fromEntries(addresses.map((address) => [address, 1]));
  const shared = { name: 'payer', threshold: 2, keys: weights };
  const terms = {
    owner: { name: 'owner', threshold: 1, keys: { [alice.address]: 1 } },
    actives: [{ ...shared, operations: TRANSFERS_ONLY }],
  };
  const shown = await handed('update_permissions', { terms });
  const theirs = await builder().updateAccountPermissions(
    alice.address,
    { type: 0, permission_name: 'owner', threshold: 1,
      keys: [{ address: alice.address, weight: 1 }] },
    null,
    [{ type: 2, permission_name: 'payer', threshold: 2, operations: TRANSFERS_ONLY,
       keys: [...addresses].sort().map((address) => ({ address, weight: 1 })) }],
    header(shown),
  );
  assert.equal(theirs.raw_data_hex, shown.raw_data_hex);
  assert.ok((await accepted(await alice.tronWeb.trx.sign(shown))).fee >= 100 * SUN);

  const payment = { recipient: bob.address, amount: SUN };
  const built = await handed('transfer_trx', { ...payment, quorum: [2, 2, weights] });
  const same = await builder().sendTrx(
    bob.address, SUN, alice.address, { ...header(built), permissionId: 2 });
  assert.equal(same.raw_data_hex, built.raw_data_hex);
  const half = await bob.tronWeb.trx.multiSign(built, undefined, 2);
  const whole = await carol.tronWeb.trx.multiSign(half, undefined, 2);
  assert.equal(whole.txID, built.txID);
  assert.equal(whole.signature.length, 2);
  await accepted(whole);
});

test('what was changed after it was built is not signed', async () => {
  const shown = await handed('transfer_trx', { recipient: bob.address, amount: SUN });
  shown.raw_data.contract[0].parameter.value.amount = 2 * SUN;
  await assert.rejects(() => alice.tronWeb.trx.sign(shown), /Invalid transaction/);
});
