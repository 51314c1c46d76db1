// The ways of the wires: each from its key's row to the head of a card, round the cards that stand between.
//
// Cards that overlap from left to right form a band. A wire passes a band on a lane: a height at which no card of the band
// stands, and no wire to another card runs. Between bands, where no card is, it changes its height. A wire that leads back
// leaves to the right all the same, turns, and comes back on lanes, past its own card as well.

import type { Point } from './layout.ts'

export interface Box extends Point {
  width: number
  height: number
}

export interface Wire {
  id: string
  source: string
  target: string
  /** where its key's row ends */
  from: Point
  to: Point
}

interface Band {
  left: number
  right: number
  boxes: Box[]
}

interface Lane {
  left: number
  right: number
  y: number
  target: string
}

/** Part of a wire between two bands. */
interface Hop {
  start: Point
  end: Point
  target: string
}

/** What is drawn already. */
interface Drawn {
  lanes: Lane[]
  hops: Hop[]
  /** whether crossings with `hops` count */
  counts: boolean
}

/** How far a wire keeps from the cards, and from the next wire. */
const CLEAR = 8
const APART = 6
const TURN = 26
/** The detour that a crossing is worth. */
const CROSSING = 60
/** What it is worth to join a wire to the same card. */
const SHARED = 12
const MOST_AWAY = 240
/** Of more wires, crossings are not counted: that would take a second. */
const COUNTED = 300

/** The points of each wire, from left to right or, of one that leads back, from right to left. */
export function routes(wires: Wire[], boxes: ReadonlyMap<string, Box>): Map<string, Point[]> {
  const drawn: Drawn = { lanes: [], hops: [], counts: wires.length <= COUNTED }
  const found = new Map<string, Point[]>()
  const reach = (wire: Wire) => Math.abs(wire.to.x - wire.from.x) + (leadsBack(wire) ? 1e6 : 0)
  for (const wire of [...wires].sort((one, other) => reach(one) - reach(other))) found.set(wire.id, route(wire, boxes, drawn))
  return found
}

export function leadsBack({ from, to }: Wire): boolean {
  return to.x < from.x + 12
}

function route(wire: Wire, boxes: ReadonlyMap<string, Box>, drawn: Drawn): Point[] {
  const { from, to, source, target } = wire
  const back = leadsBack(wire)
  const [left, right] = back ? [to.x, from.x] : [from.x, to.x]
  const between = [...boxes].filter(([id, box]) => (back || (id !== source && id !== target)) && box.x < right && box.x + box.width > left)
  const bands = bandsOf(between.map(([, box]) => box))
  const points = [from]
  const order = back ? bands.reverse() : bands
  for (const [at, band] of order.entries()) {
    const start = points.at(-1)!
    // A band may begin before the wire does, where cards were dragged out of their columns.
    const [near, far] = back ? [band.right, band.left] : [Math.max(band.left, start.x), Math.min(band.right, to.x)]
    const straight = back ? start.y : start.y + ((to.y - start.y) * ((near + far) / 2 - start.x)) / (to.x - start.x || 1)
    const last = at === order.length - 1
    const y = laneOf(band, straight, to.y, target, drawn, (height) => {
      if (!drawn.counts) return 0
      const on = [{ start, end: { x: near, y: height }, target }, ...(last ? [{ start: { x: far, y: height }, end: to, target }] : [])]
      return on.reduce((sum, hop) => sum + crossed(hop, drawn.hops), 0)
    })
    drawn.lanes.push({ left: band.left, right: band.right, y, target })
    drawn.hops.push({ start, end: { x: near, y }, target })
    points.push({ x: near, y }, { x: far, y })
  }
  drawn.hops.push({ start: points.at(-1)!, end: to, target })
  points.push(to)
  return points
}

/** How many wires to other cards this one would cross. */
function crossed(hop: Hop, hops: Hop[]): number {
  return hops.filter((other) => other.target !== hop.target && cross(hop.start, hop.end, other.start, other.end)).length
}

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  if (Math.max(a.x, b.x) < Math.min(c.x, d.x) || Math.max(c.x, d.x) < Math.min(a.x, b.x)) return false
  const side = (p: Point, q: Point, r: Point) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x))
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}

function bandsOf(boxes: Box[]): Band[] {
  const bands: Band[] = []
  for (const box of [...boxes].sort((one, other) => one.x - other.x)) {
    const last = bands.at(-1)
    if (last && box.x < last.right + CLEAR) {
      last.right = Math.max(last.right, box.x + box.width)
      last.boxes.push(box)
    } else {
      bands.push({ left: box.x, right: box.x + box.width, boxes: [box] })
    }
  }
  return bands
}

/** The free height nearest to where the wire would go straight; wires to one card may share it. */
function laneOf(band: Band, straight: number, goal: number, target: string, { lanes }: Drawn, crossed: (y: number) => number): number {
  const near = lanes.filter((lane) => lane.left < band.right && lane.right > band.left)
  let best = { y: straight, cost: Infinity }
  const consider = (y: number, low: number, high: number) => {
    if (y < low || y > high || near.some((lane) => lane.target !== target && Math.abs(lane.y - y) < APART)) return
    const shared = near.some((lane) => lane.target === target && Math.abs(lane.y - y) < 1)
    const cost = Math.abs(y - straight) + Math.abs(y - goal) / 4 - (shared ? SHARED : 0)
    if (cost >= best.cost) return
    const whole = cost + CROSSING * crossed(y)
    if (whole < best.cost) best = { y, cost: whole }
  }
  const farther = ([low, high]: [number, number]) => Math.max(low - straight, straight - high, 0)
  const own = near.filter((lane) => lane.target === target)
  for (const gap of gapsOf(band.boxes).sort((one, other) => farther(one) - farther(other))) {
    const [low, high] = gap
    // All gaps from here on are farther away than what was found.
    if (farther(gap) - SHARED >= best.cost) break
    const wished = Math.min(Math.max(straight, low), high)
    for (const lane of own) consider(lane.y, low, high)
    for (let away = 0; away <= near.length * 2 * APART && away < MOST_AWAY && farther(gap) + away - SHARED < best.cost; away += APART) {
      if (wished + away <= high) consider(wished + away, low, high)
      if (wished - away >= low) consider(wished - away, low, high)
      if (wished + away > high && wished - away < low) break
    }
  }
  return best.y
}

/** From the top to the bottom, the heights at which no card stands. */
function gapsOf(boxes: Box[]): [number, number][] {
  const gaps: [number, number][] = []
  let low = -Infinity
  for (const box of [...boxes].sort((one, other) => one.y - other.y)) {
    if (box.y - CLEAR >= low) gaps.push([low, box.y - CLEAR])
    low = Math.max(low, box.y + box.height + CLEAR)
  }
  gaps.push([low, Infinity])
  return gaps
}

type Curve = [Point, Point, Point, Point]

/** The curves between the points: level at each of them. Where the wire turns round, they bulge. */
export function curvesOf(points: Point[]): Curve[] {
  return points.slice(1).map((end, at): Curve => {
    const start = points[at]
    const first = at === 0
    const last = at === points.length - 2
    const turns = Math.abs(end.x - start.x) < 1 || (first && end.x < start.x) || (last && end.x < start.x)
    if (turns && (first || last)) {
      const bulge = first ? TURN : -TURN
      return [start, { x: start.x + bulge, y: start.y }, { x: end.x + bulge, y: end.y }, end]
    }
    const half = (end.x - start.x) / 2
    return [start, { x: start.x + half, y: start.y }, { x: end.x - half, y: end.y }, end]
  })
}

export function pathOf(points: Point[]): string {
  const at = ({ x, y }: Point) => `${Math.round(x)},${Math.round(y)}`
  return `M${at(points[0])}${curvesOf(points).map(([, one, other, end]) => `C${at(one)} ${at(other)} ${at(end)}`).join('')}`
}
