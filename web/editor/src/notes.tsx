// The faults and warnings of the menu, each with a link to its node.

import type { Fault } from './api'
import { nodesOf, titleOf, type Doc } from './model'
import { t } from './translate'

export interface Note extends Fault {
  fault: boolean
}

export function NotesPane({ notes, doc, onNode }: { notes: Note[]; doc: Doc; onNode: (id: string) => void }) {
  return (
    <>
      {notes.length === 0 && <p className="ed-empty">{t("No faults and no warnings.")}</p>}
      <ul className="ed-notes">
        {notes.map(({ node, pointer, code, message, fault }) => (
          <li key={pointer + code} className={fault ? 'fault' : ''}>
            {node !== null && nodesOf(doc).has(node) ? <button type="button" onClick={() => onNode(node)}>{titleOf(doc, node)}</button> : <code>{pointer}</code>}: {message}
            {!fault && <> <a className="more" href={`/help/menu-warnings/#${code}`} target="_blank" aria-label={t("More about: %(what)s", { what: message })}>{t("More")}</a></>}
          </li>
        ))}
      </ul>
    </>
  )
}
