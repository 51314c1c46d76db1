// A menu with every kind of node through types: built, read back, and called by the tests of the menu.
//
// node built/every_kind.js URL API_KEY: prints the kinds, comma-separated, as the last line.
import { deepStrictEqual } from 'node:assert'
import {
  Digitree,
  type ActionNode,
  type AskLanguageNode,
  type CallbackNode,
  type EachNode,
  type GatherNode,
  type MessageNode,
  type RecordNode,
  type RejectNode,
  type RequestNode,
  type SendDigitsNode,
  type SendNode,
  type SwitchNode,
  type TransferNode,
  type WrittenTest,
} from 'digitree-client'
import { check } from './checks.js'

const [, , url = '', key = ''] = process.argv
const digitree = new Digitree(url, key)

const who: SwitchNode = { switch: 'list:banned', case: { true: 'refuse' }, default: 'language' }
const refuse: RejectNode = { action: 'reject', reason: 'busy' }
const language: AskLanguageNode = { action: 'ask_language', keys: { '1': 'en', '2': 'es' }, next: 'hello' }
const hello: MessageNode = {
  audio: { en: 'hello.wav', es: ['hola.wav', 'bienvenido.wav'] },
  text: { en: 'Hello.', es: ['Hola.', 'Bienvenido.'] },
  set: { tries: 0, asked: true, why: 'call of {caller}' },
  next: 'main',
}
const main: GatherNode = {
  text: 'Press 1 for people, 2 to leave a message, 3 to be called back, 9 to be removed from our list.',
  gather: { '1': 'find', '2': 'leave', '3': 'back', '4': 'gate', '9': 'out' },
  timeout_s: 5.5,
  max_attempts: 2,
  save: 'chosen',
}
const find: RequestNode = {
  action: 'request',
  service: 'crm',
  send: ['caller'],
  save: 'found',
  next: 'each',
  fail_node: 'bye',
}
const each: EachNode = { action: 'each', list: 'found.people', save: 'person', next: 'tell', done_node: 'agent' }
const tell: MessageNode = { text: '{person.name} is in today.', next: 'each' }
const agent: TransferNode = { action: 'transfer', outcome: 'lead', fallback_node: 'bye' }
const leave: RecordNode = { action: 'record', text: 'Speak after the tone.', save: 'sound', next: 'note', max_s: 30 }
const note: SendNode = { action: 'send', to: 'chat:ops', text: 'A message of {caller}.', next: 'bye', fail_node: 'bye' }
const back: CallbackNode = { action: 'callback', reason: 'asked for it', next: 'bye', fail_node: 'bye' }
const gate: SendDigitsNode = { action: 'send_digits', keys: 'w9', next: 'bye' }
const out: ActionNode = { action: 'suppress' }
const bye: ActionNode = { action: 'hangup', text: 'Goodbye.' }
const nodes = { who, refuse, language, hello, main, find, each, tell, agent, leave, note, back, gate, out, bye }

const start = ['who', 'language', 'hello', 'main']
const tests: WrittenTest[] = [
  {
    name: 'people, and the agent',
    script: '1,1',
    given: { services: { crm: { answer: { people: [{ name: 'Ann' }, { name: 'Ben' }] } } } },
    expected: {
      path: [...start, 'find', 'each', 'tell', 'each', 'tell', 'each', 'agent'],
      requests: [{ service: 'crm' }],
      rang: ['default'],
      language: 'en',
    },
  },
  {
    name: 'a message',
    script: '2,2,s8',
    expected: { path: [...start, 'leave', 'note', 'bye'], sent: [{ by: 'chat:ops' }], language: 'es' },
  },
  { name: 'a call-back', script: '1,3', expected: { path: [...start, 'back', 'bye'], opted_out: false } },
  { name: "keys to the caller's side", script: '1,4', expected: { path: [...start, 'gate', 'bye'], digits_sent: ['w9'] } },
  { name: 'asks to be left alone', script: '1,9', expected: { node: 'out', opted_out: true } },
  { name: 'somebody who is refused', script: '-', given: { lists: ['banned'] }, expected: { path: ['who', 'refuse'] } },
]

await digitree.lists.createNumberList({ body: { name: 'banned' } })
await digitree.services.createService({ body: { name: 'crm', url: 'https://crm.example.com/callers' } })
await digitree.channels.createChannel({ body: { name: 'ops', preset: 'ntfy', settings: { topic: 'ops' } } })
const made = await digitree.menus.createMenu({
  body: { name: 'Every kind', languages: ['en', 'es'], answer: false, nodes },
})
const path = { ivr_id: made.id }
const read = await digitree.menus.getMenu({ path })
deepStrictEqual(read.nodes, nodes)
for (const body of tests) {
  const kept = await digitree.menuTests.createMenuTest({ path, body })
  deepStrictEqual(kept.expected, body.expected)
}
const run = await digitree.menuTests.runMenuTests({ path, body: {} })
check(JSON.stringify(run.results.map((result) => result.faults)), run.failed === 0 && run.passed === tests.length)
const visited = new Set(run.results.flatMap((result) => result.path))
check('every node is visited', Object.keys(nodes).every((node) => visited.has(node)))
const kinds = Object.values(nodes).map((node) =>
  'gather' in node ? 'gather' : 'switch' in node ? 'switch' : 'action' in node ? node.action : 'message',
)
console.log([...new Set(kinds)].sort().join(','))
