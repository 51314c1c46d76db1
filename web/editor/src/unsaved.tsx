// Unsaved changes that this browser kept: written while somebody types, offered when the editor opens again.

import { useEffect, useMemo, useRef, useState } from 'react'
import { Dialog } from './dialogs'
import { printJson } from './json'
import { drop, findKept, keeperOf, type Kept } from './kept'
import { mergeDocuments, sameDocument, type Doc } from './model'
import { clock, t } from './translate'

const KEEP_AFTER_MS = 150

export interface UnsavedOptions {
  user: string
  menu: string
  /** what the server has */
  saved: Doc
  printed: string
  /** JSON as typed that cannot be read yet, or null */
  half: string | null
  dirty: boolean
  /** go on with this document; with `half`, with this text of it */
  onGoOn: (doc: Doc, half: string | null) => void
}

/** The question about kept changes, or null. */
export function useUnsaved({ user, menu, saved, printed, half, dirty, onGoOn }: UnsavedOptions) {
  const keeper = useMemo(() => keeperOf(user, menu), [user, menu])
  const [kept, setKept] = useState<Kept | null>(null)
  const now = useRef(() => {})
  now.current = () => (dirty ? keeper.write(saved, printed, half) : keeper.clear())

  useEffect(() => {
    const timer = setTimeout(() => now.current(), KEEP_AFTER_MS)
    return () => clearTimeout(timer)
  }, [keeper, saved, printed, half, dirty])
  useEffect(() => {
    const atOnce = () => now.current()
    window.addEventListener('pagehide', atOnce)
    return () => window.removeEventListener('pagehide', atOnce)
  }, [])
  useEffect(() => {
    findKept(user, menu).then(
      (found) => {
        if (found && found.half === null && sameDocument(found.doc, saved)) drop(found.key)
        else setKept(found)
      },
      () => {},
    )
    // Only what was kept before this editor was opened.
  }, [user, menu])

  if (!kept) return null
  const settle = (goOn: boolean) => {
    if (goOn) {
      const { doc } = merged(kept, saved)
      keeper.write(saved, printJson(doc), kept.half)
      onGoOn(doc, kept.half)
    }
    drop(kept.key)
    setKept(null)
  }
  return <UnsavedDialog kept={kept} saved={saved} onGoOn={() => settle(true)} onDiscard={() => settle(false)} />
}

function merged(kept: Kept, saved: Doc) {
  return mergeDocuments(kept.base, kept.doc, saved)
}

interface UnsavedProps {
  kept: Kept
  saved: Doc
  onGoOn: () => void
  onDiscard: () => void
}

function UnsavedDialog({ kept, saved, onGoOn, onDiscard }: UnsavedProps) {
  const moved = !sameDocument(kept.base, saved)
  const { conflicts } = merged(kept, saved)
  return (
    <Dialog title={t("You have unsaved changes from %(time)s", { time: clock(kept.at) })} onClose={onGoOn}>
      <p>{t("They were not saved when this page was closed; this browser kept them.")}</p>
      {moved && <p>{t("The menu has changed meanwhile. Your changes are put on top of it.")}</p>}
      {moved && conflicts.length > 0 && <p className="ed-banner">{t("You both changed %(what)s: there your version would win.", { what: conflicts.join(', ') })}</p>}
      <div className="ed-bar">
        <button type="button" className="danger" onClick={onDiscard}>{t("Discard them")}</button>
        <button type="button" className="primary" data-harmless onClick={onGoOn}>{t("Go on with them")}</button>
      </div>
    </Dialog>
  )
}
