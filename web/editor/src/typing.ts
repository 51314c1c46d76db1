// The JSON as typed. A text that cannot be parsed yet stays as typed, whatever happens to the menu meanwhile.

import { useState } from 'react'
import { JsonError, type JsonFault } from './json'
import { readDocument, rebase, sameDocument, type Doc } from './model'

interface Typed {
  text: string
  /** the menu of this text; for a text with a fault, the menu from which it was edited */
  doc: Doc
  fault: JsonFault | null
}

export interface Typing {
  text: string
  fault: JsonFault | null
  /** `from`: the menu from which it was edited, if not the one that is shown */
  type: (text: string, from?: Doc) => void
  discard: () => void
}

export function useTyping(doc: Doc, printed: string, onDocument: (doc: Doc) => void): Typing {
  const [typed, setTyped] = useState<Typed | null>(null)
  const type = (text: string, from?: Doc) => {
    const base = from ?? (typed?.fault ? typed.doc : doc)
    try {
      const read = readDocument(text).doc
      const merged = base === doc ? read : rebase(base, read, doc)
      const next = sameDocument(merged, doc) ? doc : merged
      setTyped(merged === read ? { text, doc: next, fault: null } : null)
      if (next !== doc) onDocument(next)
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      setTyped({ text, doc: base, fault: error.fault })
    }
  }
  return {
    text: typed && (typed.fault || typed.doc === doc) ? typed.text : printed,
    fault: typed?.fault ?? null,
    type,
    discard: () => setTyped(null),
  }
}
