// The panel beside the graph: all fields of one node, with select boxes for its targets.

import { useEffect, useId, useState } from 'react'
import { Field, KindFields, NumberField, type PanelProps } from './fields'
import { enteringFields, KINDS, kindOf, MENU_FIELDS, labelOf, ownFields, spokenFields, TITLE, type Field as KindField } from './kinds'
import { LanguagesField, LanguageTabs } from './languagefields'
import { answersAtOnce, hungUpOf, nameProblem, nodesOf, startOf, textOf, titleOf } from './model'
import { PromptFields } from './prompt'
import { t } from './translate'

export function NodePanel(props: PanelProps) {
  const { doc, id, node } = props
  const kind = kindOf(node)
  const own = kind ? ownFields(kind) : []
  const files = kind ? kind.fields.filter((field) => field.type === 'audio' && spokenFields().includes(field.name)) : []
  return (
    <>
      <NameField key={id} {...props} />
      <div className="ed-pair ed-kind">
        <Field label={t("Kind")}>
          <select value={kind ? KINDS.indexOf(kind) : ''} disabled={!kind} onChange={(event) => props.onKind(KINDS[Number(event.target.value)])}>
            {!kind && <option value="">{labelOf(null)}</option>}
            {KINDS.map((each, index) => <option key={each.kind} value={index}>{labelOf(each)}</option>)}
          </select>
        </Field>
        <div className="ed-field">
          <span>{t("Start")}</span>
          {startOf(doc) === id ? (
            <>
              <div>{t("Calls start here")}</div>
              <label className="ed-check">
                <input type="checkbox" checked={answersAtOnce(doc)} onChange={(event) => props.onAnswer(event.target.checked)} />
                {t("Answer at once")}
              </label>
            </>
          ) : (
            <button type="button" className="small" onClick={props.onStart}>{t("Start calls here")}</button>
          )}
        </div>
      </div>
      {hungUpOf(doc) === id && <p className="ed-hint">{t("This is done once the caller has hung up: nobody hears anything here.")}</p>}
      {startOf(doc) === id && <LanguagesField {...props} />}
      {startOf(doc) === id && MENU_FIELDS.map((field) => <NumberField key={field.name} field={field} value={textOf(doc, field.name)} onChange={(value) => props.onMenuField(field.name, value)} />)}
      {startOf(doc) === id && <HungUpField {...props} />}
      <LanguageTabs {...props} />
      {kind ? (
        <>
          {kind.heard && <PromptFields {...props} kind={kind} />}
          {own.length > 0 && (
            <fieldset key={`${id} ${kind.kind}`} onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || props.onLeft()}>
              <legend>{labelOf(kind)}</legend>
              <KindFields {...props} fields={own.filter((field) => !field.more)} />
              <MoreFields {...props} fields={own.filter((field) => field.more)} summary={t("More")} />
            </fieldset>
          )}
          <MoreFields key={`${id} limits`} {...props} fields={enteringFields(kind)} summary={t("Variables and limits")} />
          {kind.heard && (
            <details>
              <summary>{t("Audio file")}</summary>
              <KindFields {...props} fields={files} />
            </details>
          )}
        </>
      ) : (
        <p className="ed-hint">{t("This editor does not know what this node does and leaves it unchanged. You can edit it in the JSON.")}</p>
      )}
      <p><button type="button" className="danger" onClick={props.onRemove}>{t("Remove this node")}</button></p>
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

/** What the whole menu does once its caller has hung up. */
function HungUpField({ doc, onHungUp }: PanelProps) {
  const value = hungUpOf(doc) ?? ''
  const nodes = [...nodesOf(doc).keys()]
  return (
    <Field label={t("When the caller hangs up")} hint={<div className="ed-hint">{t("The first of the nodes that are done then, without a sound: notices, switches, variables, lists.")}</div>}>
      <select value={value} onChange={(event) => onHungUp(event.target.value || undefined)}>
        <option value="">{t("Nothing")}</option>
        {value && !nodes.includes(value) && <option value={value}>{t("%(what)s (does not exist)", { what: value })}</option>}
        {nodes.map((id) => <option key={id} value={id}>{titleOf(doc, id)}</option>)}
      </select>
    </Field>
  )
}

function NameField({ doc, id, onName }: PanelProps) {
  const title = titleOf(doc, id)
  const [typed, setTyped] = useState(title)
  const problem = nameProblem(doc, id, typed)
  const hint = useId()
  const commit = () => {
    if (!problem && typed.trim() !== title) onName(typed)
  }
  const about = title === id ? t("Other nodes follow a new name.") : t("In the JSON and in reports it is %(id)s.", { id })
  return (
    <Field label={t("Name")} hint={<div className="ed-hint ed-line" id={hint}>{problem ?? about}</div>}>
      <input
        value={typed}
        maxLength={TITLE.max_length}
        aria-invalid={problem !== null}
        aria-describedby={hint}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </Field>
  )
}

export interface NodeNote {
  fault: boolean
  /** of a new node that its author has not left yet */
  quiet: boolean
  message: string
  pointer: string
}

/** Below the panel's fields, none of which it covers. */
export function NodeNotes({ notes }: { notes: NodeNote[] }) {
  useEffect(() => {
    const typing = document.activeElement
    if (typing?.closest('.ed-scroll')) typing.scrollIntoView({ block: 'nearest' })
  }, [notes.length])
  if (notes.length === 0) return null
  return (
    <ul className="ed-notes ed-below" aria-live="polite">
      {notes.map((note) => <li key={note.pointer + note.message} className={note.quiet ? 'quiet' : note.fault ? 'fault' : ''}>{note.message}</li>)}
    </ul>
  )
}
