// The requests of the seed page through digitree-client.
//
// node built/seed_page.js URL API_KEY: prints the menu's id as the last line. Types are checked by tsc before.
import { Digitree, DigitreeError, type Menu, type Node, type PatchMenu, type WrittenMenu } from 'digitree-client'
import { check, refusalOf } from './checks.js'

// A type that is `any` or `unknown` would let everything pass.
type Exact<T> = 0 extends 1 & T ? never : unknown extends T ? never : T
// @ts-expect-error A kind of node that there is none of.
const nothing: Node = { action: 'explode' }
void nothing

const [, , url = '', key = ''] = process.argv
const digitree = new Digitree(url, key)

const plumbers: WrittenMenu = {
  name: 'Plumber Qualifier',
  nodes: {
    welcome: { audio: 'welcome.wav', gather: { '1': 'has_license', '9': 'dnc' }, timeout_node: 'welcome' },
    has_license: { audio: 'license_check.wav', gather: { '1': 'service_area', '2': 'unqualified' } },
    service_area: { audio: 'area_check.wav', gather: { '1': 'transfer_ai', '2': 'out_of_area' } },
    transfer_ai: { action: 'transfer' },
    unqualified: { action: 'hangup', audio: 'not_qualified.wav' },
    out_of_area: { action: 'hangup', audio: 'wrong_area.wav' },
    dnc: { action: 'suppress' },
  },
}
const change: PatchMenu = {
  nodes: {
    welcome: { audio: 'welcome.wav', gather: { '1': 'has_license', '2': 'hours', '9': 'dnc' }, timeout_node: 'welcome' },
  },
}
const texts = {
  welcome: 'Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.',
  has_license: 'Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.',
}

const made: Exact<Menu> = await digitree.menus.createMenu({ body: plumbers })
check('a draft', made.status === 'draft' && made.dids.length === 0)
const path = { ivr_id: made.id }

for (const [node, text] of Object.entries(texts)) {
  const spoken = await digitree.audio.speak({ path, body: { node, text, voice: 'rachel' } })
  check('a cent a second', Math.abs(spoken.cost_usd - 0.01 * spoken.duration_seconds) < 0.0001)
}
const sound: Exact<Blob> = await digitree.audio.listen({ path: { ...path, file: 'welcome.wav' } })
check('a WAV file', (await sound.slice(0, 4).text()) === 'RIFF')
const uploaded = await digitree.audio.uploadAudio({ path: { ...path, file: 'wrong_area.wav' }, body: sound })
check('taken as it is', uploaded.warnings.length === 0)

const live = await digitree.menus.assignDid({ path, body: { did: '+14155559876' } })
check('live', live.status === 'live' && live.did === '+14155559876')

const stale = await refusalOf(digitree.menus.patchMenu({ path, headers: { 'If-Match': '"1"' }, body: change }))
check('a DigitreeError', stale instanceof DigitreeError)
check('stale', stale.status === 412 && stale.code === 'version_replaced')
const changed = await digitree.menus.patchMenu({ path, headers: { 'If-Match': `"${live.version}"` }, body: change })
check('seven nodes', Object.keys(changed.nodes).length === 7)
check('key 2 is warned of', changed.warnings.some((each) => each.code === 'target_not_found' && each.message.includes('hours')))
const welcome: Exact<Node> | undefined = changed.nodes['welcome']
check('typed by its kind', welcome !== undefined && 'gather' in welcome && welcome.gather['2'] === 'hours')
console.log(made.id)
