// All that is wrong with the menu or unwise about it, each with the way to its node.

import type { Fault } from './api'

export interface Note extends Fault {
  fault: boolean
}

export function NotesPane({ notes, nodes, onNode }: { notes: Note[]; nodes: { has(id: string): boolean }; onNode: (id: string) => void }) {
  return (
    <>
      {notes.length === 0 && <p className="ed-empty">Nothing to say against this menu.</p>}
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
