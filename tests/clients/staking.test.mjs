// Staking, lending, voting and shared accounts with TronWeb, unmodified.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { SUN, control, mine, person, state, step, url } from './sandbox.mjs';

const DAY_S = 86_400;
const PERIOD_S = 21_600;
const TRANSFERS_ONLY = '02'.padEnd(64, '0');
let solidLag;

before(async () => {
  assert.ok(url, 'SANDBOX_URL is not set: run python tests/clients/run.py');
  solidLag = (await state()).solid_lag;
});

/** Sign, send, mine and return the receipt of what a builder of TronWeb made. */
async function carryOut({ tronWeb }, built) {
  const signed = await tronWeb.trx.sign(await built);
  const sent = await tronWeb.trx.sendRawTransaction(signed);
  assert.equal(sent.result, true, sent.message && tronWeb.toUtf8(sent.message));
  await mine();
  return tronWeb.trx.getUnconfirmedTransactionInfo(signed.txID);
}

async function later(seconds) {
  await step(seconds);
  await mine();
}

const solid = () => mine(solidLag);

test('it stakes, takes out, cancels and withdraws', async () => {
  const alice = await person({ trx: 2000 });
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  await carryOut(alice, builder.freezeBalanceV2(1000 * SUN, 'ENERGY'));
  await carryOut(alice, builder.freezeBalanceV2(300 * SUN, 'BANDWIDTH'));
  assert.equal((await trx.getAccountResources(alice.address)).EnergyLimit, 9_473);
  await carryOut(alice, builder.unfreezeBalanceV2(100 * SUN, 'ENERGY'));
  const cancelled = await carryOut(alice, builder.cancelUnfreezeBalanceV2());
  assert.deepEqual(cancelled.cancel_unfreezeV2_amount, [
    { key: 'BANDWIDTH', value: 0 },
    { key: 'ENERGY', value: 100 * SUN },
    { key: 'TRON_POWER', value: 0 },
  ]);
  await carryOut(alice, builder.unfreezeBalanceV2(400 * SUN, 'ENERGY'));
  await solid();
  assert.deepEqual(await trx.getAvailableUnfreezeCount(alice.address), { count: 31 });
  const until = Date.now() + 400 * DAY_S * 1000;
  assert.deepEqual(await trx.getCanWithdrawUnfreezeAmount(alice.address, until), {
    amount: 400 * SUN,
  });
  await later(14 * DAY_S);
  const before = await trx.getUnconfirmedBalance(alice.address);
  const withdrawn = await carryOut(alice, builder.withdrawExpireUnfreeze());
  assert.equal(withdrawn.withdraw_expire_amount, 400 * SUN);
  const account = await trx.getUnconfirmedAccount(alice.address);
  assert.equal(account.balance, before + 400 * SUN - (withdrawn.fee ?? 0));
  assert.deepEqual(account.frozenV2, [
    { amount: 300 * SUN },
    { type: 'ENERGY', amount: 600 * SUN },
    { type: 'TRON_POWER' },
  ]);
});

test('it lends energy and takes it back', async () => {
  const [alice, bob] = [await person({ trx: 2000 }), await person({ trx: 1 })];
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  await carryOut(alice, builder.freezeBalanceV2(1000 * SUN, 'ENERGY'));
  await solid();
  assert.deepEqual(await trx.getCanDelegatedMaxSize(alice.address, 'ENERGY'), {
    max_size: 1000 * SUN,
  });
  const lend = (amount, ...lock) =>
    builder.delegateResource(amount * SUN, bob.address, 'ENERGY', alice.address, ...lock);
  await carryOut(alice, lend(500));
  await carryOut(alice, lend(200, true, 1200));
  await solid();
  const { delegatedResource } = await trx.getDelegatedResourceV2(alice.address, bob.address);
  const amounts = delegatedResource.map((entry) => entry.frozen_balance_for_energy);
  assert.deepEqual(amounts, [500 * SUN, 200 * SUN]);
  assert.ok(delegatedResource[1].expire_time_for_energy > (await state()).head_time_ms);
  assert.deepEqual(await trx.getDelegatedResourceAccountIndexV2(bob.address), {
    account: alice.tronWeb.address.toHex(bob.address),
    fromAccounts: [alice.tronWeb.address.toHex(alice.address)],
  });
  await carryOut(alice, builder.undelegateResource(500 * SUN, bob.address, 'ENERGY'));
  const left = await trx.getAccountResources(bob.address);
  assert.equal(left.EnergyLimit, Math.floor((200 * 180) / 19));
});

test('it votes and withdraws what that earns', async () => {
  const alice = await person({ trx: 2000 });
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  await carryOut(alice, builder.freezeBalanceV2(1000 * SUN, 'ENERGY'));
  const [first, second] = await trx.listSuperRepresentatives();
  assert.equal(await trx.getBrokerage(first.address), 20);
  await carryOut(alice, builder.vote({ [first.address]: 600, [second.address]: 400 }));
  const account = await trx.getUnconfirmedAccount(alice.address);
  assert.equal(account.votes[0].vote_count, 600);
  await control('POST', 'network', { reward_sun: 20 });
  await later(2 * PERIOD_S);
  await solid();
  const reward = await trx.getReward(alice.address);
  assert.ok(reward >= 1000 * 20 && reward <= 2 * 1000 * 20, `${reward}`);
  const receipt = await carryOut(alice, builder.withdrawBlockRewards());
  assert.equal(receipt.withdraw_amount, reward);
  assert.equal(await trx.getUnconfirmedReward(alice.address), 0);
});

test('two of three sign with multiSign, by the owner and by an active permission', async () => {
  const [alice, bob, carol] = [await person({ trx: 500 }), await person(), await person()];
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  const keys = [alice, bob, carol].map(({ address }) => ({ address, weight: 1 }));
  const shared = { threshold: 2, keys };
  const receipt = await carryOut(
    alice,
    builder.updateAccountPermissions(
      alice.address,
      { type: 0, permission_name: 'owner', ...shared },
      null,
      [{ type: 2, permission_name: 'payer', operations: TRANSFERS_ONLY, ...shared }],
    ),
  );
  assert.equal(receipt.fee, 100 * SUN);
  for (const permissionId of [0, 2]) {
    const built = await builder.sendTrx(carol.address, SUN, alice.address, { permissionId });
    const half = await bob.tronWeb.trx.multiSign(built, undefined, permissionId);
    const weighed = await trx.getSignWeight(half, permissionId);
    assert.equal(weighed.result.code, 'NOT_ENOUGH_PERMISSION');
    assert.equal(weighed.current_weight, 1);
    const refused = await trx.sendRawTransaction(half);
    assert.equal(alice.tronWeb.toUtf8(refused.message), 'Validate signature error: sig error');
    const whole = await carol.tronWeb.trx.multiSign(half, undefined, permissionId);
    const { approved_list } = await trx.getApprovedList(whole);
    assert.equal(approved_list.length, 2);
    assert.equal((await trx.sendRawTransaction(whole)).result, true);
    await mine();
    const { fee, receipt: costs } = await trx.getUnconfirmedTransactionInfo(whole.txID);
    assert.ok(fee - (costs.net_fee ?? 0) >= SUN);
  }
});

test('a permission id that is set while signing is part of the hash', async () => {
  const alice = await person({ trx: 5 });
  const bob = await person({ trx: 1 });
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  const built = await builder.sendTrx(bob.address, SUN, alice.address);
  const signed = await trx.multiSign(built, undefined, 2);
  assert.notEqual(signed.txID, built.txID);
  assert.equal((await trx.sendRawTransaction(signed)).result, true);
});

test('a bad stake is refused in the words of a node', async () => {
  const alice = await person({ trx: 5 });
  const { transactionBuilder: builder, trx } = alice.tronWeb;
  const signed = await trx.sign(await builder.freezeBalanceV2(6 * SUN, 'ENERGY'));
  const sent = await trx.sendRawTransaction(signed);
  assert.equal(sent.code, 'CONTRACT_VALIDATE_ERROR');
  assert.equal(
    alice.tronWeb.toUtf8(sent.message),
    'Contract validate error : frozenBalance must be less than or equal to accountBalance',
  );
});
