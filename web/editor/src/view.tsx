// A read-only graph of a menu: other pages highlight its nodes during a call, or draw the path of a call.

import { Background, Controls, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { useEffect, useMemo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import type { PromptState } from './api'
import { flowEdges, flowNodes, wiresOf, type MenuNode } from './flow.ts'
import { EDGE_TYPES, NODE_TYPES } from './graph'
import { parseJson, printJson, type Json, type JsonObject } from './json'
import { MENU_FIELDS } from './kinds'
import { layOut, type Point } from './layout'
import { answersAtOnce, OPTIONAL, readDocument, startOf, type Doc } from './model'
import { placesFor } from './placing'
import { languagesOf } from './said'
import { NODE_WIDTH } from './rows'

const FIT = { maxZoom: 1, padding: 0.06 }

export interface PathStep {
  node: string
  /** shown on the node in place of its words, such as "key 1 after 3.2 s" */
  note?: string
}

export interface GraphOptions {
  /** a node was clicked */
  onNode?: (node: string) => void
  /** where nodes were dragged to, as GET /ivr/{id}/places has them */
  places?: Record<string, Point>
}

export interface MountedGraph {
  /** highlight only this node and keep it in view; null: none */
  setActive(node: string | null): void
  /** the nodes that a call went through, in order */
  setPath(path: (string | PathStep)[]): void
  setDocument(document: string | object): void
  /** show the nodes' words in this language; null: in the first */
  setLanguage(language: string | null): void
  fit(): void
  destroy(): void
}

interface Shown {
  doc: Doc
  spoken: Map<string, string>
  active: string | null
  path: PathStep[]
  language: string | null
  fits: number
}

/** `document` is a menu as the API answers it: its JSON text (keeps the author's order) or an object. */
export function mountGraph(element: Element, document: string | object, options: GraphOptions = {}): MountedGraph {
  const root = createRoot(element)
  let shown: Shown = { doc: asDocument(document), spoken: spokenOf(document), active: null, path: [], language: null, fits: 0 }
  const show = (change: Partial<Shown>) => {
    shown = { ...shown, ...change }
    root.render(
      <ReactFlowProvider>
        <GraphView {...shown} kept={options.places} onNode={options.onNode} />
      </ReactFlowProvider>,
    )
  }
  show({})
  return {
    setActive: (active) => show({ active }),
    setPath: (path) => show({ path: path.map((step) => (typeof step === 'string' ? { node: step } : step)) }),
    setDocument: (changed) => show({ doc: asDocument(changed), spoken: spokenOf(changed) }),
    setLanguage: (language) => show({ language }),
    fit: () => show({ fits: shown.fits + 1 }),
    destroy: () => root.unmount(),
  }
}

/** The document of a menu as the API answers it. */
export function asDocument(document: string | object): Doc {
  const whole = parseJson(typeof document === 'string' ? document : JSON.stringify(document)).value as JsonObject
  const kept: [string, Json][] = []
  for (const name of ['name', ...OPTIONAL, 'nodes']) {
    const value = whole.get(name)
    if (value !== undefined && value !== null) kept.push([name, value])
  }
  const { doc } = readDocument(printJson(new Map(kept)))
  const first = (doc.get('nodes') as JsonObject).keys().next().value
  if (startOf(doc) === first) doc.delete('start')
  if (answersAtOnce(doc)) doc.delete('answer')
  if (languagesOf(doc).length === 0) doc.delete('languages')
  if (doc.get('record_call') === false) doc.delete('record_call')
  for (const field of MENU_FIELDS) if (doc.get(field.name) === field.default) doc.delete(field.name)
  return doc
}

/** The words of its prompts by audio name. */
function spokenOf(document: string | object): Map<string, string> {
  const whole = (typeof document === 'string' ? JSON.parse(document) : document) as { prompts?: Partial<PromptState>[] }
  return new Map((whole.prompts ?? []).map((each) => [each.audio ?? '', each.text ?? '']))
}

function GraphView({ doc, spoken, active, path, language, fits, kept, onNode }: Shown & { kept?: GraphOptions['places']; onNode?: GraphOptions['onNode'] }) {
  const flow = useReactFlow()
  const places = useMemo(() => {
    const standing = Object.entries(kept ?? {}).map(([id, position]) => ({ id, position }))
    return placesFor(doc, standing, null, (all) => layOut(all))
  }, [doc, kept])
  const [nodes, setNodes] = useState<MenuNode[]>([])
  useEffect(() => {
    const notes = new Map<string, string>()
    for (const step of path) notes.set(step.node, [notes.get(step.node), step.note].filter(Boolean).join(' · '))
    setNodes((old) => flowNodes(doc, places, { active, path: notes, spoken, language }, old))
  }, [doc, places, spoken, active, path, language])
  const wires = useMemo(() => wiresOf(doc, nodes), [doc, nodes])
  const edges = useMemo(() => {
    const lit = new Set(path.slice(1).map((step, index) => `${path[index].node}>${step.node}`))
    return flowEdges(doc, null, lit, wires)
  }, [doc, path, wires])
  useEffect(() => {
    const place = active === null ? undefined : places.get(active)
    if (place) void flow.setCenter(place.x + NODE_WIDTH / 2, place.y + 60, { zoom: Math.max(flow.getZoom(), 0.6), duration: 250 })
  }, [active, places, flow])
  useEffect(() => {
    if (fits) void flow.fitView({ ...FIT, duration: 250 })
  }, [fits, flow])
  return (
    <div className="digitree-graph view">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodeClick={(_, node) => onNode?.(node.id)}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={Boolean(onNode)}
        edgesFocusable={false}
        elementsSelectable={Boolean(onNode)}
        deleteKeyCode={null}
        minZoom={0.05}
        onlyRenderVisibleElements
        fitView
        fitViewOptions={FIT}
      >
        <Background />
        <Controls showInteractive={false} fitViewOptions={FIT} />
      </ReactFlow>
    </div>
  )
}
