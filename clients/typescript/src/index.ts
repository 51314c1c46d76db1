// A typed client of the Digitree API. Begin with `new Digitree(url, key)`; bodies and answers are types beside it.
export { OPENAPI_SHA256, VERSION } from './build.js'
export { Digitree, type DigitreeOptions } from './digitree.js'
export { each, type Page } from './paging.js'
export { DigitreeError } from './problems.js'
export { readWebhook, WebhookRefused, type WebhookMessage } from './webhooks.js'
export type * from './generated/types.gen.js'
