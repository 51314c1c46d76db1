import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { begin, commit, redo, settle, undo } from './history.ts'
import { JsonError, parseJson, printJson } from './json.ts'
import { KINDS, waysOf } from './kinds.ts'
import * as model from './model.ts'

const TEXT = `{
  "name": "Order",
  "nodes": {
    "zeta": {
      "audio": "z.wav",
      "gather": { "9": "10", "1": "a", "#": "zeta" },
      "timeout_node": "zeta"
    },
    "10": { "action": "hangup" },
    "2": { "action": "transfer", "fallback_node": "10", "on_agent_hangup": "10" },
    "a": { "action": "suppress" }
  }
}`

const kind = (name: string) => KINDS.find((each) => each.kind === name)!
const waysText = (doc: model.Doc, id: string) =>
  waysOf(model.nodesOf(doc).get(id)!).map((way) => `${way.handle}>${way.target}`).join(' ')
const read = (text = TEXT) => model.readDocument(text).doc
const fault = (text: string) => {
  try {
    model.readDocument(text)
  } catch (error) {
    return (error as JsonError).fault
  }
  throw new Error('no fault')
}

describe('JSON', () => {
  it('keeps the order of nodes and keys, also of those that look like numbers', () => {
    assert.deepEqual([...model.nodesOf(read()).keys()], ['zeta', '10', '2', 'a'])
    assert.equal(printJson(read()), TEXT)
  })

  it('reads what JSON.parse reads', () => {
    const text = '{"a": [1, -2.5e3, true, null, "\\u00fc\\n\\"\\/"], "b": {}, "c": []}'
    assert.deepEqual(JSON.parse(printJson(parseJson(text).value)), JSON.parse(text))
  })

  for (const [text, line, column, where] of [
    ['{\n  "a": 1,\n  "a": 2\n}', 3, 3, '/a'],
    ['{\n  "nodes": {\n    "x": {\n      "audio" "a"', 4, 15, '/nodes/x/audio'],
    ['{"nodes": []}', 1, 2, '/nodes'],
    ['{"nodes": {"a/b": 1}}', 1, 12, '/nodes/a~1b'],
    ['{"nodes": {"a": {"gather": {"1": 2}}}}', 1, 29, '/nodes/a/gather/1'],
    ['{"nodes": {', 1, 12, '/nodes'],
    ['', 1, 1, ''],
    ['[1]', 1, 1, ''],
    ['{"nodes": {}} x', 1, 15, ''],
    ['{"a": "b\nc"}', 1, 9, '/a'],
  ] as const) it(`tells line, column and pointer of what is wrong: ${JSON.stringify(text)}`, () => {
    assert.partialDeepStrictEqual(fault(text), { line, column, pointer: where })
  })
})

describe('the model', () => {
  it('renames a node in its place and all that leads to it', () => {
    const doc = model.renameNode(model.setStart(read(), 'a'), '10', 'bye')
    assert.deepEqual([...model.nodesOf(doc).keys()], ['zeta', 'bye', '2', 'a'])
    assert.equal(waysText(doc, 'zeta'), 'gather/9>bye gather/1>a gather/#>zeta timeout_node>zeta')
    assert.equal(waysText(doc, '2'), 'fallback_node>bye on_agent_hangup>bye')
    assert.equal(model.startOf(model.renameNode(doc, 'a', 'first')), 'first')
    assert.equal(model.renameNode(doc, 'a', 'bye'), doc)
    assert.equal(model.renameNode(doc, 'a', 'no good'), doc)
  })

  it('removes a node with the wires to it', () => {
    const doc = model.removeNode(read(), '10')
    assert.equal(waysText(doc, 'zeta'), 'gather/1>a gather/#>zeta timeout_node>zeta')
    assert.deepEqual([...model.nodesOf(doc).get('2')!.keys()], ['action'])
  })

  it('wires keys, silence and what follows an agent', () => {
    let doc = model.wire(read(), 'zeta', 'gather/2', 'a')
    doc = model.wire(doc, 'zeta', 'gather/9', 'a')
    doc = model.wire(doc, 'zeta', 'gather/+', '2')
    doc = model.wire(doc, 'zeta', 'timeout_node', '10')
    doc = model.wire(doc, '2', 'fallback_node', 'zeta')
    doc = model.wire(doc, '2', 'on_agent_hangup/booked', '10')
    assert.deepEqual(model.nodesOf(doc).get('2')!.get('on_agent_hangup'), new Map([['*', '10'], ['booked', '10']]))
    doc = model.wire(doc, '2', 'on_agent_hangup/booked', undefined)
    assert.equal(model.nodesOf(doc).get('2')!.get('on_agent_hangup'), '10')
    doc = model.wire(doc, '2', 'on_agent_hangup', undefined)
    assert.deepEqual(model.edgesOf(doc).map((each) => `${each.source}.${each.handle}>${each.target}`), [
      ...['zeta.gather/9>a', 'zeta.gather/1>a', 'zeta.gather/#>zeta', 'zeta.gather/2>a', 'zeta.gather/3>2'],
      ...['zeta.timeout_node>10', '2.fallback_node>zeta'],
    ])
    assert.equal(model.edgesOf(model.wire(doc, 'zeta', 'gather/1', 'nowhere'))[1].missing, true)
    assert.equal(model.wire(doc, 'zeta', 'no_such_way', 'a'), doc)
    assert.equal(model.wire(doc, 'a', 'gather/1', 'zeta'), doc)
  })

  it('puts a new field where such a field stands', () => {
    const node = model.nodesOf(model.setField(read(), 'zeta', 'text', 'Hello')).get('zeta')!
    assert.deepEqual([...node.keys()], ['audio', 'text', 'gather', 'timeout_node'])
    assert.deepEqual([...model.nodesOf(model.setField(read(), 'zeta', 'audio', '')).get('zeta')!.keys()], ['gather', 'timeout_node'])
  })

  it('names a start only where it is not the first node', () => {
    const doc = model.setStart(read(), 'a')
    assert.deepEqual([...doc.keys()], ['name', 'start', 'nodes'])
    assert.equal(model.setStart(doc, 'zeta').has('start'), false)
  })

  it('says how calls are answered only where it is not at once', () => {
    const doc = model.setAnswersAtOnce(read(), false)
    assert.deepEqual([[...doc.keys()], model.answersAtOnce(doc)], [['name', 'answer', 'nodes'], false])
    assert.equal(model.setAnswersAtOnce(doc, true).has('answer'), false)
  })

  it('keeps the place of a field of the menu itself, and removes it', () => {
    const doc = model.setMenuField(model.setMenuField(read(), 'max_menu_s', 90), 'max_menu_s', 120)
    assert.deepEqual([[...doc.keys()], doc.get('max_menu_s')], [['name', 'max_menu_s', 'nodes'], 120])
    assert.deepEqual([...model.setMenuField(doc, 'max_menu_s', undefined).keys()], ['name', 'nodes'])
  })

  it('gives new nodes names of their own', () => {
    const one = model.addNode(read(), kind('hangup'))
    assert.deepEqual([one.id, model.addNode(one.doc, kind('hangup')).id], ['goodbye', 'goodbye_2'])
  })

  it('lays my changes over theirs, and tells what both changed', () => {
    const base = read()
    const mine = model.removeNode(model.setField(base, 'zeta', 'audio', 'mine.wav'), 'a')
    const theirs = model.addNode(model.setName(base, 'Theirs'), kind('hangup')).doc
    const merged = model.mergeDocuments(base, mine, theirs)
    assert.deepEqual(merged.conflicts, [])
    assert.deepEqual([...model.nodesOf(merged.doc).keys()], ['zeta', '10', '2', 'goodbye'])
    assert.equal(model.nameOf(merged.doc), 'Theirs')
    assert.equal(model.nodesOf(merged.doc).get('zeta')!.get('audio'), 'mine.wav')
    const both = model.mergeDocuments(base, mine, model.setField(base, 'zeta', 'audio', 'theirs.wav'))
    assert.deepEqual(both.conflicts, ['zeta'])
    assert.equal(model.nodesOf(both.doc).get('zeta')!.get('audio'), 'mine.wav')
  })
})

describe('what is typed while a save runs', () => {
  const sent = read()

  it('is laid over what was stored', () => {
    const typed = model.setName(sent, 'Typed')
    const stored = model.setField(sent, 'a', 'audio', 'a.wav')
    const both = model.rebase(sent, typed, stored)
    assert.deepEqual([model.nameOf(both), model.nodesOf(both).get('a')!.get('audio')], ['Typed', 'a.wav'])
    assert.equal(model.rebase(sent, sent, stored), stored)
  })

  it('keeps the audio name that the server gave to a node that was typed in', () => {
    const typed = model.setField(sent, 'a', 'text', 'More words')
    const stored = model.setField(model.setField(sent, 'a', 'text', 'Words'), 'a', 'audio', 'a.wav')
    assert.deepEqual([...model.nodesOf(model.rebase(sent, typed, stored)).get('a')!], [
      ...[['audio', 'a.wav'], ['text', 'More words'], ['action', 'suppress']],
    ])
  })

  it('is told from what somebody else saved', () => {
    const spoken = model.setField(sent, 'a', 'audio', 'a.wav')
    assert.equal(model.isSent(sent, [], sent), true)
    assert.equal(model.isSent(sent, [], spoken), false)
    assert.equal(model.isSent(sent, ['a'], spoken), true)
    assert.equal(model.isSent(sent, ['zeta'], spoken), false)
    assert.equal(model.isSent(sent, ['a'], model.setName(spoken, 'Theirs')), false)
  })

  it('is one step back from what is stored', () => {
    const history = commit(begin(sent), model.setName(sent, 'Typed'))
    const settled = settle(history, sent, model.setField(sent, 'a', 'audio', 'a.wav'))
    assert.equal(model.nameOf(settled.present), 'Typed')
    assert.equal(undo(settled).present, history.present)
    assert.equal(settle(history, sent, sent), history)
  })
})

describe('undo', () => {
  it('goes back and forth, and what is done anew ends what was undone', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => model.setName(read(), name))
    let history = commit(commit(begin(a), b), c)
    history = undo(history)
    assert.equal(history.present, b)
    assert.equal(redo(history).present, c)
    assert.equal(undo(undo(history)).present, a)
    assert.equal(redo(commit(history, a)).present, a)
  })

  it('keeps the last 500 steps', () => {
    const docs = Array.from({ length: 502 }, (_, number) => model.setName(read(), `${number}`))
    let history = docs.reduce((so, doc) => commit(so, doc), begin(read()))
    for (const _ of docs) history = undo(history)
    assert.equal(history.present, docs[1])
  })

  it('takes typing in one field for one step', () => {
    const docs = ['a', 'ab', 'abc'].map((name) => model.setName(read(), name))
    const first = begin(read())
    const typed = docs.reduce((history, doc) => commit(history, doc, 'name'), first)
    assert.equal(undo(typed).present, first.present)
  })
})
