import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { layOut } from './layout.ts'
import { nodesOf, readDocument, setField } from './model.ts'
import { NODE_WIDTH, nodeHeight } from './rows.ts'

const read = (nodes: string) => readDocument(`{"nodes": {${nodes}}}`).doc
const MENU = read(`
  "greeting": {"text": "Hello.", "next": "ask"},
  "ask": {"text": "Press 1.", "gather": {"1": "agent", "2": "bye", "3": "ask"}, "timeout_node": "ask"},
  "agent": {"action": "transfer", "fallback_node": "bye", "on_agent_hangup": "bye"},
  "bye": {"action": "hangup"},
  "alone": {"action": "suppress"},
  "strange": {"action": "fly", "to": "bye"}
`)

describe('where nodes stand', () => {
  it('is right of what leads to them', () => {
    const places = layOut(MENU)
    const columns = ['greeting', 'ask', 'agent', 'bye'].map((id) => places.get(id)!.x)
    assert.deepEqual(columns, [...new Set(columns)].sort((one, other) => one - other))
  })

  for (const editable of [false, true]) it(`is a place of its own for each, reached or not, ${editable ? 'edited' : 'looked at'}`, () => {
    const places = layOut(MENU, editable)
    const boxes = [...nodesOf(MENU)].map(([id, node]) => ({ ...places.get(id)!, height: nodeHeight(node, editable) }))
    for (const [at, one] of boxes.entries()) for (const other of boxes.slice(at + 1)) {
      const beside = Math.abs(one.x - other.x) >= NODE_WIDTH
      const apart = one.y + one.height <= other.y || other.y + other.height <= one.y
      assert.ok(beside || apart, JSON.stringify([one, other]))
    }
  })

  it('does not depend on words, nor on ways that lead nowhere', () => {
    const worded = setField(MENU, 'ask', 'text', 'Press one, please.')
    assert.deepEqual(layOut(worded), layOut(MENU))
    const alone = read('"ask": {"text": "Press 1.", "gather": {"1": "nowhere"}}, "bye": {"action": "hangup"}')
    const unwired = read('"ask": {"text": "Press 1.", "gather": {"1": ""}}, "bye": {"action": "hangup"}')
    assert.deepEqual(layOut(alone), layOut(unwired))
  })

  it('is no place at all in an empty menu', () => {
    assert.equal(layOut(read('')).size, 0)
  })
})
