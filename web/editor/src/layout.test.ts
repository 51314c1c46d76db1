import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readdirSync, readFileSync } from 'node:fs'
import { flowNodes, wirePoints } from './flow.ts'
import { layOut } from './layout.ts'
import { edgesOf, nodesOf, readDocument, setField, type Doc } from './model.ts'
import { NODE_WIDTH, nodeHeight, rowsOf } from './rows.ts'
import { curvesOf } from './wires.ts'

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

type At = { x: number; y: number }

/** The menus that people really run, as `tests/menus` has them. */
const MENUS = new URL('../../../tests/menus/', import.meta.url)
const real = readdirSync(MENUS).filter((name) => name.endsWith('.json')).map((name): [string, Doc] => {
  const { menu } = JSON.parse(readFileSync(new URL(name, MENUS), 'utf8')) as { menu: object }
  return [name, readDocument(JSON.stringify(menu)).doc]
})

/** The wires as many short lines. */
function drawn(doc: Doc) {
  const nodes = flowNodes(doc, layOut(doc, true), { editable: true })
  const lines = [...wirePoints(doc, nodes)].map(([id, points]) => ({ id, line: curvesOf(points).flatMap(sampled) }))
  return { boxes: nodes.map((node) => ({ ...node.position, height: node.height! })), lines }
}

function sampled([a, b, c, d]: At[]): At[] {
  return Array.from({ length: 17 }, (_, at) => {
    const [t, u] = [at / 16, 1 - at / 16]
    const of = (k: 'x' | 'y') => u ** 3 * a[k] + 3 * u * u * t * b[k] + 3 * u * t * t * c[k] + t ** 3 * d[k]
    return { x: of('x'), y: of('y') }
  })
}

function cross(a: At, b: At, c: At, d: At): boolean {
  const side = (p: At, q: At, r: At) => (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}

function crossingsOf(doc: Doc): number {
  const targets = new Map(edgesOf(doc).map((edge) => [`${edge.source}.${edge.handle}`, edge.target]))
  const { lines } = drawn(doc)
  let count = 0
  for (const [at, one] of lines.entries()) for (const other of lines.slice(at + 1)) {
    if (targets.get(one.id) === targets.get(other.id)) continue
    for (let i = 1; i < one.line.length; i += 1) for (let k = 1; k < other.line.length; k += 1) {
      if (cross(one.line[i - 1], one.line[i], other.line[k - 1], other.line[k])) count += 1
    }
  }
  return count
}

describe('the sixteen menus', () => {
  it('are all here', () => assert.equal(real.length, 16))

  for (const [name, doc] of real) it(`${name}: no wire runs under a card, and what the keys lead to stands in their order`, () => {
    const { boxes, lines } = drawn(doc)
    for (const { id, line } of lines) for (const box of boxes) {
      const under = line.some((at) => at.x > box.x + 3 && at.x < box.x + NODE_WIDTH - 3 && at.y > box.y + 3 && at.y < box.y + box.height - 3)
      assert.ok(!under, id)
    }
    const places = layOut(doc, true)
    for (const [id, node] of nodesOf(doc)) {
      const after = rowsOf(node, true).filter((row) => row.boxed && row.target !== '').map((row) => places.get(row.target)).filter((place) => place !== undefined && place.x > places.get(id)!.x)
      for (const [at, one] of after.entries()) for (const other of after.slice(at + 1)) assert.ok(one!.x !== other!.x || one!.y <= other!.y, id)
    }
  })

  it('have few crossings: 323 before the order knew the keys', () => {
    const counts = real.map(([name, doc]): [string, number] => [name, crossingsOf(doc)])
    const all = counts.reduce((sum, [, count]) => sum + count, 0)
    assert.ok(all <= 190, `${all}: ${counts.map((each) => each.join(' ')).join(', ')}`)
  })
})
