import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flowEdges, flowNodes } from './flow.ts'
import { readDocument, setField } from './model.ts'

const doc = readDocument(`{"nodes": {
  "a": {"text": "Press 1.", "gather": {"1": "b", "2": "nowhere"}},
  "b": {"action": "hangup"},
  "c": {"action": "hangup"}
}}`).doc
const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 300, y: 0 }], ['c', { x: 300, y: 200 }]])
const changed = <T>(before: T[], after: T[]) => after.filter((each, at) => each !== before[at])

describe('the nodes of the graph', () => {
  const drawn = flowNodes(doc, places, {})

  it('are the same objects as before, but for the one that was moved', () => {
    const moved = flowNodes(doc, new Map(places).set('b', { x: 310, y: 0 }), {}, drawn)
    assert.deepEqual(changed(drawn, moved).map((node) => [node.id, node.position]), [['b', { x: 310, y: 0 }]])
  })

  it('are the same objects as before, but for the one whose words changed', () => {
    const typed = flowNodes(setField(doc, 'a', 'text', 'Press 2.'), places, {}, drawn)
    assert.deepEqual(changed(drawn, typed).map((node) => [node.id, node.data.words]), [['a', 'Press 2.']])
  })

  it('say what leads nowhere', () => {
    assert.deepEqual(drawn[0].data.rows.filter((row) => row.missing).map((row) => row.target), ['nowhere'])
    assert.deepEqual(flowEdges(doc, null).map((edge) => `${edge.source}>${edge.target}`), ['a>b'])
  })
})
