// What was typed and is not on the server yet, kept in this browser: it survives a crash, a reload, a closed tab and a lost
// session. Each open editor writes an entry of its own, and finds those of editors that are gone. A browser that keeps
// nothing (a private window, a full disk) is no failure.

import type { Doc } from './model'
import { printJson } from './json'
import { asDocument } from './view'

const PREFIX = 'digitree-unsaved'
const LONGEST_MS = 14 * 24 * 3600 * 1000
const MOST_ENTRIES = 20
const MOST_CHARACTERS = 1_000_000

export interface Kept {
  key: string
  at: Date
  /** the document from which the author went on */
  base: Doc
  doc: Doc
  /** JSON as typed that cannot be read yet, or null */
  half: string | null
}

interface Stored {
  at: number
  base: string
  text: string
  half: string | null
}

export interface Keeper {
  write: (base: Doc, printed: string, half: string | null) => void
  clear: () => void
}

/** Whose entries these are: one user's of one menu. */
function family(user: string, menu: string): string {
  return `${PREFIX} ${user} ${menu} `
}

/** Keeps what this editor has unsaved. Other tabs see by a lock that it is open. */
export function keeperOf(user: string, menu: string): Keeper {
  const key = family(user, menu) + crypto.getRandomValues(new Uint32Array(2)).join('-')
  navigator.locks?.request(key, () => new Promise(() => {})).catch(() => {})
  return {
    write: (base, printed, half) => {
      const entry: Stored = { at: Date.now(), base: printJson(base), text: printed, half }
      const text = JSON.stringify(entry)
      if (text.length > MOST_CHARACTERS) return
      tidy(key)
      attempt(() => localStorage.setItem(key, text))
    },
    clear: () => attempt(() => localStorage.removeItem(key)),
  }
}

/** The newest entry of an editor that is no longer open, or null. */
export async function findKept(user: string, menu: string): Promise<Kept | null> {
  const open = new Set((await navigator.locks?.query().catch(() => null))?.held?.map((lock) => lock.name))
  const found = entries().filter(({ key }) => key.startsWith(family(user, menu)) && !open.has(key))
  for (const { key, stored } of found) {
    try {
      return { key, at: new Date(stored.at), base: asDocument(stored.base), doc: asDocument(stored.text), half: stored.half }
    } catch {
      drop(key)
    }
  }
  return null
}

export function drop(key: string): void {
  attempt(() => localStorage.removeItem(key))
}

/** All entries, newest first; those that cannot be read are removed. */
function entries(): { key: string; stored: Stored }[] {
  const keys = attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX + ' '))) ?? []
  return keys
    .flatMap((key) => {
      const stored = attempt(() => JSON.parse(localStorage.getItem(key) ?? '') as Stored)
      if (typeof stored?.at === 'number' && typeof stored.text === 'string') return [{ key, stored }]
      drop(key)
      return []
    })
    .sort((one, other) => other.stored.at - one.stored.at)
}

/** Make room for the entry of this key: old ones and the oldest go. */
function tidy(own: string): void {
  for (const [index, { key, stored }] of entries().entries()) {
    if (key !== own && (index >= MOST_ENTRIES || Date.now() - stored.at > LONGEST_MS)) drop(key)
  }
}

function attempt<T>(what: () => T): T | undefined {
  try {
    return what()
  } catch {
    return undefined
  }
}
