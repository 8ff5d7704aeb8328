// TronWeb as an application uses it. Every test makes its own people; blocks come on demand.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { SUN, mine, person, state, step, url } from './sandbox.mjs';

const HOLDER_ENERGY = 64_285;
let usdt;

before(async () => {
  assert.ok(url, 'SANDBOX_URL is not set: run python tests/clients/run.py');
  usdt = (await state()).usdt_contract;
});

test('it connects to the full node and to the solidity node', async () => {
  const { tronWeb } = await person();
  const connected = await tronWeb.isConnected();
  assert.equal(connected.fullNode, true);
  assert.equal(connected.solidityNode, true);
});

test('it reads blocks', async () => {
  const { tronWeb } = await person();
  const { head, genesis_id } = await state();
  const current = await tronWeb.trx.getCurrentBlock();
  assert.equal(current.blockID, head.id);
  assert.deepEqual(await tronWeb.trx.getBlockByNumber(head.number), current);
  assert.deepEqual(await tronWeb.trx.getBlockByHash(head.id), current);
  assert.equal((await tronWeb.trx.getBlockByNumber(0)).blockID, genesis_id);
  const range = await tronWeb.trx.getBlockRange(head.number - 2, head.number);
  assert.deepEqual(range.map((block) => block.blockID).at(-1), head.id);
  assert.equal(range.length, 3);
});

test('it reads the network', async () => {
  const { tronWeb } = await person();
  const parameters = await tronWeb.trx.getChainParameters();
  assert.equal(parameters.find(({ key }) => key === 'getEnergyFee').value, 100);
  assert.equal((await tronWeb.trx.listSuperRepresentatives()).length, 27);
  assert.ok((await tronWeb.trx.timeUntilNextVoteCycle()) !== undefined);
  assert.equal(await tronWeb.trx.getEnergyPrices(), '0:100');
  assert.equal(await tronWeb.trx.getBandwidthPrices(), '0:1000');
  assert.ok((await tronWeb.trx.getNodeInfo()).configNodeInfo.codeVersion);
});

test('it transfers TRX and activates the recipient', async () => {
  const alice = await person({ trx: 100 });
  const bob = await person();
  const sent = await alice.tronWeb.trx.sendTransaction(bob.address, 5 * SUN);
  assert.equal(sent.result, true);
  const txid = sent.transaction.txID;
  await mine();
  assert.equal(await bob.tronWeb.trx.getUnconfirmedBalance(bob.address), 5 * SUN);
  assert.equal(await bob.tronWeb.trx.getBalance(bob.address), 0);
  assert.equal((await bob.tronWeb.trx.getUnconfirmedTransactionInfo(txid)).fee, 1_100_000);
  assert.deepEqual(await bob.tronWeb.trx.getTransactionInfo(txid), {});
  await mine(18);
  assert.equal(await bob.tronWeb.trx.getBalance(bob.address), 5 * SUN);
  assert.equal((await bob.tronWeb.trx.getTransactionInfo(txid)).id, txid);
  const shown = await bob.tronWeb.trx.getConfirmedTransaction(txid);
  assert.equal(shown.ret[0].contractRet, 'SUCCESS');
});

test('it transfers USDT with contract().method().send()', async () => {
  const alice = await person({ trx: 100, usdt: 50 });
  const bob = await person({ usdt: 1 });
  const contract = await alice.tronWeb.contract().at(usdt);
  assert.equal(await contract.symbol().call(), 'USDT');
  assert.equal(Number(await contract.decimals().call()), 6);
  const txid = await contract
    .transfer(bob.address, 7 * SUN)
    .send({ feeLimit: 50 * SUN });
  await mine();
  assert.equal(Number(await contract.balanceOf(bob.address).call()), 8 * SUN);
  const info = await alice.tronWeb.trx.getUnconfirmedTransactionInfo(txid);
  assert.equal(info.receipt.result, 'SUCCESS');
  assert.equal(info.receipt.energy_usage_total, HOLDER_ENERGY);
  assert.equal(BigInt(`0x${info.log[0].data}`), BigInt(7 * SUN));
});

for (const txLocal of [false, true]) {
  test(`it transfers USDT with transactionBuilder, txLocal ${txLocal}`, async () => {
    const alice = await person({ trx: 100, usdt: 50 });
    const bob = await person({ usdt: 1 });
    const { tronWeb } = alice;
    const built = await tronWeb.transactionBuilder.triggerSmartContract(
      usdt,
      'transfer(address,uint256)',
      { feeLimit: 50 * SUN, callValue: 0, txLocal },
      [
        { type: 'address', value: bob.address },
        { type: 'uint256', value: 3 * SUN },
      ],
      alice.address,
    );
    const signed = await tronWeb.trx.sign(built.transaction);
    const sent = await tronWeb.trx.sendRawTransaction(signed);
    assert.equal(sent.result, true);
    await mine();
    const info = await tronWeb.trx.getUnconfirmedTransactionInfo(signed.txID);
    assert.equal(info.receipt.result, 'SUCCESS');
    assert.equal(info.fee, HOLDER_ENERGY * 100);
  });
}

test('it estimates energy and rehearses a call', async () => {
  const alice = await person({ trx: 100, usdt: 50 });
  const parameters = [
    { type: 'address', value: alice.address },
    { type: 'uint256', value: 1 },
  ];
  const call = [usdt, 'transfer(address,uint256)', {}, parameters, alice.address];
  const builder = alice.tronWeb.transactionBuilder;
  assert.equal((await builder.estimateEnergy(...call)).energy_required, HOLDER_ENERGY);
  const rehearsed = await builder.triggerConstantContract(...call);
  assert.equal(rehearsed.energy_used, HOLDER_ENERGY);
});

test('it sends the bytes themselves with sendHexTransaction', async () => {
  const alice = await person({ trx: 100 });
  const bob = await person({ trx: 1 });
  const { tronWeb } = alice;
  const built = await tronWeb.transactionBuilder.sendTrx(bob.address, SUN, alice.address);
  const signed = await tronWeb.trx.sign(built);
  const message = tronWeb.utils.transaction.txJsonToPb(signed);
  for (const signature of signed.signature) {
    message.addSignature(Uint8Array.from(Buffer.from(signature, 'hex')));
  }
  const hex = Buffer.from(message.serializeBinary()).toString('hex');
  const sent = await tronWeb.trx.sendHexTransaction(hex);
  assert.equal(sent.result, true);
  await mine();
  assert.equal(await tronWeb.trx.getUnconfirmedBalance(bob.address), 2 * SUN);
});

test('a memo is part of the hash and burns one TRX', async () => {
  const alice = await person({ trx: 100 });
  const bob = await person({ trx: 1 });
  const { tronWeb } = alice;
  const built = await tronWeb.transactionBuilder.sendTrx(bob.address, SUN, alice.address);
  const noted = await tronWeb.transactionBuilder.addUpdateData(built, 'rent', 'utf8');
  const signed = await tronWeb.trx.sign(noted);
  assert.equal((await tronWeb.trx.sendRawTransaction(signed)).result, true);
  await mine();
  assert.equal((await tronWeb.trx.getUnconfirmedTransactionInfo(signed.txID)).fee, SUN);
});

test('it reads accounts and resources', async () => {
  const alice = await person({ trx: 100 });
  const { tronWeb } = alice;
  const account = await tronWeb.trx.getUnconfirmedAccount(alice.address);
  assert.equal(account.balance, 100 * SUN);
  assert.equal(account.owner_permission.keys[0].address, tronWeb.address.toHex(alice.address));
  const resources = await tronWeb.trx.getAccountResources(alice.address);
  assert.equal(resources.freeNetLimit, 600);
  assert.equal(await tronWeb.trx.getBandwidth(alice.address), 600);
});

test('it reads events page by page', async () => {
  const alice = await person({ trx: 100, usdt: 50 });
  const bob = await person({ usdt: 1 });
  const { event } = alice.tronWeb;
  const contract = await alice.tronWeb.contract().at(usdt);
  const txids = [];
  for (const coins of [1, 2, 3]) {
    const sent = contract.transfer(bob.address, coins * SUN).send({ feeLimit: 50 * SUN });
    txids.unshift(await sent);
    await mine();
  }
  const first = await event.getEventsByContractAddress(usdt, { limit: 2, eventName: 'Transfer' });
  const { fingerprint } = first.meta;
  const second = await event.getEventsByContractAddress(usdt, { limit: 1, fingerprint });
  const shown = [...first.data, ...second.data].map((row) => row.transaction_id);
  assert.deepEqual(shown, txids);
  const [transfer] = (await event.getEventsByTransactionID(txids[0])).data;
  assert.equal(transfer.result.value, `${3 * SUN}`);
  assert.equal((await event.getEventsOfLatestBlock()).data.length, 1);
});

let amount = SUN;

/** A signed transfer of TRX, each of another amount, and what the node says when it is sent. */
async function transfer(alice, bob) {
  const { tronWeb } = alice;
  amount += 1;
  const built = await tronWeb.transactionBuilder.sendTrx(bob.address, amount, alice.address);
  const signed = await tronWeb.trx.sign(built);
  return { signed, send: () => alice.tronWeb.trx.sendRawTransaction(signed) };
}

test('a wrong signature is refused', async () => {
  const [alice, bob] = [await person({ trx: 100 }), await person({ trx: 1 })];
  const { signed, send } = await transfer(alice, bob);
  const other = await transfer(alice, bob);
  signed.signature = other.signed.signature;
  const answer = await send();
  assert.equal(answer.code, 'SIGERROR');
  assert.match(alice.tronWeb.toUtf8(answer.message), /^Validate signature error: /);
});

test('an expired transaction is refused', async () => {
  const [alice, bob] = [await person({ trx: 100 }), await person({ trx: 1 })];
  const { send } = await transfer(alice, bob);
  await step(61);
  await mine();
  const answer = await send();
  assert.equal(answer.code, 'TRANSACTION_EXPIRATION_ERROR');
  assert.equal(alice.tronWeb.toUtf8(answer.message), 'Transaction expired');
});

test('a duplicate is refused, pending and included', async () => {
  const [alice, bob] = [await person({ trx: 100 }), await person({ trx: 1 })];
  const { send } = await transfer(alice, bob);
  assert.equal((await send()).result, true);
  assert.equal((await send()).code, 'DUP_TRANSACTION_ERROR');
  await mine();
  const answer = await send();
  assert.equal(answer.code, 'DUP_TRANSACTION_ERROR');
  assert.equal(alice.tronWeb.toUtf8(answer.message), 'Dup transaction.');
});

test('a call that fails on chain is told from one that succeeds', async () => {
  const alice = await person({ trx: 100, usdt: 1 });
  const bob = await person({ trx: 1 });
  const contract = await alice.tronWeb.contract().at(usdt);
  const txid = await contract.transfer(bob.address, 2 * SUN).send({ feeLimit: 50 * SUN });
  await mine();
  const info = await alice.tronWeb.trx.getUnconfirmedTransactionInfo(txid);
  assert.equal(info.receipt.result, 'REVERT');
  assert.equal(info.result, 'FAILED');
  assert.equal(alice.tronWeb.toUtf8(info.resMessage), 'REVERT opcode executed');
});
