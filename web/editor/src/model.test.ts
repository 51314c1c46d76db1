import { describe, expect, it } from 'vitest'
import { begin, commit, redo, undo } from './history'
import { JsonError, parseJson, printJson } from './json'
import * as model from './model'

const TEXT = `{
  "name": "Order",
  "nodes": {
    "zeta": {
      "audio": "z.wav",
      "gather": { "9": "10", "1": "a", "#": "zeta" },
      "timeout_node": "zeta"
    },
    "10": { "action": "hangup" },
    "2": { "action": "transfer", "fallback_node": "10" },
    "a": { "action": "suppress" }
  }
}`

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
    expect([...model.nodesOf(read()).keys()]).toEqual(['zeta', '10', '2', 'a'])
    expect(printJson(read())).toBe(TEXT)
  })

  it('reads what JSON.parse reads', () => {
    const text = '{"a": [1, -2.5e3, true, null, "\\u00fc\\n\\"\\/"], "b": {}, "c": []}'
    expect(JSON.parse(printJson(parseJson(text).value))).toEqual(JSON.parse(text))
  })

  it.each([
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
  ])('tells line, column and pointer of what is wrong: %j', (text, line, column, where) => {
    expect(fault(text)).toMatchObject({ line, column, pointer: where })
  })
})

describe('the model', () => {
  it('renames a node in its place and all that leads to it', () => {
    const doc = model.renameNode(model.setStart(read(), 'a'), '10', 'bye')
    expect([...model.nodesOf(doc).keys()]).toEqual(['zeta', 'bye', '2', 'a'])
    expect(model.keysOf(model.nodesOf(doc).get('zeta')!).get('9')).toBe('bye')
    expect(model.nodesOf(doc).get('2')!.get('fallback_node')).toBe('bye')
    expect(model.startOf(model.renameNode(doc, 'a', 'first'))).toBe('first')
    expect(model.renameNode(doc, 'a', 'bye')).toBe(doc)
    expect(model.renameNode(doc, 'a', 'no good')).toBe(doc)
  })

  it('removes a node with the wires to it', () => {
    const doc = model.removeNode(read(), '10')
    expect([...model.keysOf(model.nodesOf(doc).get('zeta')!)]).toEqual([['1', 'a'], ['#', 'zeta']])
    expect(model.nodesOf(doc).get('2')!.has('fallback_node')).toBe(false)
  })

  it('wires keys, silence and a missing agent', () => {
    let doc = model.wire(read(), 'zeta', '2', 'a')
    doc = model.wire(doc, 'zeta', '9', 'a')
    doc = model.wire(doc, 'zeta', model.NO_INPUT, '10')
    doc = model.wire(doc, '2', model.NO_AGENT, 'zeta')
    expect([...model.keysOf(model.nodesOf(doc).get('zeta')!)].join(' ')).toBe('9,a 1,a #,zeta 2,a')
    expect(model.edgesOf(doc).map((each) => `${each.source}.${each.handle}>${each.target}`)).toEqual([
      ...['zeta.9>a', 'zeta.1>a', 'zeta.#>zeta', 'zeta.2>a', 'zeta.no_input>10', '2.no_agent>zeta'],
    ])
    expect(model.edgesOf(model.wire(doc, 'zeta', '1', 'nowhere'))[1].missing).toBe(true)
  })

  it('puts a new field where such a field stands', () => {
    const node = model.nodesOf(model.setField(read(), 'zeta', 'text', 'Hello')).get('zeta')!
    expect([...node.keys()]).toEqual(['audio', 'text', 'gather', 'timeout_node'])
    expect([...model.nodesOf(model.setField(read(), 'zeta', 'audio', '')).get('zeta')!.keys()]).toEqual(['gather', 'timeout_node'])
  })

  it('names a start only where it is not the first node', () => {
    const doc = model.setStart(read(), 'a')
    expect([...doc.keys()]).toEqual(['name', 'start', 'nodes'])
    expect(model.setStart(doc, 'zeta').has('start')).toBe(false)
  })

  it('gives new nodes names of their own', () => {
    const one = model.addNode(read(), 'hangup')
    expect([one.id, model.addNode(one.doc, 'hangup').id]).toEqual(['goodbye', 'goodbye_2'])
  })

  it('lays my changes over theirs, and tells what both changed', () => {
    const base = read()
    const mine = model.removeNode(model.setField(base, 'zeta', 'audio', 'mine.wav'), 'a')
    const theirs = model.addNode(model.setName(base, 'Theirs'), 'hangup').doc
    const merged = model.mergeDocuments(base, mine, theirs)
    expect(merged.conflicts).toEqual([])
    expect([...model.nodesOf(merged.doc).keys()]).toEqual(['zeta', '10', '2', 'goodbye'])
    expect(model.nameOf(merged.doc)).toBe('Theirs')
    expect(model.nodesOf(merged.doc).get('zeta')!.get('audio')).toBe('mine.wav')
    const both = model.mergeDocuments(base, mine, model.setField(base, 'zeta', 'audio', 'theirs.wav'))
    expect(both.conflicts).toEqual(['zeta'])
    expect(model.nodesOf(both.doc).get('zeta')!.get('audio')).toBe('mine.wav')
  })
})

describe('undo', () => {
  it('goes back and forth, and what is done anew ends what was undone', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => model.setName(read(), name))
    let history = commit(commit(begin(a), b), c)
    history = undo(history)
    expect(history.present).toBe(b)
    expect(redo(history).present).toBe(c)
    expect(undo(undo(history)).present).toBe(a)
    expect(redo(commit(history, a)).present).toBe(a)
  })

  it('takes typing in one field for one step', () => {
    const docs = ['a', 'ab', 'abc'].map((name) => model.setName(read(), name))
    const first = begin(read())
    const typed = docs.reduce((history, doc) => commit(history, doc, 'name'), first)
    expect(undo(typed).present).toBe(first.present)
  })
})
