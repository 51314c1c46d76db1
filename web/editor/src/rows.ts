// What a node of the graph shows: its rows, each with a handle to drag a wire from, and how high that makes it.

import type { JsonObject } from './json'
import { kindOf, KEYS, keysOf, NO_AGENT, NO_INPUT, textOf } from './model'

/** The handle of a key that is not there yet. */
export const NEW_KEY = 'new_key'

export const NODE_WIDTH = 208
const HEAD_PX = 34
const WORDS_PX = 40
const ROW_PX = 24
const END_PX = 8

export interface Row {
  handle: string
  label: string
  target: string
}

/** `editable`: with a handle for one key more. */
export function rowsOf(node: JsonObject, editable: boolean): Row[] {
  const rows: Row[] = [...keysOf(node)].map(([key, target]) => ({ handle: key, label: key, target }))
  const kind = kindOf(node)
  if (kind === 'question' && editable && freeKey(node)) rows.push({ handle: NEW_KEY, label: '+ key', target: '' })
  if (kind === 'question') rows.push({ handle: NO_INPUT, label: 'no key', target: textOf(node, 'timeout_node') })
  if (kind === 'transfer') rows.push({ handle: NO_AGENT, label: 'nobody', target: textOf(node, 'fallback_node') })
  return rows
}

/** The first key that leads nowhere yet. */
export function freeKey(node: JsonObject): string | undefined {
  const taken = keysOf(node)
  return KEYS.find((key) => !taken.has(key))
}

export function nodeHeight(node: JsonObject, editable: boolean): number {
  return HEAD_PX + WORDS_PX + rowsOf(node, editable).length * ROW_PX + END_PX
}
