export { AdvancedLucidPaymentClient } from './advanced.js';
export { LucidPaymentClient } from './client.js';
export * from './errors.js';
export { parseExact } from './exact.js';
export { verifyWebhook } from './webhook.js';
