// The question before a node goes to which others lead: who they are, and where they shall lead then.

import { useState } from 'react'
import { Dialog } from './dialogs'
import { nodesOf, titleOf, usersOf, type Doc } from './model'
import { t } from './translate'

const SHOWN = 8

export interface RemovalProps {
  doc: Doc
  id: string
  /** with the node to which what led to it leads from now on; undefined: to none */
  onRemove: (instead: string | undefined) => void
  onClose: () => void
}

export function RemovalDialog({ doc, id, onRemove, onClose }: RemovalProps) {
  const [instead, setInstead] = useState('')
  const users = usersOf(doc, id)
  const others = [...nodesOf(doc).keys()].filter((other) => other !== id)
  return (
    <Dialog title={t("Remove %(what)s?", { what: titleOf(doc, id) })} onClose={onClose}>
      <p>{t("This leads there now:")}</p>
      <ul>
        {users.slice(0, SHOWN).map((user) => <li key={`${user.source} ${user.label}`}>{user.source === null ? t("The menu: %(what)s", { what: user.label }) : <><b>{titleOf(doc, user.source)}</b>, {user.label}</>}</li>)}
        {users.length > SHOWN && <li>{t("and %(n)s more", { n: users.length - SHOWN })}</li>}
      </ul>
      <label className="ed-field">
        <span>{t("From now on it leads to")}</span>
        <select value={instead} onChange={(event) => setInstead(event.target.value)}>
          <option value="">{t("Nothing: those ways lead nowhere")}</option>
          {others.map((other) => <option key={other} value={other}>{titleOf(doc, other)}</option>)}
        </select>
      </label>
      <div className="ed-bar">
        <button type="button" data-harmless onClick={onClose}>{t("Keep it")}</button>
        <button type="button" className="danger" onClick={() => onRemove(instead || undefined)}>{t("Remove it")}</button>
      </div>
    </Dialog>
  )
}

/** Over the graph until the next change. Who listens is told of it elsewhere. */
export function RemovedNote({ title, onUndo, onClose }: { title: string; onUndo: () => void; onClose: () => void }) {
  return (
    <div className="ed-removed">
      <span>{t("%(what)s was removed.", { what: title })}</span>
      <button type="button" className="small" onClick={onUndo}>{t("Bring it back")}</button>
      <button type="button" className="small quiet" aria-label={t("Close")} onClick={onClose}>✕</button>
    </div>
  )
}
