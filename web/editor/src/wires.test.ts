import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { curvesOf, leadsBack, routes, type Box, type Wire } from './wires.ts'
import { crossings, grouped, orderColumns, type Link } from './crossings.ts'

const box = (x: number, y: number): Box => ({ x, y, width: 200, height: 100 })
const wire = (id: string, source: string, target: string, boxes: Map<string, Box>): Wire => {
  const [from, to] = [boxes.get(source)!, boxes.get(target)!]
  return { id, source, target, from: { x: from.x + 200, y: from.y + 80 }, to: { x: to.x, y: to.y + 17 } }
}

/** Whether the wire is over any card; its first and last point are at the edge of one. */
function isUnder(points: { x: number; y: number }[], boxes: Map<string, Box>): boolean {
  return curvesOf(points).some(([a, b, c, d]) => Array.from({ length: 21 }, (_, at) => at / 20).some((t) => {
    const of = (k: 'x' | 'y') => (1 - t) ** 3 * a[k] + 3 * (1 - t) ** 2 * t * b[k] + 3 * (1 - t) * t ** 2 * c[k] + t ** 3 * d[k]
    return [...boxes.values()].some((each) => of('x') > each.x + 2 && of('x') < each.x + each.width - 2 && of('y') > each.y + 2 && of('y') < each.y + each.height - 2)
  }))
}

describe('a wire', () => {
  const boxes = new Map([['a', box(0, 0)], ['b', box(300, 0)], ['c', box(600, 0)], ['d', box(300, 140)]])

  it('goes round a card that stands in its way', () => {
    const points = routes([wire('1', 'a', 'c', boxes)], boxes).get('1')!
    assert.equal(isUnder([points[0], points.at(-1)!], boxes), true)
    assert.equal(isUnder(points, boxes), false)
  })

  it('that leads back turns round and passes its own card, too', () => {
    const back = wire('1', 'c', 'a', boxes)
    assert.equal(leadsBack(back), true)
    assert.equal(isUnder(routes([back], boxes).get('1')!, boxes), false)
    assert.equal(isUnder(routes([wire('2', 'b', 'b', boxes)], boxes).get('2')!, boxes), false)
  })

  it('does not lie on a wire to another card', () => {
    const found = routes([wire('1', 'a', 'c', boxes), wire('2', 'd', 'a', boxes), wire('3', 'c', 'a', boxes)], boxes)
    const lanes = ['1', '3'].map((id) => found.get(id)![1].y)
    assert.ok(Math.abs(lanes[0] - lanes[1]) >= 6, JSON.stringify(lanes))
  })

  it('goes round cards that were dragged out of their columns', () => {
    const moved = new Map([...boxes].map(([id, each], at): [string, Box] => [id, { ...each, x: each.x + at * 37, y: each.y + at * 40 }]))
    const all = ['a', 'b', 'c', 'd'].flatMap((one) => ['a', 'b', 'c', 'd'].filter((other) => other !== one).map((other) => wire(one + other, one, other, moved)))
    for (const [id, points] of routes(all, moved)) assert.equal(isUnder(points, moved), false, id)
  })
})

describe('the order within columns', () => {
  const link = (from: string, to: string, port: number): Link => ({ from, to, port })

  it('is that of the keys, however the author wrote the nodes', () => {
    const keys = [link('a', 'z', 0.2), link('a', 'y', 0.4), link('a', 'x', 0.6)]
    assert.deepEqual(orderColumns([['a'], ['x', 'y', 'z']], keys), [['a'], ['z', 'y', 'x']])
  })

  it('gives way where it would cross wires', () => {
    const keys = [link('a', 'x', 0.3), link('a', 'z', 0.6), link('b', 'y', 0.3), link('c', 'z', 0.3), link('c', 'z', 0.6)]
    const ordered = orderColumns([['a', 'b', 'c'], ['x', 'y', 'z']], keys)
    assert.equal(crossings(ordered, grouped(keys, (each) => each.from)), 1)
  })
})
