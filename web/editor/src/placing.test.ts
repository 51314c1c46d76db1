import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addNode, nodesOf, readDocument, removeNode, renameNode, wire, type Doc } from './model.ts'
import { KINDS } from './kinds.ts'
import { placesFor, type Standing } from './placing.ts'
import { NODE_WIDTH, nodeHeight } from './rows.ts'

const doc = readDocument(`{"nodes": {
  "ask": {"gather": {"1": "sales", "2": "bye"}},
  "sales": {"action": "transfer"},
  "bye": {"action": "hangup"},
  "far": {"action": "hangup"}
}}`).doc
const standing: Standing[] = [
  { id: 'ask', position: { x: 0, y: 0 } },
  { id: 'sales', position: { x: 280, y: 0 } },
  { id: 'bye', position: { x: 280, y: 200 } },
  { id: 'far', position: { x: 2000, y: 900 } },
]
const hangup = KINDS.find((kind) => kind.kind === 'hangup')!
const never = () => assert.fail('the other cards stay where they are')

const now = (changed: Doc, places: Map<string, { x: number; y: number }>): Standing[] => [...nodesOf(changed).keys()].map((id) => ({ id, position: places.get(id)! }))

function overlapping(changed: Doc, places: Map<string, { x: number; y: number }>): string[] {
  const boxes = [...nodesOf(changed)].map(([id, node]) => ({ id, ...places.get(id)!, height: nodeHeight(node, true) }))
  return boxes.flatMap((one, at) => boxes.slice(at + 1)
    .filter((other) => Math.abs(one.x - other.x) < NODE_WIDTH && one.y < other.y + other.height && other.y < one.y + one.height)
    .map((other) => `${one.id} ${other.id}`))
}

describe('a new node', () => {
  it('stands beside the one that was selected', () => {
    const grown = addNode(doc, hangup)
    const place = placesFor(grown.doc, standing, 'far', never).get(grown.id)!
    assert.deepEqual(place, { x: 2280, y: 900 })
  })

  it('stands beside the one that leads to it, whatever was selected', () => {
    const led = addNode(readDocument('{"nodes": {"a": {"text": "Hi.", "next": ""}, "b": {"action": "hangup"}}}').doc, hangup)
    const beside = placesFor(wire(led.doc, 'a', 'next', led.id), [{ id: 'a', position: { x: 0, y: 0 } }, { id: 'b', position: { x: 900, y: 900 } }], 'b', never)
    assert.deepEqual(beside.get(led.id), { x: 280, y: 0 })
  })

  it('never stands over another, however many there are', () => {
    let [grown, stand] = [doc, standing]
    for (let count = 0; count < 40; count += 1) {
      const next = addNode(grown, hangup)
      const places = placesFor(next.doc, stand, count % 2 ? 'ask' : 'sales', never)
      ;[grown, stand] = [next.doc, now(next.doc, places)]
      assert.deepEqual(overlapping(grown, places), [])
    }
  })
})

describe('a card that grows', () => {
  const below = '"below": {"action": "hangup"}, "last": {"action": "hangup"}, "beside": {"action": "hangup"}'
  const menu = (keys: string) => readDocument(`{"nodes": {"ask": {"gather": {${keys}}}, ${below}}}`).doc
  const few = menu('"1": "below"')
  const many = menu('"1": "below", "2": "last", "3": "ask", "4": "ask", "5": "ask"')
  const height = (doc: Doc, id: string) => nodeHeight(nodesOf(doc).get(id)!, true)
  const end = height(few, 'ask')
  const stand: Standing[] = [
    { id: 'ask', position: { x: 0, y: 0 }, height: end },
    { id: 'below', position: { x: 20, y: end + 10 }, height: height(few, 'below') },
    { id: 'last', position: { x: 0, y: end + 120 }, height: height(few, 'last') },
    { id: 'beside', position: { x: 300, y: end + 10 }, height: height(few, 'beside') },
  ]

  it('lies over no other: those below it go down, and no others', () => {
    const places = placesFor(many, stand, null, never)
    assert.deepEqual(overlapping(many, places), [])
    assert.ok(places.get('below')!.y > stand[1].position.y && places.get('last')!.y > places.get('below')!.y)
    assert.deepEqual([places.get('below')!.x, places.get('ask'), places.get('beside')], [20, stand[0].position, stand[3].position])
  })

  it('leaves those where they are that somebody has dragged one over', () => {
    const over = stand.map((each) => (each.id === 'last' ? { ...each, position: { x: 0, y: 20 } } : each))
    assert.deepEqual(placesFor(few, over, null, never).get('last'), { x: 0, y: 20 })
  })
})

describe('the other nodes', () => {
  it('stay where they are when one comes, goes or gets another name', () => {
    for (const changed of [addNode(doc, hangup).doc, removeNode(doc, 'bye'), renameNode(doc, 'sales', 'desk')]) {
      const places = placesFor(changed, standing, 'ask', never)
      for (const { id, position } of standing) if (nodesOf(changed).has(id)) assert.deepEqual(places.get(id), position)
    }
    assert.deepEqual(placesFor(renameNode(doc, 'sales', 'desk'), standing, 'ask', never).get('desk'), { x: 280, y: 0 })
  })

  it('are laid out where nothing stands yet', () => {
    const laid = new Map([['ask', { x: 1, y: 1 }]])
    assert.equal(placesFor(doc, [], null, () => laid), laid)
  })
})
