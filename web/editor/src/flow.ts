// A menu as React Flow's nodes and edges: plain data, which view.tsx and stage.tsx pass to it.

import type { Edge as FlowEdge, Node as FlowNode } from '@xyflow/react'
import type { Point } from './layout.ts'
import { aboutOf, kindOf, labelOf } from './kinds.ts'
import { edgesOf, hungUpOf, nodesOf, startOf, titleOf, type Doc } from './model.ts'
import { wordsOf } from './said.ts'
import { NODE_WIDTH, nodeHeight, rowPlace, rowsOf, TARGET_PX, type Row } from './rows.ts'
import { t } from './translate.ts'
import { leadsBack, pathOf, routes, type Box, type Wire } from './wires.ts'

export interface MenuNodeData extends Record<string, unknown> {
  /** the kind's name, or `unknown` */
  kind: string
  label: string
  /** what people call it */
  title: string
  words: string
  /** `to` is what people call the target */
  rows: (Row & { missing: boolean; to: string })[]
  start: boolean
  /** done once the caller has hung up */
  hungUp: boolean
  faults: number
  warnings: number
  /** how many things were different where the menu was brought in from */
  brought: number
  active: boolean
  onPath: boolean
  note: string
  editable: boolean
}

export type MenuNode = FlowNode<MenuNodeData, 'menu'>

export interface Marks {
  faults?: Map<string, number>
  warnings?: Map<string, number>
  /** what was different where the menu was brought in from */
  brought?: Map<string, unknown[]>
  active?: string | null
  /** node -> a note on it, such as a time or a count */
  path?: Map<string, string>
  editable?: boolean
  /** in which their words are shown */
  language?: string | null
  /** audio name -> its words, for nodes without a text */
  spoken?: Map<string, string>
}

/** The nodes of a document. Those that look the same as in `old` are the same objects, so that they are not drawn again. */
export function flowNodes(doc: Doc, places: Map<string, Point>, marks: Marks, old: MenuNode[] = []): MenuNode[] {
  const known = new Map(old.map((node) => [node.id, node]))
  const nodes = nodesOf(doc)
  const start = startOf(doc)
  const hungUp = hungUpOf(doc)
  return [...nodes].map(([id, node]) => {
    const before = known.get(id)
    const kind = kindOf(node)
    const data: MenuNodeData = {
      kind: kind?.kind ?? 'unknown',
      label: aboutOf(node) || labelOf(kind),
      title: titleOf(doc, id),
      words: wordsOf(node.get('text'), marks.language) || marks.spoken?.get(wordsOf(node.get('audio'), marks.language)) || wordsOf(node.get('audio'), marks.language),
      rows: rowsOf(node, marks.editable ?? false).map((row) => ({ ...row, missing: row.target !== '' && !nodes.has(row.target), to: titleOf(doc, row.target) })),
      start: id === start,
      hungUp: id === hungUp,
      faults: marks.faults?.get(id) ?? 0,
      warnings: marks.warnings?.get(id) ?? 0,
      brought: marks.brought?.get(id)?.length ?? 0,
      active: marks.active === id,
      onPath: marks.path?.has(id) ?? false,
      note: marks.path?.get(id) ?? '',
      editable: marks.editable ?? false,
    }
    const position = places.get(id) ?? before?.position ?? { x: 0, y: 0 }
    if (before && samePlace(before.position, position) && JSON.stringify(before.data) === JSON.stringify(data)) {
      return before
    }
    const height = nodeHeight(node, marks.editable ?? false)
    return {
      ...before,
      id,
      type: 'menu',
      position,
      data,
      width: NODE_WIDTH,
      height,
      measured: { width: NODE_WIDTH, height },
      ariaLabel: spoken(data),
    }
  })
}

const NOTHING = new Set<string>()
const UNDRAWN = new Map<string, DrawnWire>()

export interface DrawnWire {
  /** as SVG */
  path: string
  /** to a node on the way to it */
  back: boolean
}

/** The wires round these nodes, by the ids of their edges; `only`: those of this node. */
export function wiresOf(doc: Doc, nodes: MenuNode[], only: string | null = null): Map<string, DrawnWire> {
  const wires = asWires(doc, nodes).filter((wire) => only === null || wire.source === only || wire.target === only)
  const found = routes(wires, boxesOf(nodes))
  return new Map(wires.map((wire) => [wire.id, { path: pathOf(found.get(wire.id)!), back: leadsBack(wire) }]))
}

/** What the wires depend on: equal where they are. */
export function wiresKey(doc: Doc, nodes: MenuNode[]): string {
  return JSON.stringify([[...boxesOf(nodes)], asWires(doc, nodes)])
}

/** The points of the wires, by the ids of their edges. */
export function wirePoints(doc: Doc, nodes: MenuNode[]): Map<string, Point[]> {
  return routes(asWires(doc, nodes), boxesOf(nodes))
}

function boxesOf(nodes: MenuNode[]): Map<string, Box> {
  return new Map(nodes.map((node) => [node.id, { ...node.position, width: NODE_WIDTH, height: node.height ?? 0 }]))
}

function asWires(doc: Doc, nodes: MenuNode[]): Wire[] {
  const boxes = boxesOf(nodes)
  const rows = new Map(nodes.map((node) => [node.id, new Map(node.data.rows.map((row, at) => [row.handle, rowPlace(at)]))]))
  return edgesOf(doc).flatMap((edge): Wire[] => {
    const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)]
    const row = rows.get(edge.source)?.get(edge.handle)
    if (!from || !to || row === undefined) return []
    return [{ id: `${edge.source}.${edge.handle}`, source: edge.source, target: edge.target, from: { x: from.x + NODE_WIDTH, y: from.y + row }, to: { x: to.x, y: to.y + TARGET_PX } }]
  })
}

/** The edges; `lit` has those of a path as `source>target`. */
export function flowEdges(doc: Doc, selected: string | null, lit: Set<string> = NOTHING, wires: Map<string, DrawnWire> = UNDRAWN): FlowEdge[] {
  return edgesOf(doc)
    .filter((edge) => !edge.missing)
    .map((edge) => {
      const on = lit.has(`${edge.source}>${edge.target}`)
      const near = edge.source === selected || edge.target === selected
      const wire = wires.get(`${edge.source}.${edge.handle}`)
      return {
        id: `${edge.source}.${edge.handle}`,
        type: 'wire',
        data: { path: wire?.path ?? '' },
        source: edge.source,
        sourceHandle: edge.handle,
        target: edge.target,
        selected: selected === `${edge.source}.${edge.handle}`,
        className: [!edge.usual && 'quiet', wire?.back && 'back', near && 'near', on && 'lit'].filter(Boolean).join(' '),
        markerEnd: { type: 'arrowclosed', width: 16, height: 16 },
        zIndex: on || near ? 1 : 0,
        ariaLabel: t("%(what)s leads to %(target)s", { what: `${titleOf(doc, edge.source)}, ${edge.label}`, target: titleOf(doc, edge.target) }),
      }
    })
}

function spoken(data: MenuNodeData): string {
  const parts = [`${data.label} ${data.title}`]
  if (data.start) parts.push(t("the start"))
  if (data.hungUp) parts.push(t("done when the caller hangs up"))
  if (data.faults) parts.push(t("%(n)s faults", { n: data.faults }))
  if (data.warnings) parts.push(t("%(n)s warnings", { n: data.warnings }))
  if (data.brought) parts.push(t("not quite what it was before it was brought in"))
  for (const row of data.rows) if (row.target) parts.push(t("%(what)s leads to %(target)s", { what: row.label, target: row.to }))
  return parts.join(', ')
}

function samePlace(one: Point, other: Point): boolean {
  return one.x === other.x && one.y === other.y
}
