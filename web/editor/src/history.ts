// Undo and redo over whole documents. Documents share their unchanged parts, so many of them take little memory.

import { rebase, sameDocument, type Doc } from './model.ts'

const MAX_STEPS = 500

export interface History {
  past: Doc[]
  present: Doc
  future: Doc[]
  /** the subject of the last step: another step on the same subject (typing in one field) joins it */
  mark: string | null
}

export function begin(doc: Doc): History {
  return { past: [], present: doc, future: [], mark: null }
}

export function commit(history: History, doc: Doc, mark: string | null = null): History {
  if (doc === history.present) return history
  if (mark !== null && mark === history.mark) return { ...history, present: doc, future: [] }
  return { past: [...history.past.slice(1 - MAX_STEPS), history.present], present: doc, future: [], mark }
}

/** `sent` was stored as `stored`: put what was typed meanwhile on top of it. */
export function settle(history: History, sent: Doc, stored: Doc): History {
  const next = rebase(sent, history.present, stored)
  return sameDocument(next, history.present) ? history : commit(history, next)
}

export function undo(history: History): History {
  const { past, present, future } = history
  if (past.length === 0) return history
  return { past: past.slice(0, -1), present: past[past.length - 1], future: [present, ...future], mark: null }
}

export function redo(history: History): History {
  const { past, present, future } = history
  if (future.length === 0) return history
  return { past: [...past, present], present: future[0], future: future.slice(1), mark: null }
}
