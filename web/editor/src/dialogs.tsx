// The dialogs: before a save, what changes and for whom; after somebody else's save, what they changed and what to do.

import { useEffect, useRef, type ReactNode } from 'react'
import type { Change, Check, Diff, FieldChange } from './api'
import { partsOf } from './json'
import { fieldLabel } from './kinds'
import type { Theirs } from './saving'
import type { ToSpeak } from './said'

const SIGNS: Record<Change, string> = { added: 'Added', removed: 'Removed', changed: 'Changed' }

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => box.current?.showModal(), [])
  return (
    <dialog ref={box} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}

export function DiffList({ diff }: { diff: Diff }) {
  const empty = !diff.menu.length && !diff.nodes.length && !diff.prompts.length && !diff.reordered
  if (empty) return <p className="ed-empty">No difference.</p>
  return (
    <ul className="ed-diff">
      {diff.menu.map((field) => <li key={field.pointer} className={field.change}><FieldLine field={field} cut="/" /></li>)}
      {diff.nodes.map((each) => (
        <li key={each.node} className={each.change}>
          {SIGNS[each.change]}: <b>{each.node}</b>
          {each.change === 'changed' && (
            <ul>
              {each.fields.map((field) => <li key={field.pointer}><FieldLine field={field} cut={`/nodes/${each.node}/`} /></li>)}
              {each.fields.length === 0 && <li>the order of its keys</li>}
            </ul>
          )}
        </li>
      ))}
      {diff.reordered && <li className="changed">Changed: the order of the nodes</li>}
      {diff.prompts.map((each) => <li key={each.audio} className={each.change}>Prompt {each.change}: {each.audio}</li>)}
    </ul>
  )
}

function FieldLine({ field, cut }: { field: FieldChange; cut: string }) {
  const name = fieldLabel(partsOf(field.pointer.slice(cut.length)))
  const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  if (field.change === 'added') return <>{name}: {show(field.after)}</>
  if (field.change === 'removed') return <>{name}: no longer {show(field.before)}</>
  return <>{name}: {show(field.before)} → {show(field.after)}</>
}

export interface SaveProps {
  check: Check
  speakable: ToSpeak[]
  speak: boolean
  saving: string
  problem: string
  onSpeak: (wanted: boolean) => void
  onSave: () => void
  onClose: () => void
}

export function SaveDialog({ check, speakable, speak, saving, problem, onSpeak, onSave, onClose }: SaveProps) {
  const { diff, dids, calls_under_way: calls, warnings } = check
  const count = (change: Change) => diff.nodes.filter((each) => each.change === change).length
  return (
    <Dialog title="Save this menu" onClose={onClose}>
      <p>
        Nodes: {count('added')} added, {count('changed')} changed, {count('removed')} removed.{' '}
        {dids.length === 0
          ? 'No number is assigned yet, so no caller hears it.'
          : `The next call to ${dids.slice(0, 3).join(', ')}${dids.length > 3 ? ` and ${dids.length - 3} more` : ''} hears it.`}
        {calls > 0 && ` ${calls} ${calls === 1 ? 'call' : 'calls'} under way keep the menu they began with.`}
      </p>
      <DiffList diff={diff} />
      {warnings.length > 0 && (
        <details>
          <summary>{warnings.length} {warnings.length === 1 ? 'warning' : 'warnings'}; they do not prevent saving</summary>
          <ul>{warnings.map((each) => <li key={each.pointer + each.code}>{each.node ? <b>{each.node}: </b> : null}{each.message}</li>)}</ul>
        </details>
      )}
      {speakable.length > 0 && (
        <label><input type="checkbox" checked={speak} onChange={(event) => onSpeak(event.target.checked)} />{' '}
          Speak {speakable.length === 1 ? 'the prompt' : `the ${speakable.length} prompts`} with a new text: {[...new Set(speakable.map((each) => each.node))].slice(0, 6).join(', ')}{speakable.length > 6 ? ' …' : ''}</label>
      )}
      <div className="ed-told">
        {problem ? <p className="fault" role="alert">{problem}</p> : <p className="ed-state" role="status">{saving}</p>}
      </div>
      <div className="ed-bar">
        <button type="button" onClick={onClose}>Continue editing</button>
        <button type="button" className="primary" disabled={saving !== ''} onClick={onSave}>Save as version {check.version + 1}</button>
      </div>
    </Dialog>
  )
}

export interface ConflictProps {
  theirs: Theirs
  conflicts: string[]
  onMerge: () => void
  onMine: () => void
  onTheirs: () => void
  onClose: () => void
}

export function ConflictDialog({ theirs, conflicts, onMerge, onMine, onTheirs, onClose }: ConflictProps) {
  return (
    <Dialog title={`Version ${theirs.loaded.head.version} was saved while you were editing`} onClose={onClose}>
      <p>By {theirs.actor}, {new Date(theirs.at).toLocaleString()}. Your changes were not saved, and theirs are not lost. They changed:</p>
      <DiffList diff={theirs.diff} />
      {conflicts.length > 0 && <p className="ed-banner">You both changed {conflicts.join(', ')}: there your version would win.</p>}
      <div className="ed-bar">
        <button type="button" onClick={onClose}>Decide later</button>
        <button type="button" className="danger" onClick={onTheirs}>Use theirs, discard mine</button>
        <button type="button" onClick={onMine}>Use mine only</button>
        <button type="button" className="primary" onClick={onMerge}>Merge both</button>
      </div>
    </Dialog>
  )
}
