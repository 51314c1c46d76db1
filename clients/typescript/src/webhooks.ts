// Webhooks as a receiver reads them: signature and age are checked first (Standard Webhooks, version 1).
import type { Webhooks } from './generated/types.gen.js'

const TOLERANCE_S = 300

/** A message. `id` is the same when it is sent again: whoever has seen it may leave it. `data` follows from `type`. */
export type WebhookMessage = Webhooks['body'] & { id: string }

/** A request that Digitree has not signed, or that is too old. Answer 400. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused'
}

/**
 * The message of a request. `secret`: that of the webhook, `whsec_...`; `body`: as it was received, byte by byte;
 * `nowS`: seconds since 1970. Throws WebhookRefused.
 */
export async function readWebhook(
  secret: string,
  headers: Headers | Record<string, string | string[] | undefined>,
  body: string | Uint8Array,
  { nowS = Date.now() / 1000 }: { nowS?: number } = {},
): Promise<WebhookMessage> {
  const id = header(headers, 'webhook-id')
  const stamp = header(headers, 'webhook-timestamp')
  if (!id || !/^[0-9]+$/.test(stamp)) throw new WebhookRefused('webhook-id or webhook-timestamp is missing')
  if (Math.abs(nowS - Number(stamp)) > TOLERANCE_S) {
    throw new WebhookRefused("the message is more than five minutes old, or this machine's clock is wrong")
  }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  if (!(await isSigned(secret, `${id}.${stamp}.`, bytes, header(headers, 'webhook-signature')))) {
    throw new WebhookRefused('the signature is not that of this secret and body')
  }
  return { ...(JSON.parse(new TextDecoder().decode(bytes)) as Webhooks['body']), id }
}

async function isSigned(secret: string, head: string, body: Uint8Array, signatures: string): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytesOf(secret.replace(/^whsec_/, '')), algorithm, false, ['verify'])
  const start = new TextEncoder().encode(head)
  const signed = new Uint8Array(start.length + body.length)
  signed.set(start)
  signed.set(body, start.length)
  for (const each of signatures.split(' ')) {
    const [version, signature = ''] = each.split(',')
    // `verify` compares in constant time.
    if (version === 'v1' && isBase64(signature) && (await crypto.subtle.verify('HMAC', key, bytesOf(signature), signed))) {
      return true
    }
  }
  return false
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
}

function header(headers: Headers | Record<string, string | string[] | undefined>, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? ''
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}
