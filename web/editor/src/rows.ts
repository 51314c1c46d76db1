// What a node of the graph shows: its rows, each with a handle to drag a wire from, and how high that makes it.

import type { JsonObject } from './json'
import { kindOf, keysOf, NO_AGENT, NO_INPUT, textOf } from './model'

export const NODE_WIDTH = 232
const HEAD_PX = 34
const WORDS_PX = 40
const ROW_PX = 24
const END_PX = 8

export interface Row {
  handle: string
  label: string
  target: string
}

export function rowsOf(node: JsonObject): Row[] {
  const rows: Row[] = [...keysOf(node)].map(([key, target]) => ({ handle: key, label: key, target }))
  const kind = kindOf(node)
  if (kind === 'question') rows.push({ handle: NO_INPUT, label: 'no key', target: textOf(node, 'timeout_node') })
  if (kind === 'transfer') rows.push({ handle: NO_AGENT, label: 'nobody', target: textOf(node, 'fallback_node') })
  return rows
}

export function nodeHeight(node: JsonObject): number {
  return HEAD_PX + WORDS_PX + rowsOf(node).length * ROW_PX + END_PX
}
