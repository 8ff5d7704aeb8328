import { AdvancedLucidPaymentClient } from 'lucidpay-client'; // npm install PATH/clients/javascript

const { LUCIDPAY_URL: baseUrl, LUCIDPAY_API_KEY: apiKey } = process.env;
const client = new AdvancedLucidPaymentClient({ baseUrl, apiKey });
const recipient_address = process.argv[2] ?? 'TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg';
const invoice = { recipient_address, amount_usdt: '12.50', reference_id: 'invoice-1843' };
const payout = await client.createPayoutWithRetry(invoice, { idempotencyKey: 'invoice-1843' });
const { payout_id, status, txid } = await client.waitForConfirmation(payout.payout_id);
console.log(payout_id, status, txid); // run it again: the same payout, nobody is paid twice
if (status !== 'confirmed') process.exitCode = 1;
