// The dialogs: before a save, what changes and for whom; after somebody else's save, what they changed and what to do.

import { useEffect, useRef, type ReactNode } from 'react'
import { Trouble } from './bar'
import { NO_DRAFT, type Change, type Check, type Diff } from './api'
import { linesOf, type Line } from './changes'
import { nodesOf, titleOf, type Doc } from './model'
import type { Theirs } from './saving'
import type { ToSpeak } from './said'
import { phone } from './state'
import { momentText, t } from './translate'

const SIGNS: Record<Change, () => string> = { added: () => t("Added"), removed: () => t("Removed"), changed: () => t("Changed") }
const PROMPTS: Record<Change, () => string> = { added: () => t("Prompt added"), removed: () => t("Prompt removed"), changed: () => t("Prompt changed") }

/** The focus goes to the button that is `data-harmless`: nobody loses anything by the Enter key. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    box.current?.showModal()
    box.current?.querySelector<HTMLElement>('[data-harmless]')?.focus()
  }, [])
  return (
    <dialog ref={box} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}

/** Nodes are called as in `docs`, of which the first that has a node names it. */
export function DiffList({ diff, docs }: { diff: Diff; docs: Doc[] }) {
  const title = (id: string) => titleIn(docs, id)
  const empty = !diff.menu.length && !diff.nodes.length && !diff.prompts.length && !diff.reordered
  if (empty) return <p className="ed-empty">{t("No difference.")}</p>
  return (
    <ul className="ed-diff">
      {diff.menu.map((field) => <li key={field.pointer} className={field.change}>{linesOf(field, '/').map((line) => <div key={line.name}><FieldLine {...line} /></div>)}</li>)}
      {diff.nodes.map((each) => (
        <li key={each.node} className={each.change}>
          {SIGNS[each.change]()}: <b>{title(each.node)}</b>
          {each.change === 'changed' && (
            <ul>
              {each.fields.flatMap((field) => linesOf(field, `/nodes/${each.node}/`, title)).map((line) => <li key={line.name}><FieldLine {...line} /></li>)}
              {each.fields.length === 0 && <li>{t("the order of its keys")}</li>}
            </ul>
          )}
        </li>
      ))}
      {diff.reordered && <li className="changed">{t("Changed: the order of the nodes")}</li>}
      {diff.prompts.map((each) => <li key={each.audio} className={each.change}>{PROMPTS[each.change]()}: {each.audio}</li>)}
    </ul>
  )
}

function titleIn(docs: Doc[], id: string): string {
  const named = docs.find((doc) => nodesOf(doc).has(id))
  return named ? titleOf(named, id) : id
}

function FieldLine({ name, before, after }: Line) {
  const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  if (before === undefined) return <>{name}: {show(after)}</>
  if (after === undefined) return <>{t("%(what)s: no longer %(before)s", { what: name, before: show(before) })}</>
  return <>{name}: {show(before)} → {show(after)}</>
}

export interface PublishProps {
  doc: Doc
  /** as it was saved last */
  base: Doc
  check: Check
  speakable: ToSpeak[]
  speak: boolean
  saving: string
  problem: string
  onSpeak: (wanted: boolean) => void
  onPublish: () => void
  onClose: () => void
}

export function PublishDialog({ doc, base, check, speakable, speak, saving, problem, onSpeak, onPublish, onClose }: PublishProps) {
  const { diff, dids, calls_under_way: calls, warnings } = check
  const count = (change: Change) => diff.nodes.filter((each) => each.change === change).length
  return (
    <Dialog title={t("Publish this menu")} onClose={onClose}>
      <p>
        {t("Nodes: %(added)s added, %(changed)s changed, %(removed)s removed.", { added: count('added'), changed: count('changed'), removed: count('removed') })}{' '}
        {whoHears(dids)}
        {calls > 0 && ` ${calls === 1 ? t("%(n)s call under way keeps the menu it began with.", { n: calls }) : t("%(n)s calls under way keep the menu they began with.", { n: calls })}`}
      </p>
      <DiffList diff={diff} docs={[doc, base]} />
      {warnings.length > 0 && (
        <details>
          <summary>{warnings.length === 1 ? t("%(n)s warning; it does not prevent publishing", { n: 1 }) : t("%(n)s warnings; they do not prevent publishing", { n: warnings.length })}</summary>
          <ul>{warnings.map((each) => <li key={each.pointer + each.code}>{each.node ? <b>{titleOf(doc, each.node)}: </b> : null}{each.message}</li>)}</ul>
        </details>
      )}
      {speakable.length > 0 && (
        <label><input type="checkbox" checked={speak} onChange={(event) => onSpeak(event.target.checked)} />{' '}
          {speakable.length === 1 ? t("Speak the prompt with a new text:") : t("Speak the %(n)s prompts with a new text:", { n: speakable.length })} {[...new Set(speakable.map((each) => titleOf(doc, each.node)))].slice(0, 6).join(', ')}{speakable.length > 6 ? ' …' : ''}</label>
      )}
      <div className="ed-told">
        {problem ? <p className="fault" role="alert"><Trouble text={problem} /></p> : <p className="ed-state" role="status">{saving}</p>}
      </div>
      <div className="ed-bar">
        <button type="button" data-harmless onClick={onClose}>{t("Continue editing")}</button>
        <button type="button" className="primary" disabled={saving !== ''} onClick={onPublish}>{t("Publish as version %(version)s", { version: String(check.version + 1) })}</button>
      </div>
    </Dialog>
  )
}

function whoHears(dids: string[]): string {
  const numbers = dids.slice(0, 3).map(phone).join(', ')
  if (dids.length === 0) return t("No number is assigned yet, so no caller hears it.")
  if (dids.length <= 3) return t("The next call to %(numbers)s hears it.", { numbers })
  return t("The next call to %(numbers)s and %(n)s more hears it.", { numbers, n: dids.length - 3 })
}

export function DiscardDialog({ onDiscard, onClose }: { onDiscard: () => void; onClose: () => void }) {
  return (
    <Dialog title={t("Discard the draft?")} onClose={onClose}>
      <p>{t("All that was changed in it goes. Callers hear what they hear now.")}</p>
      <div className="ed-bar">
        <button type="button" data-harmless onClick={onClose}>{t("Keep the draft")}</button>
        <button type="button" className="danger" onClick={onDiscard}>{t("Discard it")}</button>
      </div>
    </Dialog>
  )
}

export interface ConflictProps {
  theirs: Theirs
  doc: Doc
  conflicts: string[]
  onMerge: () => void
  onMine: () => void
  onTheirs: () => void
  onClose: () => void
}

export function ConflictDialog({ theirs, doc, conflicts, onMerge, onMine, onTheirs, onClose }: ConflictProps) {
  return (
    <Dialog title={theirs.loaded.revision === NO_DRAFT ? t("Version %(version)s was published while you were editing", { version: String(theirs.loaded.head.version) }) : t("The draft was changed while you were editing")} onClose={onClose}>
      <p>{t("By %(who)s, %(when)s. Your changes are kept, and theirs are not lost. They changed:", { who: theirs.actor, when: momentText(theirs.at) })}</p>
      <DiffList diff={theirs.diff} docs={[theirs.loaded.doc, theirs.base]} />
      {conflicts.length > 0 && <p className="ed-banner">{t("You both changed %(what)s: there your version would win.", { what: conflicts.map((each) => titleIn([doc, theirs.base], each)).join(', ') })}</p>}
      <div className="ed-bar">
        <button type="button" data-harmless onClick={onClose}>{t("Decide later")}</button>
        <button type="button" className="danger" onClick={onTheirs}>{t("Use theirs, discard mine")}</button>
        <button type="button" onClick={onMine}>{t("Use mine only")}</button>
        <button type="button" className="primary" onClick={onMerge}>{t("Merge both")}</button>
      </div>
    </Dialog>
  )
}
