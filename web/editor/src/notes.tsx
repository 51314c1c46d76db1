// The faults and warnings of the menu, each with a link to its node.

import type { Fault } from './api'
import { t } from './translate'

export interface Note extends Fault {
  fault: boolean
}

export function NotesPane({ notes, nodes, onNode }: { notes: Note[]; nodes: { has(id: string): boolean }; onNode: (id: string) => void }) {
  return (
    <>
      {notes.length === 0 && <p className="ed-empty">{t("No faults and no warnings.")}</p>}
      <ul className="ed-notes">
        {notes.map(({ node, pointer, code, message, fault }) => (
          <li key={pointer + code} className={fault ? 'fault' : ''}>
            {node !== null && nodes.has(node) ? <button type="button" onClick={() => onNode(node)}>{node}</button> : <code>{pointer}</code>}: {message}
          </li>
        ))}
      </ul>
    </>
  )
}
