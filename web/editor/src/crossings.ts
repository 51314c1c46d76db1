// The order of the cards within a column: by the keys that lead to them, with as few crossings as sweeps find.
//
// A wire leaves a card at the row of its key, so two wires of one card cross when their targets stand in the other order
// than their keys. dagre's own order knows cards only as points; this one takes its place.

/** A wire between neighbouring columns; `port` is its row's share of the card's height, from 0 to 1. */
export interface Link {
  from: string
  to: string
  port: number
}

const MAX_SWEEPS = 12

/** The columns with the cards in order; those of the first come by `links` as they are given, in the author's order. */
export function orderColumns(columns: string[][], links: Link[]): string[][] {
  const out = grouped(links, (link) => link.from)
  const into = grouped(links, (link) => link.to)
  for (const some of out.values()) some.sort((one, other) => one.port - other.port)
  let now = firstOrder(columns, out)
  let best = now
  let fewest = crossings(now, out)
  for (let sweep = 0; sweep < MAX_SWEEPS && fewest > 0; sweep += 1) {
    now = swept(now, sweep % 2 ? out : into, sweep % 2 === 1)
    now = swapped(now, out, into)
    const count = crossings(now, out)
    if (count < fewest) [best, fewest] = [now, count]
  }
  return best
}

/** How many pairs of wires cross; wires that end at one card do not. */
export function crossings(columns: string[][], out: Map<string, Link[]>): number {
  let count = 0
  for (const [at, column] of columns.slice(0, -1).entries()) {
    const place = indexed(columns[at + 1])
    const ends = column.flatMap((id) => (out.get(id) ?? []).map((link) => place.get(link.to)!))
    count += inversions(ends)
  }
  return count
}

function inversions(ends: number[]): number {
  let count = 0
  for (let one = 0; one < ends.length; one += 1) for (let other = one + 1; other < ends.length; other += 1) if (ends[one] > ends[other]) count += 1
  return count
}

/** Depth first along the keys: what a key leads to stands above what the next key leads to. */
function firstOrder(columns: string[][], out: Map<string, Link[]>): string[][] {
  const rank = new Map(columns.flatMap((column, at) => column.map((id): [string, number] => [id, at])))
  const ordered: string[][] = columns.map(() => [])
  const seen = new Set<string>()
  const visit = (id: string) => {
    if (seen.has(id)) return
    seen.add(id)
    ordered[rank.get(id)!].push(id)
    for (const link of out.get(id) ?? []) visit(link.to)
  }
  for (const column of columns) for (const id of column) visit(id)
  return ordered
}

/** Each column sorted by the mean place of its neighbours in the column before it, or behind it. */
function swept(columns: string[][], links: Map<string, Link[]>, back: boolean): string[][] {
  const swept = columns.map((column) => [...column])
  const ats = [...swept.keys()]
  for (const at of back ? ats.reverse() : ats) {
    const place = indexed(swept[back ? at + 1 : at - 1] ?? [])
    const means = new Map<string, number>()
    for (const id of swept[at]) {
      const near = (links.get(id) ?? []).map((link) => (back ? place.get(link.to)! : place.get(link.from)! + link.port))
      if (near.length) means.set(id, near.reduce((sum, each) => sum + each, 0) / near.length)
    }
    // A card without neighbours there keeps its place.
    const moved = swept[at].filter((id) => means.has(id)).sort((one, other) => means.get(one)! - means.get(other)!)
    swept[at] = swept[at].map((id) => (means.has(id) ? moved.shift()! : id))
  }
  return swept
}

/** Neighbours are swapped wherever that leaves fewer crossings. */
function swapped(columns: string[][], out: Map<string, Link[]>, into: Map<string, Link[]>): string[][] {
  const changed = columns.map((column) => [...column])
  for (let better = true, round = 0; better && round < MAX_SWEEPS; round += 1) {
    better = false
    for (const [at, column] of changed.entries()) {
      const before = indexed(changed[at - 1] ?? [])
      const behind = indexed(changed[at + 1] ?? [])
      const ends = (id: string) => [
        (into.get(id) ?? []).map((link) => before.get(link.from)! + link.port),
        (out.get(id) ?? []).map((link) => behind.get(link.to)!),
      ]
      for (let here = 0; here + 1 < column.length; here += 1) {
        const [one, other] = [ends(column[here]), ends(column[here + 1])]
        const crossing = (upper: number[][], lower: number[][]) => over(upper[0], lower[0]) + over(upper[1], lower[1])
        if (crossing(other, one) >= crossing(one, other)) continue
        ;[column[here], column[here + 1]] = [column[here + 1], column[here]]
        better = true
      }
    }
  }
  return changed
}

/** How many pairs stand the wrong way round, those of the upper card first. */
function over(upper: number[], lower: number[]): number {
  let count = 0
  for (const one of upper) for (const other of lower) if (one > other) count += 1
  return count
}

function indexed(column: string[]): Map<string, number> {
  return new Map(column.map((id, at) => [id, at]))
}

export function grouped(links: Link[], by: (link: Link) => string): Map<string, Link[]> {
  const groups = new Map<string, Link[]>()
  for (const link of links) {
    const group = groups.get(by(link))
    if (group) group.push(link)
    else groups.set(by(link), [link])
  }
  return groups
}
