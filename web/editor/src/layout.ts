// The layout of the graph: from left to right, each node before the nodes it leads to.

import { Graph, layout } from '@dagrejs/dagre'
import { edgesOf, nodesOf, type Doc } from './model.ts'
import { NODE_WIDTH, nodeHeight } from './rows.ts'

export interface Point {
  x: number
  y: number
}

export function layOut(doc: Doc, editable = false): Map<string, Point> {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 48, marginx: 20, marginy: 20 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [id, node] of nodesOf(doc)) graph.setNode(id, { width: NODE_WIDTH, height: nodeHeight(node, editable) })
  for (const edge of edgesOf(doc)) {
    if (!edge.missing && edge.source !== edge.target) graph.setEdge(edge.source, edge.target, {}, edge.handle)
  }
  layout(graph)
  const places = new Map<string, Point>()
  for (const id of graph.nodes()) {
    const node = graph.node(id) as unknown as { x: number; y: number; width: number; height: number }
    places.set(id, { x: Math.round(node.x - node.width / 2), y: Math.round(node.y - node.height / 2) })
  }
  return places
}
