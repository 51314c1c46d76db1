// A menu as React Flow's nodes and edges: plain data, which view.tsx and stage.tsx pass to it.

import type { Edge as FlowEdge, Node as FlowNode } from '@xyflow/react'
import type { Point } from './layout.ts'
import { aboutOf, kindOf, labelOf } from './kinds.ts'
import { edgesOf, hungUpOf, nodesOf, startOf, type Doc } from './model.ts'
import { wordsOf } from './said.ts'
import { NODE_WIDTH, nodeHeight, rowsOf, type Row } from './rows.ts'
import { t } from './translate.ts'

export interface MenuNodeData extends Record<string, unknown> {
  /** the kind's name, or `unknown` */
  kind: string
  label: string
  words: string
  rows: (Row & { missing: boolean })[]
  start: boolean
  /** done once the caller has hung up */
  hungUp: boolean
  faults: number
  warnings: number
  active: boolean
  onPath: boolean
  note: string
  editable: boolean
}

export type MenuNode = FlowNode<MenuNodeData, 'menu'>

export interface Marks {
  faults?: Map<string, number>
  warnings?: Map<string, number>
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
      words: wordsOf(node.get('text'), marks.language) || marks.spoken?.get(wordsOf(node.get('audio'), marks.language)) || wordsOf(node.get('audio'), marks.language),
      rows: rowsOf(node, marks.editable ?? false).map((row) => ({ ...row, missing: row.target !== '' && !nodes.has(row.target) })),
      start: id === start,
      hungUp: id === hungUp,
      faults: marks.faults?.get(id) ?? 0,
      warnings: marks.warnings?.get(id) ?? 0,
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
      ariaLabel: spoken(id, data),
    }
  })
}

const NOTHING = new Set<string>()

/** The edges; `lit` has those of a path as `source>target`. */
export function flowEdges(doc: Doc, selected: string | null, lit: Set<string> = NOTHING): FlowEdge[] {
  return edgesOf(doc)
    .filter((edge) => !edge.missing)
    .map((edge) => {
      const on = lit.has(`${edge.source}>${edge.target}`)
      const near = edge.source === selected || edge.target === selected
      return {
        id: `${edge.source}.${edge.handle}`,
        source: edge.source,
        sourceHandle: edge.handle,
        target: edge.target,
        selected: selected === `${edge.source}.${edge.handle}`,
        className: [!edge.usual && 'quiet', near && 'near', on && 'lit'].filter(Boolean).join(' '),
        markerEnd: { type: 'arrowclosed', width: 16, height: 16 },
        zIndex: on || near ? 1 : 0,
        ariaLabel: t("%(what)s leads to %(target)s", { what: `${edge.source}, ${edge.label}`, target: edge.target }),
      }
    })
}

function spoken(id: string, data: MenuNodeData): string {
  const parts = [`${data.label} ${id}`]
  if (data.start) parts.push(t("the start"))
  if (data.hungUp) parts.push(t("done when the caller hangs up"))
  if (data.faults) parts.push(t("%(n)s faults", { n: data.faults }))
  if (data.warnings) parts.push(t("%(n)s warnings", { n: data.warnings }))
  for (const row of data.rows) if (row.target) parts.push(t("%(what)s leads to %(target)s", { what: row.label, target: row.target }))
  return parts.join(', ')
}

function samePlace(one: Point, other: Point): boolean {
  return one.x === other.x && one.y === other.y
}
