// Undo and redo over whole documents and the places of their nodes. Documents share their unchanged parts, so many of them
// take little memory.

import type { Point } from './layout.ts'
import { rebase, sameDocument, type Doc } from './model.ts'

const MAX_STEPS = 500

/** Where nodes were dragged to; empty: all stand where the layout puts them. */
export type Places = ReadonlyMap<string, Point>
export const LAID_OUT: Places = new Map()

export interface Step {
  doc: Doc
  places: Places
}

export interface History {
  past: Step[]
  present: Doc
  places: Places
  future: Step[]
  /** the subject of the last step: another step on the same subject (typing in one field) joins it */
  mark: string | null
}

export function begin(doc: Doc, places: Places = LAID_OUT): History {
  return { past: [], present: doc, places, future: [], mark: null }
}

export function commit(history: History, doc: Doc, mark: string | null = null): History {
  if (doc === history.present) return history
  if (mark !== null && mark === history.mark) return { ...history, present: doc, future: [] }
  return { ...stepped(history), present: doc, mark }
}

/** Nodes were dragged, or all were laid out: `before` is where they stood. */
export function move(history: History, before: Places, places: Places): History {
  return { ...stepped({ ...history, places: before }), places, mark: null }
}

/** The nodes stand elsewhere because the document changed: no step of its own. */
export function stand(history: History, places: Places): History {
  return { ...history, places }
}

/** `sent` was stored as `stored`: put what was typed meanwhile on top of it. */
export function settle(history: History, sent: Doc, stored: Doc): History {
  const next = rebase(sent, history.present, stored)
  return sameDocument(next, history.present) ? history : commit(history, next)
}

export function undo(history: History): History {
  const { past, future } = history
  if (past.length === 0) return history
  const { doc, places } = past[past.length - 1]
  return { past: past.slice(0, -1), present: doc, places, future: [stepOf(history), ...future], mark: null }
}

export function redo(history: History): History {
  const { past, future } = history
  if (future.length === 0) return history
  const { doc, places } = future[0]
  return { past: [...past, stepOf(history)], present: doc, places, future: future.slice(1), mark: null }
}

function stepped(history: History): History {
  return { ...history, past: [...history.past.slice(1 - MAX_STEPS), stepOf(history)], future: [] }
}

function stepOf({ present, places }: History): Step {
  return { doc: present, places }
}
