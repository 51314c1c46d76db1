// The rows of a node in the graph, each with a handle to drag a wire from, and the node's height.

import type { JsonObject } from './json.ts'
import { digitLabel, freeDigits, kindOf, newDigitHandle, waysOf, type Field } from './kinds.ts'

export const NODE_WIDTH = 208
const HEAD_PX = 34
const WORDS_PX = 40
const ROW_PX = 24
const END_PX = 8
/** How far below a node's top its wires come in. */
export const TARGET_PX = HEAD_PX / 2

export interface Row {
  handle: string
  /** the row's text: a digit in a box, or a few words */
  text: string
  boxed: boolean
  label: string
  target: string
}

/** The rows of a node; `editable`: with a handle for another digit. */
export function rowsOf(node: JsonObject, editable: boolean): Row[] {
  const ways = waysOf(node)
  return (kindOf(node)?.fields ?? []).flatMap((field): Row[] => {
    const rows = ways.filter((way) => belongs(way.handle, field)).map(({ handle, label, digit, target }): Row => ({
      handle,
      text: digit?.length === 1 ? digit : label,
      boxed: digit?.length === 1,
      label,
      target,
    }))
    if (field.type === 'digit_targets' && editable && freeDigits(node, field).length > 0) {
      const text = `+ ${digitLabel(field, '')}`
      rows.push({ handle: newDigitHandle(field), text, boxed: false, label: text, target: '' })
    }
    return rows
  })
}

export function nodeHeight(node: JsonObject, editable: boolean): number {
  return HEAD_PX + WORDS_PX + rowsOf(node, editable).length * ROW_PX + END_PX
}

/** How far below a node's top the wire of this row leaves. */
export function rowPlace(row: number): number {
  return HEAD_PX + WORDS_PX + (row + 0.5) * ROW_PX
}

function belongs(handle: string, field: Field): boolean {
  return handle === field.name || handle.startsWith(`${field.name}/`)
}
