// The fields of a node, each drawn according to its type; a new kind of node needs no change here.

import { useEffect, useId, useState, type ReactNode } from 'react'
import type { PromptState, SaidText } from './api'
import type { Json, JsonObject } from './json'
import {
  caseLabel,
  casesOf,
  digitLabel,
  digitsOf,
  flagOf,
  freeDigits,
  handleOf,
  KINDS,
  labelOf,
  resultHandle,
  resultLabel,
  resultsOf,
  valueOf,
  valuesOf,
  type AttemptsField,
  type ChoiceField,
  type CaseTargetsField,
  type DigitTargetsField,
  type Field as KindField,
  type Kind,
  type NumberField as NumberKindField,
  type ResultTargetsField,
  type ValuesField,
} from './kinds'
import { nodesOf, textOf, titleOf, type Doc } from './model'
import { Mover } from './order'
import { KeyLanguages } from './languagefields'
import type { Voice } from './languages'
import type { Slot } from './said'
import { SaidFields } from './saidfields'
import { SentFields } from './sent'
import { t } from './translate'

export interface PanelProps {
  /** the menu's id */
  menu: string
  doc: Doc
  id: string
  node: JsonObject
  prompts: PromptState[]
  said: SaidText[]
  voices: Voice[]
  /** in which the node is shown; null where the menu has one language */
  language: string | null
  /** in which the node may be written */
  languages: string[]
  agents: string[]
  services: string[]
  channels: string[]
  /** the document can be saved, and so be spoken */
  saved: boolean
  /** the audio names of sounds that callers do not hear yet */
  sounds: string[]
  /** what was spoken last, `node at`, and is played by itself */
  played: string | null
  speaking: boolean
  onField: (field: string, value: Json | undefined) => void
  onWire: (handle: string, target: string | undefined) => void
  /** a new node of this kind, wired to the handle */
  onGrow: (handle: string, kind: Kind) => void
  onName: (typed: string) => void
  onKind: (kind: Kind) => void
  onStart: () => void
  onAnswer: (atOnce: boolean) => void
  onMenuField: (field: string, value: Json | undefined) => void
  onRemove: () => void
  /** the focus left the fields that this kind has of its own */
  onLeft: () => void
  onSpeak: (slot: Slot) => void
  onLanguage: (language: string) => void
  onAddLanguage: (language: string) => void
  onMoveLanguage: (language: string, by: -1 | 1) => void
  onRemoveLanguage: (language: string) => void
  /** show this node in this language */
  onGoTo: (id: string, language: string) => void
  onHungUp: (id: string | undefined) => void
  onMove: (field: string, key: string, by: -1 | 1) => void
}

/** The fields of a kind, its numbers side by side at the end. */
export function KindFields({ fields, ...props }: PanelProps & { fields: KindField[] }) {
  const numbers = fields.filter((field) => field.type === 'number')
  const others = fields.filter((field) => field.type !== 'number')
  return (
    <>
      {others.map((field) => <KindFieldView key={field.name} field={field} {...props} />)}
      {numbers.length > 0 && (
        <div className="ed-pair">
          {numbers.map((field) => <NumberField key={field.name} field={field} value={textOf(props.node, field.name)} onChange={(value) => props.onField(field.name, value)} />)}
        </div>
      )}
    </>
  )
}

function KindFieldView({ field, ...props }: PanelProps & { field: Exclude<KindField, { type: 'number' }> }) {
  const { node, agents, services, voices, onField } = props
  const value = textOf(node, field.name)
  const absent = field.if_absent && field.if_absent
  const hint = [field.hint && field.hint, absent && t("Empty: %(what)s.", { what: absent[0].toLowerCase() + absent.slice(1) })].filter(Boolean).join(' ')
  switch (field.type) {
    case 'digit_targets':
      return <DigitFields {...props} field={field} />
    case 'result_targets':
      return <ResultFields {...props} field={field} hint={hint} />
    case 'case_targets':
      return <CaseFields {...props} field={field} hint={hint} />
    case 'attempts':
      return <AttemptsFields {...props} field={field} />
    case 'flag':
      return (
        <div className="ed-field">
          <label className="ed-check">
            <input
              type="checkbox"
              checked={flagOf(node, field)}
              onChange={(event) => onField(field.name, event.target.checked === field.default ? undefined : event.target.checked)}
            />
            {field.label}
          </label>
          {hint && <div className="ed-hint">{hint}</div>}
        </div>
      )
    case 'choice':
      return <OneOf field={field} value={value} onChange={(next) => onField(field.name, next)} />
    case 'key_languages':
      return <KeyLanguages {...props} field={field} hint={hint} />
    case 'sent':
      return <SentFields {...props} field={field} hint={hint} />
    case 'values':
    case 'headers':
      return <ValueFields {...props} field={field} hint={hint} />
    case 'target':
      return (
        <Field label={field.label}>
          <Target {...props} handle={handleOf(field)} value={value} label={field.label} none={field.required ? t("Choose a node") : absent || t("Nowhere")} />
        </Field>
      )
    case 'agent':
      return <Choice field={field} value={value} options={agents.map((name) => ({ id: name, label: name }))} onChange={(next) => onField(field.name, next)} />
    case 'service':
      return <Choice field={field} value={value} options={services.map((name) => ({ id: name, label: name }))} onChange={(next) => onField(field.name, next)} />
    case 'destination':
      return <Destination {...props} field={field} value={value} hint={hint} />
    case 'message':
      return (
        <Field label={field.label} hint={<div className="ed-hint">{hint}</div>}>
          <textarea rows={4} maxLength={field.max_length} value={value} onChange={(event) => onField(field.name, event.target.value || undefined)} />
        </Field>
      )
    case 'variables':
      return <Variables field={field} value={node.get(field.name)} hint={hint} onChange={(next) => onField(field.name, next)} />
    case 'voice':
      return <Choice field={field} value={value} options={voices} onChange={(next) => onField(field.name, next)} />
    case 'text':
      return (
        <SaidFields
          key={String(props.language)}
          label={field.label}
          value={node.get(field.name)}
          language={props.language}
          languages={props.languages}
          add={field.by_attempt ? t("Another for the next attempt") : undefined}
          hint={<div className="ed-hint">{hint}</div>}
          box={(text, _, onChange) => <textarea rows={3} maxLength={field.max_length} value={text} onChange={(event) => onChange(event.target.value)} />}
          onChange={(next) => onField(field.name, next)}
        />
      )
    case 'audio':
      return (
        <SaidFields
          key={String(props.language)}
          label={field.label}
          value={node.get(field.name)}
          language={props.language}
          languages={props.languages}
          inAll
          add={field.by_attempt ? t("Another for the next attempt") : undefined}
          hint={<div className="ed-hint">{hint}</div>}
          box={(text, _, onChange) => <input value={text} maxLength={68} spellCheck={false} onChange={(event) => onChange(event.target.value)} />}
          onChange={(next) => onField(field.name, next)}
        />
      )
    case 'word':
      return (
        <Field label={field.label} hint={<div className="ed-hint">{hint}</div>}>
          <input value={value} maxLength={68} spellCheck={false} onChange={(event) => onField(field.name, event.target.value)} />
        </Field>
      )
  }
}

/** A channel that there is, or one with a variable. */
function Destination({ field, value, hint, channels, onField }: PanelProps & { field: KindField; value: string; hint: string }) {
  const list = useId()
  return (
    <Field label={field.label} hint={<div className="ed-hint">{hint}</div>}>
      <input list={list} value={value} maxLength={200} spellCheck={false} onChange={(event) => onField(field.name, event.target.value)} />
      <datalist id={list}>{[...channels, 'sms:{caller}'].map((name) => <option key={name} value={name} />)}</datalist>
    </Field>
  )
}

/** Typed with commas between them. */
function Variables({ field, value, hint, onChange }: { field: KindField; value: Json | undefined; hint: string; onChange: (next: Json | undefined) => void }) {
  const names = Array.isArray(value) ? value.join(', ') : ''
  const [typed, setTyped] = useState(names)
  const read = (text: string) => text.split(/[\s,]+/).filter(Boolean)
  const shown = read(typed).join(', ') === names ? typed : names
  const change = (text: string) => {
    setTyped(text)
    onChange(read(text).length > 0 ? read(text) : undefined)
  }
  return (
    <Field label={field.label} hint={<div className="ed-hint">{hint}</div>}>
      <input value={shown} maxLength={400} spellCheck={false} onChange={(event) => change(event.target.value)} />
    </Field>
  )
}

function DigitFields({ field, ...props }: PanelProps & { field: DigitTargetsField }) {
  const { node, onMove, onWire } = props
  const digits = digitsOf(node, field)
  const free = freeDigits(node, field)
  const [chosen, setChosen] = useState('')
  const [typed, setTyped] = useState('')
  const valid = typed.length > 1 && new RegExp(`^(?:${field.pattern})$`).test(typed) && !digits.has(typed)
  const next = free.includes(chosen) ? chosen : free[0]
  const name = (digit: string) => {
    const label = digitLabel(field, digit)
    return `${label[0].toUpperCase()}${label.slice(1)}`
  }
  return (
    <div className="ed-field" role="group" aria-label={field.label}>
      <span>{field.label}</span>
      {[...digits].map(([digit, target], at) => (
        <div className={`ed-wire${digit.length > 1 ? ' ed-result' : ''}${digits.size > 1 ? ' ed-ordered' : ''}`} key={digit}>
          <span className="ed-key">{digit}</span>
          <Target {...props} handle={handleOf(field, digit)} value={target} label={t("%(what)s leads to", { what: name(digit) })} />
          {digits.size > 1 && <Mover what={digitLabel(field, digit)} at={at} count={digits.size} onMove={(by) => onMove(field.name, digit, by)} />}
          <button type="button" aria-label={t("Remove %(what)s", { what: digitLabel(field, digit) })} onClick={() => onWire(handleOf(field, digit), undefined)}>✕</button>
        </div>
      ))}
      {next && (
        <div className="ed-wire">
          <select aria-label={t("Another key")} value={next} onChange={(event) => setChosen(event.target.value)}>
            {free.map((digit) => <option key={digit}>{digit}</option>)}
          </select>
          <Target {...props} handle={handleOf(field, next)} value="" label={t("%(what)s leads to", { what: name(next) })} none={t("Add this key: choose a node")} />
          <span />
        </div>
      )}
      <div className="ed-wire ed-result">
        <input aria-label={t("An entry of several keys")} placeholder="101, XXXXX" value={typed} maxLength={24} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {valid && (
          <Target
            {...props}
            handle={handleOf(field, typed)}
            value=""
            label={t("%(what)s leads to", { what: name(typed) })}
            none={t("Where to?")}
            onWire={(handle, target) => { setTyped(''); onWire(handle, target) }}
            onGrow={(handle, kind) => { setTyped(''); props.onGrow(handle, kind) }}
          />
        )}
        <span />
      </div>
    </div>
  )
}

/** A word of its own is typed first and then led somewhere. */
function ResultFields({ field, hint, ...props }: PanelProps & { field: ResultTargetsField; hint: string }) {
  const { node, onWire } = props
  const results = resultsOf(node, field)
  const words = [...results.keys()].filter((word) => word !== field.any)
  const [typed, setTyped] = useState('')
  const valid = new RegExp(`^(?:${field.pattern})$`).test(typed) && !words.some((word) => word.toLowerCase() === typed.toLowerCase())
  return (
    <div className="ed-field">
      <span>{field.label}</span>
      <Target
        {...props}
        handle={resultHandle(field, field.any)}
        value={results.get(field.any) ?? ''}
        label={words.length > 0 ? t("%(what)s: any other result", { what: field.label }) : field.label}
        none={field.if_absent && field.if_absent}
      />
      {words.map((word) => (
        <div className="ed-wire ed-result" key={word}>
          <span className="ed-key">{word}</span>
          <Target {...props} handle={resultHandle(field, word)} value={results.get(word)!} label={t("%(what)s leads to", { what: word })} />
          <button type="button" aria-label={t("Remove %(what)s", { what: resultLabel(field, word, 2) })} onClick={() => onWire(resultHandle(field, word), undefined)}>✕</button>
        </div>
      ))}
      <div className="ed-wire ed-result">
        <input aria-label={t("A result of the agent")} placeholder={t("Result")} value={typed} maxLength={64} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {valid && (
          <Target
            {...props}
            handle={resultHandle(field, typed)}
            value=""
            label={t("%(what)s leads to", { what: typed })}
            none={t("Where to?")}
            onWire={(handle, target) => { setTyped(''); onWire(handle, target) }}
            onGrow={(handle, kind) => { setTyped(''); props.onGrow(handle, kind) }}
          />
        )}
        <span />
      </div>
      <div className="ed-hint">{hint}</div>
    </div>
  )
}

/** A case is typed first and then led somewhere. */
function CaseFields({ field, hint, ...props }: PanelProps & { field: CaseTargetsField; hint: string }) {
  const { node, onMove, onWire } = props
  const cases = casesOf(node, field)
  const [typed, setTyped] = useState<string | null>(null)
  const valid = typed !== null && new RegExp(`^(?:${field.pattern})$`).test(typed) && !cases.has(typed)
  return (
    <div className="ed-field" role="group" aria-label={field.label}>
      <span>{field.label}</span>
      {[...cases].map(([word, target], at) => (
        <div className={`ed-wire ed-result${cases.size > 1 ? ' ed-ordered' : ''}`} key={word}>
          <span className="ed-key">{word || t("empty")}</span>
          <Target {...props} handle={handleOf(field, word)} value={target} label={t("%(what)s: leads to", { what: caseLabel(field, word) })} />
          {cases.size > 1 && <Mover what={caseLabel(field, word)} at={at} count={cases.size} onMove={(by) => onMove(field.name, word, by)} />}
          <button type="button" aria-label={t("Remove %(what)s", { what: caseLabel(field, word) })} onClick={() => onWire(handleOf(field, word), undefined)}>✕</button>
        </div>
      ))}
      <div className="ed-wire ed-result">
        <input aria-label={t("Another case")} placeholder={typed === '' ? t("empty") : t("Case")} value={typed ?? ''} maxLength={64} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {valid && (
          <Target
            {...props}
            handle={handleOf(field, typed)}
            value=""
            label={t("%(what)s: leads to", { what: caseLabel(field, typed) })}
            none={t("Where to?")}
            onWire={(handle, target) => { setTyped(null); onWire(handle, target) }}
            onGrow={(handle, kind) => { setTyped(null); props.onGrow(handle, kind) }}
          />
        )}
        {typed === null && !cases.has('') && <button type="button" onClick={() => setTyped('')}>{t("If empty")}</button>}
        <span />
      </div>
      <div className="ed-hint">{hint}</div>
    </div>
  )
}

const APART = { no_input: () => t("silences"), no_match: () => t("wrong keys") }

function AttemptsFields({ field, node, onField }: PanelProps & { field: AttemptsField }) {
  const value = node.get(field.name)
  const numbers = (label: string, given: Json | undefined, onChange: (value: number | undefined) => void) => (
    <NumberField key={label} field={{ ...field, type: 'number' }} label={label} value={given === undefined ? '' : String(given)} onChange={onChange} />
  )
  if (!(value instanceof Map)) {
    return (
      <div className="ed-field">
        {numbers(field.label, value, (next) => onField(field.name, next))}
        <button type="button" onClick={() => onField(field.name, new Map([['no_input', value ?? field.default], ['no_match', value ?? field.default]]))}>
          {t("Limit silences separately")}
        </button>
      </div>
    )
  }
  const set = (name: string, next: number | undefined) => {
    const changed = new Map(value)
    if (next === undefined) changed.delete(name)
    else changed.set(name, next)
    onField(field.name, changed.size > 0 ? changed : undefined)
  }
  return (
    <div className="ed-field">
      <div className="ed-pair">
        {Object.entries(APART).map(([name, words]) => numbers(`${field.label}: ${words()}`, value.get(name), (next) => set(name, next)))}
      </div>
      <button type="button" onClick={() => onField(field.name, value.get('no_match'))}>{t("Limit them together")}</button>
    </div>
  )
}

function ValueFields({ field, hint, node, onField }: PanelProps & { field: ValuesField; hint: string }) {
  const values = valuesOf(node, field)
  const [typed, setTyped] = useState('')
  const valid = new RegExp(`^(?:${field.pattern})$`).test(typed) && !values.has(typed)
  const set = (name: string, value: Json | undefined) => {
    const changed = new Map(values)
    if (value === undefined) changed.delete(name)
    else changed.set(name, value)
    onField(field.name, changed.size > 0 ? changed : undefined)
  }
  return (
    <div className="ed-field" role="group" aria-label={field.label}>
      <span>{field.label}</span>
      {[...values].map(([name, value]) => (
        <div className="ed-wire ed-result" key={name}>
          <span className="ed-key">{name}</span>
          <input aria-label={t("Value of %(what)s", { what: name })} value={String(value)} maxLength={field.max_length} spellCheck={false} onChange={(event) => set(name, valueOf(event.target.value))} />
          <button type="button" aria-label={t("Remove %(what)s", { what: name })} onClick={() => set(name, undefined)}>✕</button>
        </div>
      ))}
      <div className="ed-wire ed-result">
        <input aria-label={field.type === 'headers' ? t("Another header") : t("Another variable")} placeholder={field.type === 'headers' ? 'X-IVR-...' : t("Variable")} value={typed} maxLength={131} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {valid ? <button type="button" onClick={() => { set(typed, typed.startsWith('list:') ? '30d' : ''); setTyped('') }}>{t("Add %(what)s", { what: typed })}</button> : <span />}
        <span />
      </div>
      <div className="ed-hint">{hint}</div>
    </div>
  )
}

interface TargetProps extends PanelProps {
  handle: string
  value: string
  label: string
  none?: string
}

/** Marks the choice of a new node; no node's name contains it. */
const GROW = '+'

function Target({ doc, handle, value, label, none, onWire, onGrow }: TargetProps) {
  const nodes = [...nodesOf(doc).keys()]
  const choose = (wanted: string) => {
    if (wanted.startsWith(GROW)) onGrow(handle, KINDS[Number(wanted.slice(GROW.length))])
    else onWire(handle, wanted || undefined)
  }
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {value && !nodesOf(doc).has(value) && <option value={value}>{t("%(what)s (does not exist)", { what: value })}</option>}
      {nodes.map((id) => <option key={id} value={id}>{titleOf(doc, id)}</option>)}
      <optgroup label={t("A new node")}>
        {KINDS.map((kind, index) => <option key={kind.kind} value={GROW + index}>{t("New: %(kind)s", { kind: labelOf(kind) })}</option>)}
      </optgroup>
    </select>
  )
}

interface ChoiceProps {
  field: KindField
  value: string
  options: { id: string; label: string }[]
  onChange: (value: string) => void
}

function Choice({ field, value, options, onChange }: ChoiceProps) {
  return (
    <Field label={field.label}>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{field.if_absent && field.if_absent}</option>
        {value && !options.some((each) => each.id === value) && <option value={value}>{t("%(what)s (does not exist)", { what: value })}</option>}
        {options.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)}
      </select>
    </Field>
  )
}

/** The first of its words is meant where there is none. */
function OneOf({ field, value, onChange }: { field: ChoiceField; value: string; onChange: (value: string | undefined) => void }) {
  const usual = field.options[0].id
  return (
    <Field label={field.label}>
      <select value={value || usual} onChange={(event) => onChange(event.target.value === usual ? undefined : event.target.value)}>
        {value && !field.options.some((each) => each.id === value) && <option value={value}>{t("%(what)s (does not exist)", { what: value })}</option>}
        {field.options.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)}
      </select>
    </Field>
  )
}

export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="ed-field">
      <label><span>{label}</span>{children}</label>
      {hint}
    </div>
  )
}

export function NumberField({ field, label = field.label, value, onChange }: { field: NumberKindField; label?: string; value: string; onChange: (value: number | undefined) => void }) {
  // While 1.5 is being typed, "1." is not a number yet: the typed text stays until the field's value differs from it.
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped((now) => (Number(now) === Number(value) && (now === '') === (value === '') ? now : value)), [value])
  return (
    <Field label={label}>
      <input
        type="number"
        value={typed}
        placeholder={field.default === null ? '' : String(field.default)}
        min={field.least}
        max={field.most}
        step={field.step}
        onChange={(event) => {
          setTyped(event.target.value)
          onChange(event.target.value === '' ? undefined : Number(event.target.value))
        }}
      />
    </Field>
  )
}
