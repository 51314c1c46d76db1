// Where cards stand when the menu has changed: known ones stay, those that one would grow over go down, and a new one finds a
// free place beside what it belongs to.

import { edgesOf, nodesOf, startOf, type Doc } from './model.ts'
import type { Point } from './layout.ts'
import { NODE_WIDTH, nodeHeight } from './rows.ts'

export interface Standing {
  id: string
  position: Point
  /** as it is drawn now; unknown: it did not grow */
  height?: number
}

const MANY_NEW = 3
const COLUMN = NODE_WIDTH + 72
const GAP = 34
const STEP = 17
const FAR = 4000

/** The places of all nodes. `beside` is the node that was selected before; `layOut` lays the whole menu out, which is done
 *  where nothing stands yet or many nodes are new. */
export function placesFor(doc: Doc, old: Standing[], beside: string | null, layOut: (doc: Doc) => Map<string, Point>): Map<string, Point> {
  const places = new Map(old.map((node) => [node.id, node.position]))
  const nodes = nodesOf(doc)
  const fresh = [...nodes.keys()].filter((id) => !places.has(id))
  const gone = old.filter((node) => !nodes.has(node.id))
  const heights = new Map(old.map((node) => [node.id, node.height]))
  if (fresh.length === 1 && gone.length === 1) {
    places.set(fresh[0], gone[0].position)
    heights.set(fresh[0], gone[0].height)
  }
  for (const { id } of gone) places.delete(id)
  if (places.size < nodes.size && (fresh.length > MANY_NEW || places.size === 0)) return layOut(doc)
  makeRoom(doc, places, [...places.keys()].filter((id) => nodeHeight(nodes.get(id)!, true) > (heights.get(id) ?? Infinity)))
  if (places.size === nodes.size) return places
  for (const id of fresh) places.set(id, freePlace(doc, id, places, beside))
  return places
}

/** Cards below those that grew go down, and those below them, as far as they would lie under another. */
function makeRoom(doc: Doc, places: Map<string, Point>, grown: string[]): void {
  const end = (id: string) => places.get(id)!.y + nodeHeight(nodesOf(doc).get(id)!, true)
  const was = new Map(places)
  for (let id = grown.shift(); id !== undefined; id = grown.shift()) {
    const { x, y } = places.get(id)!
    for (const [other, place] of [...places].sort(([, one], [, next]) => one.y - next.y)) {
      const isBelow = other !== id && place.y >= was.get(id)!.y && Math.abs(place.x - x) < NODE_WIDTH
      if (!isBelow || place.y >= end(id) || end(other) <= y) continue
      places.set(other, { x: place.x, y: end(id) + GAP })
      grown.push(other)
    }
  }
}

/** To the right of the node that leads to it, of the one selected, or of the start; else below; never over another. */
function freePlace(doc: Doc, id: string, places: Map<string, Point>, beside: string | null): Point {
  const nodes = nodesOf(doc)
  const source = edgesOf(doc).find((edge) => edge.target === id && places.has(edge.source))?.source
  const near = [source, beside, startOf(doc), ...places.keys()].find((each) => typeof each === 'string' && places.has(each))!
  const from = places.get(near)!
  const height = nodeHeight(nodes.get(id)!, true)
  const isFree = ({ x, y }: Point) =>
    [...places].every(([other, place]) => {
      const apart = Math.abs(place.x - x) >= NODE_WIDTH + STEP
      return apart || y + height + GAP <= place.y || place.y + nodeHeight(nodes.get(other)!, true) + GAP <= y
    })
  const below = from.y + nodeHeight(nodes.get(near)!, true) + GAP
  for (let away = 0; away < FAR; away += STEP) {
    const wished = [
      { x: from.x + COLUMN, y: from.y + away },
      { x: from.x + COLUMN, y: from.y - away },
      { x: from.x, y: below + away - 12 * STEP },
    ]
    const found = wished.find((place, at) => (at < 2 || place.y >= below) && isFree(place))
    if (found) return found
  }
  return { x: from.x + COLUMN, y: from.y + FAR }
}
