// What digitree-client adds to the API: errors, pages, repeated requests, webhooks, drafts.
//
// node built/comforts.js URL API_KEY WEBHOOK_JSON: prints the name of each function that held. The JSON has `secret`,
// `headers`, `body` and `now_s` of a delivered webhook.
import { deepStrictEqual } from 'node:assert'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Digitree, DigitreeError, each, readWebhook, WebhookRefused, type MenuSummary } from 'digitree-client'
import { check, refusalOf } from './checks.js'

const [, , url = '', key = '', webhook = ''] = process.argv
const digitree = new Digitree(url, key)
const end = { bye: { action: 'hangup' } } as const

async function aRefusalNamesEachFault(): Promise<void> {
  const nodes = { a: { gather: { x: 'a' }, timeout_s: 0 } }
  const error = await refusalOf(digitree.menus.createMenu({ body: { name: '', nodes } }))
  const pointers = error.faults.map((fault) => fault.pointer)
  check(`422 ${pointers}`, error.status === 422 && pointers.includes('/name') && pointers.includes('/nodes/a/timeout_s'))
  check('a wrong key', (await refusalOf(new Digitree(url, 'no-such-key').menus.listMenus())).status === 401)
}

async function pagesAreOneList(): Promise<void> {
  const made: string[] = []
  for (const number of [0, 1, 2, 3, 4]) {
    made.push((await digitree.menus.createMenu({ body: { name: `Page ${number}`, nodes: end } })).id)
  }
  const names: string[] = []
  const query = { search: 'Page', limit: 2, sort: 'name' } as const
  for await (const menu of each((cursor) => digitree.menus.listMenus({ query: { ...query, cursor } }))) {
    const summary: MenuSummary = menu
    names.push(summary.name)
  }
  deepStrictEqual(names, ['Page 0', 'Page 1', 'Page 2', 'Page 3', 'Page 4'])
  for (const ivr_id of made) await digitree.menus.deleteMenu({ path: { ivr_id } })
}

async function aLostRequestIsSentAgainWithItsKey(): Promise<void> {
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      keys.push(request.headers['idempotency-key'])
      if (keys.length === 1) response.destroy()
      else response.writeHead(keys.length === 2 ? 503 : 422, { 'Retry-After': '0' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((listens) => server.once('listening', listens))
  const elsewhere = new Digitree(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, key)
  const error = await refusalOf(elsewhere.doNotCall.addDnc({ body: { number: '+14805550101' } }))
  server.close()
  check('the last answer', error.status === 422 && error.code === '')
  check('one key', keys.length === 3 && typeof keys[0] === 'string' && new Set(keys).size === 1)
}

async function aRepeatedPostIsDoneOnce(): Promise<void> {
  const request = { body: { name: 'Once', nodes: end }, headers: { 'Idempotency-Key': 'once-ts' } }
  const first = await digitree.menus.createMenu(request)
  check('the same menu', (await digitree.menus.createMenu(request)).id === first.id)
  await digitree.menus.deleteMenu({ path: { ivr_id: first.id } })
}

async function aDraftIsHeardByNobodyUntilItIsPublished(): Promise<void> {
  const made = await digitree.menus.createMenu({ body: { name: 'Drafted', nodes: end } })
  const path = { ivr_id: made.id }
  const nodes = { bye: { action: 'hangup', text: 'Goodbye.' } } as const
  await digitree.menus.putDraft({ path, headers: { 'If-None-Match': '*' }, body: { name: 'Drafted', nodes } })
  deepStrictEqual((await digitree.menus.getMenu({ path })).nodes, end)
  check('a version', (await digitree.menus.publishDraft({ path })).version === made.version + 1)
  deepStrictEqual((await digitree.menus.getMenu({ path })).nodes, nodes)
  await digitree.menus.deleteMenu({ path })
}

async function aWebhookIsBelievedOnlyWithItsSignature(): Promise<void> {
  const { secret, headers, body, now_s: nowS } = JSON.parse(readFileSync(webhook, 'utf8')) as {
    secret: string
    headers: Record<string, string>
    body: string
    now_s: number
  }
  const message = await readWebhook(secret, headers, body, { nowS })
  if (message.type === 'call.ended') check(message.data.call_id, message.data.path.every((step) => step.node !== ''))
  check('a ping', message.type === 'ping' && message.id.startsWith('msg_'))
  const bytes = new TextEncoder().encode(body)
  check('bytes, too', (await readWebhook(secret, new Headers(headers), bytes, { nowS })).type === 'ping')
  for (const spoiled of [
    () => readWebhook(`whsec_${'A'.repeat(43)}=`, headers, body, { nowS }),
    () => readWebhook(secret, headers, `${body} `, { nowS }),
    () => readWebhook(secret, headers, body, { nowS: nowS + 301 }),
    () => readWebhook(secret, {}, body, { nowS }),
  ]) {
    const refused = await spoiled().then(
      () => null,
      (error: unknown) => error,
    )
    check('refused', refused instanceof WebhookRefused)
  }
}

check('an Error', new DigitreeError(404, null, null) instanceof Error)
for (const held of [
  aRefusalNamesEachFault,
  pagesAreOneList,
  aLostRequestIsSentAgainWithItsKey,
  aRepeatedPostIsDoneOnce,
  aDraftIsHeardByNobodyUntilItIsPublished,
  aWebhookIsBelievedOnlyWithItsSignature,
]) {
  await held()
  console.log(held.name)
}
