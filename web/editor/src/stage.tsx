// The graph to edit: drag wires and nodes, move with the arrow keys, Enter edits, + adds, Delete removes. Where a finger
// points, it moves the graph and drags no node.

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
import { flowEdges, flowNodes, wiresKey, wiresOf, type DrawnWire, type MenuNode } from './flow.ts'
import { EDGE_TYPES, NODE_TYPES } from './graph'
import type { Places } from './history'
import { layOut } from './layout'
import { startOf, type Doc } from './model'
import { placesFor } from './placing'
import { NODE_WIDTH } from './rows'
import { t } from './translate'

export interface StageProps {
  doc: Doc
  faults: Map<string, number>
  warnings: Map<string, number>
  /** what was different where the menu was brought in from, by node */
  brought: Map<string, unknown[]>
  spoken: Map<string, string>
  /** in which the nodes' words are shown */
  language: string | null
  selected: string | null
  locked: boolean
  /** where nodes were dragged to; empty: the layout puts them */
  places: Places
  /** grows when another document was opened, which is then shown as at first */
  opened: number
  onSelect: (id: string | null) => void
  onWire: (source: string, handle: string, target: string | undefined) => void
  onRemove: (id: string) => void
  onOpen: (id: string) => void
  /** a node was clicked or tapped */
  onTap: () => void
  /** the key for another node was pressed */
  onAdd: () => void
  onMoved: (before: Places, after: Places) => void
  /** where all nodes stand now */
  onStand: (places: Places) => void
}

const READABLE = 0.45
const START_ZOOM = 0.75
const EDGE = 30
const COARSE = '(pointer: coarse)'
const FIT = { maxZoom: 1, padding: 0.04 }
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

export function Stage(props: StageProps) {
  const { doc, faults, warnings, brought, spoken, language, selected, locked, places, opened, onSelect, onWire, onRemove, onOpen } = props
  const flow = useReactFlow()
  const [nodes, setNodes] = useState<MenuNode[]>([])
  const [edge, setEdge] = useState<string | null>(null)
  const applied = useRef<Places | null>(null)
  const shownOf = useRef(opened)
  const wasSelected = useRef(selected)
  const grabbed = useRef<Places>(places)
  const latest = useRef(nodes)
  latest.current = nodes
  const wrapper = useRef<HTMLDivElement>(null)
  const coarse = useMemo(() => matchMedia(COARSE).matches, [])

  useEffect(() => {
    const old = latest.current
    const first = applied.current === null
    const reopened = shownOf.current !== opened
    shownOf.current = opened
    const moved = reopened || applied.current !== places
    applied.current = places
    const standing = moved ? [...places].map(([id, position]) => ({ id, position })) : old
    const where = placesFor(doc, standing, wasSelected.current, (all) => layOut(all, true))
    const next = flowNodes(doc, where, { faults, warnings, brought, spoken, language, editable: !locked }, old)
    latest.current = next
    setNodes(next)
    props.onStand(where)
    if (first) return
    if (reopened) return void requestAnimationFrame(() => void show())
    const fresh = next.filter((node) => !old.some((each) => each.id === node.id))
    if (moved && places.size === 0) requestAnimationFrame(() => void flow.fitView({ ...FIT, duration: 250 }))
    else if (fresh.length === 1) requestAnimationFrame(() => reveal(fresh[0]))
  }, [doc, faults, warnings, brought, spoken, language, locked, places, opened, flow])
  // After the nodes: a new one is selected in the same moment in which it comes.
  useEffect(() => void (wasSelected.current = selected), [selected])

  // The editor keeps the selection; React Flow gets it for its own marks.
  const shown = useMemo(
    () => nodes.map((node) => (node.selected === (node.id === selected) ? node : { ...node, selected: node.id === selected })),
    [nodes, selected],
  )
  // While a node is dragged, only its own wires follow; the others go round it once it is dropped.
  const [dragged, setDragged] = useState<string | null>(null)
  const settled = useRef(new Map<string, DrawnWire>())
  const key = useMemo(() => wiresKey(doc, nodes), [doc, nodes])
  const wires = useMemo(() => {
    if (dragged !== null) return new Map([...settled.current, ...wiresOf(doc, nodes, dragged)])
    return (settled.current = wiresOf(doc, nodes))
  }, [key, dragged])
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
    const card = start && flow.getNode(start)
    const box = wrapper.current?.getBoundingClientRect()
    if (card && box && flow.getZoom() < READABLE) {
      const { position, height = 0 } = card
      const zoom = Math.min(START_ZOOM, (box.height - 2 * EDGE) / height)
      const top = Math.max(EDGE, Math.min(box.height / 3, box.height - EDGE - height * zoom))
      await flow.setViewport({ x: EDGE - position.x * zoom, y: top - position.y * zoom, zoom })
    }
    if (wrapper.current) wrapper.current.dataset.shown = ''
  }
  /** Bring a node into view, if it is not. */
  const reveal = ({ position, height }: MenuNode) => {
    const box = wrapper.current?.getBoundingClientRect()
    const start = flow.flowToScreenPosition(position)
    const end = flow.flowToScreenPosition({ x: position.x + NODE_WIDTH, y: position.y + (height ?? 0) })
    if (box && (start.x < box.left || end.x > box.right || start.y < box.top || end.y > box.bottom)) {
      void flow.setCenter(position.x + NODE_WIDTH / 2, position.y + (height ?? 0) / 2, { zoom: Math.max(flow.getZoom(), 0.5) })
    }
  }
  const goTo = (id: string) => {
    const node = nodes.find((each) => each.id === id)
    if (!node) return
    onSelect(id)
    reveal(node)
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
    } else if ((event.key === '+' || event.key === 'Insert') && !locked) {
      props.onAdd()
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
        onNodeClick={(_, node) => (setEdge(null), onSelect(node.id), props.onTap())}
        onNodeDoubleClick={(_, node) => onOpen(node.id)}
        onEdgeClick={(_, clicked) => (onSelect(null), setEdge(clicked.id))}
        onPaneClick={() => (setEdge(null), onSelect(null))}
        onNodeDragStart={(_, node) => {
          onSelect(node.id)
          grabbed.current = placesOf(latest.current)
          setDragged(node.id)
        }}
        onNodeDragStop={() => {
          setDragged(null)
          props.onMoved(grabbed.current, placesOf(latest.current))
        }}
        nodesDraggable={!coarse}
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

function placesOf(nodes: MenuNode[]): Places {
  return new Map(nodes.map((node) => [node.id, node.position]))
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
