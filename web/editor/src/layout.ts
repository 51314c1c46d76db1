// The layout of the graph: from left to right, each node before the nodes it leads to, and those in the order of its keys.

import { Graph, layout } from '@dagrejs/dagre'
import { grouped, orderColumns, type Link } from './crossings.ts'
import { edgesOf, nodesOf, startOf, type Doc } from './model.ts'
import { NODE_WIDTH, nodeHeight, rowsOf } from './rows.ts'

export interface Point {
  x: number
  y: number
}

const SPACING = { rankdir: 'LR' as const, nodesep: 34, edgesep: 14, ranksep: 72, marginx: 20, marginy: 20 }

export function layOut(doc: Doc, editable = false): Map<string, Point> {
  const graph = new Graph({ multigraph: true })
  graph.setGraph(SPACING)
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [id, node] of nodesOf(doc)) graph.setNode(id, { width: NODE_WIDTH, height: nodeHeight(node, editable) })
  for (const edge of onward(doc)) graph.setEdge(edge.from, edge.to, { port: edge.port, minlen: 1, weight: 1 }, edge.handle)
  layout(graph, { customOrder: putInOrder })
  const places = new Map<string, Point>()
  for (const id of graph.nodes()) {
    const node = graph.node(id) as unknown as { x: number; y: number; width: number; height: number }
    places.set(id, { x: Math.round(node.x - node.width / 2), y: Math.round(node.y - node.height / 2) })
  }
  return places
}

/** The wires that lead on: those that lead back to a node on the way to them are drawn round the cards and move none. */
function onward(doc: Doc): (Link & { handle: string })[] {
  const nodes = nodesOf(doc)
  const wires = edgesOf(doc).filter((edge) => !edge.missing && edge.source !== edge.target)
  const ports = new Map([...nodes].map(([id, node]) => [id, rowsOf(node, false).map((row) => row.handle)]))
  const links = wires.map((edge) => {
    const rows = ports.get(edge.source)!
    return { from: edge.source, to: edge.target, handle: edge.handle, port: (rows.indexOf(edge.handle) + 1) / (rows.length + 1) }
  })
  const out = grouped(links, (link) => link.from) as Map<string, typeof links>
  const open = new Set<string>()
  const done = new Set<string>()
  const kept: typeof links = []
  const visit = (id: string) => {
    open.add(id)
    for (const link of out.get(id) ?? []) {
      if (open.has(link.to)) continue
      kept.push(link)
      if (!done.has(link.to)) visit(link.to)
    }
    open.delete(id)
    done.add(id)
  }
  for (const id of [startOf(doc), ...nodes.keys()]) if (id !== undefined && nodes.has(id) && !done.has(id)) visit(id)
  return kept
}

/** For dagre, once it has put each card, and each column that a long wire passes, into a rank. */
function putInOrder(graph: Graph): void {
  const ranked = graph as unknown as Ranked
  const columns: string[][] = []
  for (const id of ranked.nodes()) (columns[ranked.node(id).rank] ??= []).push(id)
  const links = ranked.edges().map((edge): Link => {
    const { dummy, order: _, ...own } = ranked.node(edge.v)
    return { from: edge.v, to: edge.w, port: dummy || own.rank === undefined ? 0.5 : (ranked.edge(edge).port ?? portOf(ranked, edge)) }
  })
  for (const column of orderColumns(Array.from(columns, (column) => column ?? []), links)) {
    column.forEach((id, at) => (ranked.node(id).order = at))
  }
}

interface RankedEdge {
  v: string
  w: string
  name?: string
}

interface RankedNode {
  rank: number
  order?: number
  dummy?: string
  edgeLabel?: { port?: number }
}

interface Ranked {
  nodes(): string[]
  edges(): RankedEdge[]
  node(id: string): RankedNode
  edge(edge: RankedEdge): { port?: number }
}

/** Of the first part of a long wire, which dagre has split. */
function portOf(graph: Ranked, edge: RankedEdge): number {
  return graph.node(edge.w).edgeLabel?.port ?? 0.5
}
