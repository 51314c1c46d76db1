// The panel beside the graph: all fields of one node, with select boxes for its targets.

import { useId, useState } from 'react'
import { Field, KindFields, NumberField, type PanelProps } from './fields'
import { enteringFields, KINDS, kindOf, MENU_FIELDS, ownFields, spokenFields, UNKNOWN_KIND, type Field as KindField } from './kinds'
import { answersAtOnce, hungUpOf, idProblem, nodesOf, startOf, textOf } from './model'
import { PromptFields } from './prompt'
import { languagesOf, readLanguages } from './said'

export function NodePanel(props: PanelProps) {
  const { doc, id, node, notes } = props
  const kind = kindOf(node)
  const own = kind ? ownFields(kind) : []
  const files = kind ? kind.fields.filter((field) => field.type === 'audio' && spokenFields().includes(field.name)) : []
  return (
    <>
      <NameField key={id} {...props} />
      <div className="ed-pair ed-kind">
        <Field label="Kind">
          <select value={kind ? KINDS.indexOf(kind) : ''} disabled={!kind} onChange={(event) => props.onKind(KINDS[Number(event.target.value)])}>
            {!kind && <option value="">{UNKNOWN_KIND}</option>}
            {KINDS.map((each, index) => <option key={each.kind} value={index}>{each.label}</option>)}
          </select>
        </Field>
        <div className="ed-field">
          <span>Start</span>
          {startOf(doc) === id ? (
            <>
              <div>Calls start here</div>
              <label className="ed-check">
                <input type="checkbox" checked={answersAtOnce(doc)} onChange={(event) => props.onAnswer(event.target.checked)} />
                Answer at once
              </label>
            </>
          ) : (
            <button type="button" className="small" onClick={props.onStart}>Start calls here</button>
          )}
        </div>
      </div>
      {hungUpOf(doc) === id && <p className="ed-hint">This is done once the caller has hung up: nobody hears anything here.</p>}
      {startOf(doc) === id && <LanguagesField {...props} />}
      {startOf(doc) === id && MENU_FIELDS.map((field) => <NumberField key={field.name} field={field} value={textOf(doc, field.name)} onChange={(value) => props.onMenuField(field.name, value)} />)}
      {startOf(doc) === id && <HungUpField {...props} />}
      {kind ? (
        <>
          {kind.heard && <PromptFields {...props} kind={kind} />}
          {own.length > 0 && (
            <fieldset key={`${id} ${kind.kind}`}>
              <legend>{kind.label}</legend>
              <KindFields {...props} fields={own.filter((field) => !field.more)} />
              <MoreFields {...props} fields={own.filter((field) => field.more)} summary="More" />
            </fieldset>
          )}
          <MoreFields key={`${id} limits`} {...props} fields={enteringFields(kind)} summary="Variables and limits" />
          {kind.heard && (
            <details>
              <summary>Audio file</summary>
              <KindFields {...props} fields={files} />
            </details>
          )}
        </>
      ) : (
        <p className="ed-hint">This editor does not know what this node does and leaves it unchanged. You can edit it in the JSON.</p>
      )}
      <p><button type="button" className="danger" onClick={props.onRemove}>Remove this node</button></p>
      <Notes notes={notes} />
    </>
  )
}

/** Folded away, unless the node has one of them. */
function MoreFields({ fields, summary, ...props }: PanelProps & { fields: KindField[]; summary: string }) {
  if (fields.length === 0) return null
  return (
    <details open={fields.some((field) => props.node.has(field.name))}>
      <summary>{summary}</summary>
      <KindFields {...props} fields={fields} />
    </details>
  )
}

/** The languages of the whole menu, shown where its calls begin. */
function LanguagesField({ doc, onLanguages }: PanelProps) {
  const languages = languagesOf(doc).join(', ')
  const [typed, setTyped] = useState(languages)
  const shown = readLanguages(typed).join(', ') === languages ? typed : languages
  return (
    <Field label="Languages of the menu" hint={<div className="ed-hint">Codes such as en, es, the usual one first. Empty: one language.</div>}>
      <input value={shown} maxLength={60} spellCheck={false} onChange={(event) => { setTyped(event.target.value); onLanguages(readLanguages(event.target.value)) }} />
    </Field>
  )
}

/** What the whole menu does once its caller has hung up. */
function HungUpField({ doc, onHungUp }: PanelProps) {
  const value = hungUpOf(doc) ?? ''
  const nodes = [...nodesOf(doc).keys()]
  return (
    <Field label="When the caller hangs up" hint={<div className="ed-hint">The first of the nodes that are done then, without a sound: notices, switches, variables, lists.</div>}>
      <select value={value} onChange={(event) => onHungUp(event.target.value || undefined)}>
        <option value="">Nothing</option>
        {value && !nodes.includes(value) && <option value={value}>{value} (does not exist)</option>}
        {nodes.map((id) => <option key={id} value={id}>{id}</option>)}
      </select>
    </Field>
  )
}

function NameField({ doc, id, onRename }: PanelProps) {
  const [typed, setTyped] = useState(id)
  const problem = idProblem(doc, id, typed)
  const hint = useId()
  const commit = () => {
    if (!problem && typed !== id) onRename(typed)
  }
  return (
    <Field label="Name" hint={<div className="ed-hint" id={hint}>{problem ?? 'Other nodes follow a new name.'}</div>}>
      <input
        value={typed}
        maxLength={64}
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={hint}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </Field>
  )
}

function Notes({ notes }: { notes: PanelProps['notes'] }) {
  if (notes.length === 0) return null
  return (
    <ul className="ed-notes ed-below" aria-live="polite">
      {notes.map((note) => <li key={note.pointer + note.message} className={note.fault ? 'fault' : ''}>{note.message}</li>)}
    </ul>
  )
}
