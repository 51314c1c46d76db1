// A node of the graph as a React component: its head, its words, and a row with a handle for each way out; and a wire.

import { BaseEdge, Handle, Position, type EdgeProps, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import type { MenuNode } from './flow.ts'
import { t } from './translate'

const MenuNodeView = memo(function MenuNodeView({ id, data, selected }: NodeProps<MenuNode>) {
  const classes = ['menu-node', data.kind]
  if (selected) classes.push('selected')
  if (data.active) classes.push('active')
  if (data.onPath) classes.push('on-path')
  return (
    <div className={classes.join(' ')}>
      <Handle type="target" position={Position.Left} isConnectable={data.editable} />
      <div className="mn-head">
        <span className="mn-name" title={data.title === id ? id : `${data.title} (${id})`}>{data.title}</span>
        {data.start && <span className="mn-tag start">{t("start")}</span>}
        {data.hungUp && <span className="mn-tag start" title={t("Done when the caller hangs up")}>{t("hung up")}</span>}
        {data.faults > 0 && <span className="mn-tag fault" title={t("%(n)s faults", { n: data.faults })}>✕ {data.faults}</span>}
        {data.brought > 0 && <span className="mn-tag differs" title={t("not quite what it was before it was brought in")}>≠</span>}
        {data.warnings > 0 && <span className="mn-tag warning" title={t("%(n)s warnings", { n: data.warnings })}>! {data.warnings}</span>}
      </div>
      <div className="mn-words">{data.note || data.words || data.label}</div>
      {data.rows.map((row) => (
        <div key={row.handle} className={`mn-row${row.missing ? ' missing' : ''}${row.target ? '' : ' open'}`}>
          <span className={row.boxed ? 'mn-key' : 'mn-silent'}>{row.text}</span>
          <span className="mn-target" title={row.to}>{row.to}</span>
          <Handle type="source" id={row.handle} position={Position.Right} isConnectable={data.editable} />
        </div>
      ))}
    </div>
  )
})

/** A wire round the cards; straight for the moment in which its nodes are not placed yet. */
const WireView = memo(function WireView({ data, sourceX, sourceY, targetX, targetY, markerEnd }: EdgeProps) {
  const path = typeof data?.path === 'string' && data.path ? data.path : `M${sourceX},${sourceY}L${targetX},${targetY}`
  return <BaseEdge path={path} markerEnd={markerEnd} interactionWidth={16} />
})

export const EDGE_TYPES = { wire: WireView }
export const NODE_TYPES = { menu: MenuNodeView }
