// The graph to edit: drag wires and nodes, move with the arrow keys, Enter edits, Delete removes.

import {
  applyNodeChanges,
  Background,
  Controls,
  MiniMap,
  ReactFlow,
  useReactFlow,
  type Connection,
  type Edge as FlowEdge,
  type NodeChange,
} from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { flowEdges, flowNodes, wiresOf, type MenuNode } from './flow.ts'
import { EDGE_TYPES, NODE_TYPES } from './graph'
import { layOut, type Point } from './layout'
import { nodesOf, startOf, type Doc } from './model'
import { NODE_WIDTH } from './rows'
import { t } from './translate'

export interface StageProps {
  doc: Doc
  faults: Map<string, number>
  warnings: Map<string, number>
  spoken: Map<string, string>
  /** in which the nodes' words are shown */
  language: string | null
  selected: string | null
  locked: boolean
  /** counts the requests for a new layout */
  layouts: number
  onSelect: (id: string | null) => void
  onWire: (source: string, handle: string, target: string | undefined) => void
  onRemove: (id: string) => void
  onOpen: (id: string) => void
}

const MANY_NEW = 3
const READABLE = 0.45
const START_ZOOM = 0.75
const FIT = { maxZoom: 1, padding: 0.04 }
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

export function Stage(props: StageProps) {
  const { doc, faults, warnings, spoken, language, selected, locked, layouts, onSelect, onWire, onRemove, onOpen } = props
  const flow = useReactFlow()
  const [nodes, setNodes] = useState<MenuNode[]>([])
  const [edge, setEdge] = useState<string | null>(null)
  const laidOut = useRef(-1)
  const wrapper = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const anew = laidOut.current !== layouts
    laidOut.current = layouts
    setNodes((old) => flowNodes(doc, placesFor(doc, anew ? [] : old), { faults, warnings, spoken, language, editable: !locked }, old))
    if (anew && layouts > 0) requestAnimationFrame(() => void flow.fitView({ ...FIT, duration: 250 }))
  }, [doc, faults, warnings, spoken, language, locked, layouts, flow])

  // The editor keeps the selection; React Flow gets it for its own marks.
  const shown = useMemo(
    () => nodes.map((node) => (node.selected === (node.id === selected) ? node : { ...node, selected: node.id === selected })),
    [nodes, selected],
  )
  const wires = useMemo(() => wiresOf(doc, nodes), [doc, nodes])
  const edges = useMemo(() => flowEdges(doc, edge ?? selected, undefined, wires), [doc, edge, selected, wires])
  const onNodesChange = useCallback((changes: NodeChange<MenuNode>[]) => {
    const moves = changes.filter((change) => change.type === 'position')
    if (moves.length) setNodes((old) => applyNodeChanges(moves, old))
  }, [])
  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => sourceHandle && onWire(source, sourceHandle, target),
    [onWire],
  )
  const onReconnect = useCallback(
    (old: FlowEdge, { target }: Connection) => old.sourceHandle && onWire(old.source, old.sourceHandle, target),
    [onWire],
  )

  // Show the whole menu if it is then readable; of a large one, the node at which calls start.
  const show = async () => {
    // The stage has its final size once the page's fonts are loaded.
    await document.fonts.ready
    await flow.fitView(FIT)
    const start = startOf(doc)
    const place = start && flow.getNode(start)?.position
    const box = wrapper.current?.getBoundingClientRect()
    if (place && box && flow.getZoom() < READABLE) {
      await flow.setViewport({ x: 30 - place.x * START_ZOOM, y: box.height / 3 - place.y * START_ZOOM, zoom: START_ZOOM })
    }
    if (wrapper.current) wrapper.current.dataset.shown = ''
  }
  const goTo = (id: string) => {
    const node = nodes.find((each) => each.id === id)
    if (!node) return
    onSelect(id)
    const { x, y } = flow.flowToScreenPosition({ x: node.position.x + NODE_WIDTH / 2, y: node.position.y + 40 })
    const box = wrapper.current?.getBoundingClientRect()
    if (box && (x < box.left + 80 || x > box.right - 80 || y < box.top + 60 || y > box.bottom - 60)) {
      void flow.setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + 60, { zoom: Math.max(flow.getZoom(), 0.5) })
    }
    requestAnimationFrame(() => requestAnimationFrame(() => elementOf(wrapper.current, id)?.focus({ preventScroll: true })))
  }
  const onKey = (event: KeyboardEvent) => {
    const here = (event.target as Element).closest<HTMLElement>('.react-flow__node')?.dataset.id
    if (event.key === 'Delete' || event.key === 'Backspace') {
      if (locked || (event.target as Element).matches('input, textarea, select')) return
      if (edge) {
        const [source, handle] = splitEdge(edge)
        onWire(source, handle, undefined)
        setEdge(null)
      } else if (here ?? selected) {
        onRemove((here ?? selected)!)
      }
    } else if (here && event.key === 'Enter') {
      onSelect(here)
      onOpen(here)
    } else if (here && event.key in ARROWS && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = nearest(nodes, here, ARROWS[event.key])
      if (next) goTo(next)
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="digitree-graph" ref={wrapper} onKeyDownCapture={onKey}>
      <ReactFlow
        nodes={shown}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onConnect={onConnect}
        onReconnect={onReconnect}
        onNodeClick={(_, node) => (setEdge(null), onSelect(node.id))}
        onNodeDoubleClick={(_, node) => onOpen(node.id)}
        onEdgeClick={(_, clicked) => (onSelect(null), setEdge(clicked.id))}
        onPaneClick={() => (setEdge(null), onSelect(null))}
        onNodeDragStart={(_, node) => onSelect(node.id)}
        nodesDraggable
        nodesConnectable={!locked}
        edgesReconnectable={!locked}
        edgesFocusable={false}
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        disableKeyboardA11y
        connectionRadius={36}
        minZoom={0.05}
        onlyRenderVisibleElements
        onInit={() => requestAnimationFrame(() => void show())}
      >
        <Background />
        <Controls showInteractive={false} fitViewOptions={FIT} />
        {nodes.length > 12 && <MiniMap pannable zoomable ariaLabel={t("The whole menu, small")} nodeStrokeWidth={0} />}
      </ReactFlow>
    </div>
  )
}

/** Known nodes stay where they are; a renamed node keeps its position; up to MANY_NEW new ones are put beside the nodes that
 *  lead to them; with more, the whole graph is laid out. */
function placesFor(doc: Doc, old: MenuNode[]): Map<string, Point> {
  const places = new Map(old.map((node) => [node.id, node.position]))
  const ids = [...nodesOf(doc).keys()]
  const fresh = ids.filter((id) => !places.has(id))
  if (fresh.length === 0) return places
  const gone = old.filter((node) => !nodesOf(doc).has(node.id))
  if (fresh.length === 1 && gone.length === 1) return places.set(fresh[0], gone[0].position)
  const laid = layOut(doc, true)
  if (fresh.length > MANY_NEW || old.length === 0) return laid
  const anchor = startOf(doc)
  const shift = anchor && places.get(anchor) && laid.get(anchor)
  const [dx, dy] = shift ? [places.get(anchor)!.x - shift.x, places.get(anchor)!.y - shift.y] : [0, 0]
  for (const id of fresh) {
    const place = { x: laid.get(id)!.x + dx, y: laid.get(id)!.y + dy }
    while ([...places.values()].some((other) => Math.abs(other.x - place.x) < NODE_WIDTH && Math.abs(other.y - place.y) < 110)) {
      place.y += 60
    }
    places.set(id, place)
  }
  return places
}

function nearest(nodes: MenuNode[], from: string, [dx, dy]: [number, number]): string | undefined {
  const here = nodes.find((node) => node.id === from)?.position
  if (!here) return undefined
  let best: { id: string; far: number } | undefined
  for (const node of nodes) {
    const x = node.position.x - here.x
    const y = node.position.y - here.y
    const along = x * dx + y * dy
    if (node.id === from || along < 20) continue
    const far = along + 2.5 * Math.abs(x * dy + y * dx)
    if (!best || far < best.far) best = { id: node.id, far }
  }
  return best?.id
}

function elementOf(wrapper: HTMLElement | null, id: string): HTMLElement | null {
  return wrapper?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`) ?? null
}

function splitEdge(id: string): [string, string] {
  const dot = id.indexOf('.')
  return [id.slice(0, dot), id.slice(dot + 1)]
}
