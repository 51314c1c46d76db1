import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diffDocuments } from './differences.ts'
import { readDocument } from './model.ts'

const read = (nodes: string, name = 'A') => readDocument(`{"name": "${name}", "nodes": {${nodes}}}`).doc

describe('the differences of two documents', () => {
  it('are none between the same', () => {
    const doc = read('"a": {"text": "Hi"}')
    assert.deepEqual(diffDocuments(doc, doc), { menu: [], nodes: [], reordered: false, prompts: [] })
  })

  it('name what was added, removed and changed, with both values', () => {
    const before = read('"a": {"text": "Hi"}, "b": {"action": "hangup"}')
    const after = read('"a": {"text": {"es": "Hola"}}, "c": {"action": "hangup"}', 'B')
    assert.deepEqual(diffDocuments(before, after), {
      menu: [{ pointer: '/name', change: 'changed', before: 'A', after: 'B' }],
      nodes: [
        { node: 'a', change: 'changed', fields: [{ pointer: '/nodes/a/text', change: 'changed', before: 'Hi', after: { es: 'Hola' } }] },
        { node: 'c', change: 'added', fields: [] },
        { node: 'b', change: 'removed', fields: [] },
      ],
      reordered: false,
      prompts: [],
    })
  })

  it('tell another order of nodes and of keys', () => {
    const nodes = ['"a": {"gather": {"1": "b", "2": "b"}}', '"b": {"action": "hangup"}']
    assert.equal(diffDocuments(read(nodes.join()), read(nodes.reverse().join())).reordered, true)
    const other = nodes.join().replace('"1": "b", "2": "b"', '"2": "b", "1": "b"')
    assert.equal(diffDocuments(read(nodes.join()), read(other)).nodes[0].change, 'changed')
  })
})
