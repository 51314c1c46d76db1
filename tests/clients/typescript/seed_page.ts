// The requests of the seed page through a client generated from /openapi.json.
//
// node built/seed_page.js BASE_URL API_KEY: prints the menu's id as the last line. Types are checked by tsc before.
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

type Menu = components['schemas']['Menu']
type Node = components['schemas']['Node']

// A type that is `any` or `unknown` would let everything pass.
type Exact<T> = 0 extends 1 & T ? never : unknown extends T ? never : T
const question: Exact<Node> = { audio: 'welcome.wav', gather: { '1': 'has_license', '9': 'dnc' }, timeout_node: 'welcome' }
const end: Exact<Node> = { action: 'hangup', audio: 'not_qualified.wav' }
// @ts-expect-error A kind of node that there is none of.
const nothing: Node = { action: 'explode' }
void nothing

declare const process: { argv: string[] }
const [, , baseUrl = '', key = ''] = process.argv
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } })

function need<T>(answer: { data?: T; error?: unknown; response: Response }, status: number): T {
  if (answer.response.status !== status || answer.data === undefined) {
    throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`)
  }
  return answer.data
}

function check(what: string, holds: boolean): void {
  if (!holds) throw new Error(`not so: ${what}`)
}

const made: Exact<Menu> = need(
  await client.POST('/ivr', {
    params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
    body: {
      name: 'Plumber Qualifier',
      nodes: {
        welcome: question,
        has_license: { audio: 'license_check.wav', gather: { '1': 'service_area', '2': 'unqualified' } },
        service_area: { audio: 'area_check.wav', gather: { '1': 'transfer_ai', '2': 'out_of_area' } },
        transfer_ai: { action: 'transfer' },
        unqualified: end,
        out_of_area: { action: 'hangup', audio: 'wrong_area.wav' },
        dnc: { action: 'suppress' },
      },
    },
  }),
  201,
)
check('a draft', made.status === 'draft' && made.dids.length === 0)
const path = { ivr_id: made.id }

const texts = {
  welcome: 'Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.',
  has_license: 'Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.',
}
for (const [node, text] of Object.entries(texts)) {
  const spoken = need(await client.POST('/ivr/{ivr_id}/audio', { params: { path }, body: { node, text, voice: 'rachel' } }), 201)
  check('a cent a second', Math.abs(spoken.cost_usd - 0.01 * spoken.duration_seconds) < 0.0001)
}
const sound = need(
  await client.GET('/ivr/{ivr_id}/audio/{file}', { params: { path: { ...path, file: 'welcome.wav' } }, parseAs: 'arrayBuffer' }),
  200,
)
check('a WAV file', new TextDecoder().decode(sound.slice(0, 4)) === 'RIFF')

const live = need(await client.POST('/ivr/{ivr_id}/assign', { params: { path }, body: { did: '+14155559876' } }), 200)
check('live', live.status === 'live' && live.did === '+14155559876')

const changed = need(
  await client.PATCH('/ivr/{ivr_id}', {
    params: { path, header: { 'If-Match': `"${live.version}"` } },
    body: { nodes: { welcome: { audio: 'welcome.wav', gather: { '1': 'has_license', '2': 'hours', '9': 'dnc' }, timeout_node: 'welcome' } } },
  }),
  200,
)
check('seven nodes', Object.keys(changed.nodes).length === 7)
check('key 2 is warned of', changed.warnings.some((each) => each.code === 'target_not_found' && each.message.includes('hours')))
const welcome: Exact<Node> | undefined = changed.nodes.welcome
check('typed by its kind', welcome !== undefined && 'gather' in welcome && welcome.gather['2'] === 'hours')

const lost = await client.PATCH('/ivr/{ivr_id}', {
  params: { path, header: { 'If-Match': '"1"' } },
  body: { nodes: { dnc: null } },
})
check('a problem with a code', lost.error?.code === 'version_replaced' && lost.response.status === 412)
console.log(made.id)
