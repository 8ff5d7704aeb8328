import { AdvancedLucidPaymentClient } from 'lucidpay-client'; // npm install PATH/clients/javascript

const { LUCIDPAY_URL: baseUrl, LUCIDPAY_API_KEY: apiKey } = process.env;
const client = new AdvancedLucidPaymentClient({ baseUrl, apiKey });
const recipient_address = process.argv[2] ?? 'TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg';
const invoice = { recipient_address, amount_usdt: '12.50', reference_id: 'invoice-1901' };
const { payout_id } = await client.createPayoutWithRetry(invoice); // again: the same payout
const { status, txid } = await client.waitForConfirmation(payout_id);
console.log(payout_id, txid, status);
if (status !== 'confirmed') process.exitCode = 1;
