// One node, beside the graph: all that it may have, and its wires by select box.

import { useEffect, useId, useState, type ReactNode } from 'react'
import { fetchSound, type Fault, type PromptState } from './api'
import {
  idProblem,
  KEYS,
  keysOf,
  KIND_NAMES,
  kindOf,
  NO_AGENT,
  NO_INPUT,
  nodesOf,
  startOf,
  textOf,
  type Doc,
  type Kind,
} from './model'
import type { JsonObject } from './json'

export interface PanelProps {
  doc: Doc
  id: string
  node: JsonObject
  notes: { fault: boolean; message: string; pointer: string }[]
  prompts: PromptState[]
  voices: { id: string; label: string }[]
  agents: string[]
  saved: boolean
  speaking: boolean
  onField: (field: string, value: string | number | undefined) => void
  onWire: (handle: string, target: string | undefined) => void
  /** a new node of this kind, wired to the handle */
  onGrow: (handle: string, kind: Kind) => void
  onRename: (id: string) => void
  onKind: (kind: Kind) => void
  onStart: () => void
  onRemove: () => void
  onSpeak: () => void
}

export function NodePanel(props: PanelProps) {
  const { doc, id, node, notes, onField } = props
  const kind = kindOf(node)
  return (
    <>
      <NameField key={id} {...props} />
      <div className="ed-pair">
        <Field label="Kind">
          <select value={kind} onChange={(event) => props.onKind(event.target.value as Kind)}>
            {Object.entries(KIND_NAMES).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          </select>
        </Field>
        <div className="ed-field">
          <span>Start</span>
          {startOf(doc) === id ? <div className="ed-empty">Calls start here.</div> : <button type="button" onClick={props.onStart}>Start calls here</button>}
        </div>
      </div>
      <PromptFields {...props} />
      {kind === 'question' && <QuestionFields {...props} />}
      {kind === 'transfer' && <TransferFields {...props} />}
      <details>
        <summary>File names</summary>
        <TextField label="Audio" value={textOf(node, 'audio')} hint="Letters, digits, _ or - and .wav; empty: made when the text is spoken." onChange={(value) => onField('audio', value)} />
      </details>
      <p><button type="button" className="danger" onClick={props.onRemove}>Remove this node</button></p>
      <Notes notes={notes} />
    </>
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
    <Field label="Name" hint={<div className="ed-hint" id={hint}>{problem ?? 'What leads here follows a new name.'}</div>}>
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

function PromptFields({ node, prompts, voices, saved, speaking, onField, onSpeak }: PanelProps) {
  const prompt = prompts.find((each) => each.audio === textOf(node, 'audio'))
  const text = textOf(node, 'text')
  const ready = prompt?.state === 'ready'
  const fresh = ready && (!text || prompt.source !== 'tts' || same(text, prompt.text ?? ''))
  const voice = textOf(node, 'voice')
  return (
    <fieldset>
      <legend>Prompt</legend>
      <Field label="Text">
        <textarea rows={4} maxLength={1000} value={text} placeholder={prompt?.text ?? 'What callers hear here'} onChange={(event) => onField('text', event.target.value)} />
      </Field>
      <Field label="Voice">
        <select value={voice} onChange={(event) => onField('voice', event.target.value)}>
          <option value="">{prompt?.voice && !voice ? `As spoken (${prompt.voice})` : 'The default voice'}</option>
          {voice && !voices.some((each) => each.id === voice) && <option value={voice}>{voice} (not there)</option>}
          {voices.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)}
        </select>
      </Field>
      {ready && prompt.url && <Player key={versionOf(prompt)} url={prompt.url} />}
      <div className="ed-bar">
        <button type="button" disabled={!saved || speaking || !(text || prompt?.text)} onClick={onSpeak}>
          {speaking ? 'Speaking…' : ready ? 'Speak again' : 'Speak'}
        </button>
        <span className="ed-state">
          {fresh ? `Spoken, ${prompt.duration_seconds?.toFixed(1)} s` : ready ? 'The text is newer than what callers hear' : 'Not spoken yet'}
          {!saved && (text || prompt?.text) ? ' · save first' : ''}
        </span>
      </div>
    </fieldset>
  )
}

/** Its address stays when a prompt is spoken again, and a player that is given an address plays what it had from there. */
function Player({ url }: { url: string }) {
  const [sound, setSound] = useState<string | null>(null)
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    const stop = new AbortController()
    let made: string | null = null
    fetchSound(url, stop.signal).then(
      (blob) => setSound((made = URL.createObjectURL(blob))),
      (error: Error) => stop.signal.aborted || setTrouble(error.message),
    )
    return () => {
      stop.abort()
      if (made) URL.revokeObjectURL(made)
    }
  }, [url])
  return trouble ? <p className="ed-hint" role="status">{trouble}</p> : <audio controls data-src={url} src={sound ?? undefined} aria-label="What callers hear now" />
}


function versionOf({ url, text, voice, source, duration_seconds }: PromptState): string {
  return JSON.stringify([url, text, voice, source, duration_seconds])
}

export function same(one: string, other: string): boolean {
  return one.split(/\s+/).join(' ').trim() === other.split(/\s+/).join(' ').trim()
}

function QuestionFields(props: PanelProps) {
  const { node, onField, onWire } = props
  const keys = keysOf(node)
  const free = KEYS.filter((key) => !keys.has(key))
  const [chosen, setChosen] = useState('')
  const next = free.includes(chosen) ? chosen : free[0]
  return (
    <fieldset>
      <legend>Keys</legend>
      {[...keys].map(([key, target]) => (
        <div className="ed-wire" key={key}>
          <span className="ed-key">{key}</span>
          <Target {...props} handle={key} value={target} label={`Key ${key} leads to`} />
          <button type="button" aria-label={`Remove key ${key}`} onClick={() => onWire(key, undefined)}>✕</button>
        </div>
      ))}
      {next && (
        <div className="ed-wire">
          <select aria-label="A further key" value={next} onChange={(event) => setChosen(event.target.value)}>
            {free.map((key) => <option key={key}>{key}</option>)}
          </select>
          <Target {...props} handle={next} value="" label={`Key ${next} leads to`} none="Add a key: where to?" />
          <span />
        </div>
      )}
      <Field label="Without a key">
        <Target {...props} handle={NO_INPUT} value={textOf(node, 'timeout_node')} label="Without a key" none="Ask again" />
      </Field>
      <div className="ed-pair">
        <NumberField label="Attempts" value={textOf(node, 'max_attempts')} placeholder="3" min={1} max={10} step={1} onChange={(value) => onField('max_attempts', value)} />
        <NumberField label="Wait, seconds" value={textOf(node, 'timeout_s')} placeholder="5" min={1} max={60} step={0.5} onChange={(value) => onField('timeout_s', value)} />
      </div>
    </fieldset>
  )
}

function TransferFields(props: PanelProps) {
  const { node, agents, onField } = props
  const agent = textOf(node, 'agent')
  return (
    <fieldset>
      <legend>Hand-off</legend>
      <Field label="Agent">
        <select value={agent} onChange={(event) => onField('agent', event.target.value)}>
          <option value="">The default agent</option>
          {agent && !agents.includes(agent) && <option value={agent}>{agent} (not there)</option>}
          {agents.map((name) => <option key={name}>{name}</option>)}
        </select>
      </Field>
      <Field label="When nobody can be had">
        <Target {...props} handle={NO_AGENT} value={textOf(node, 'fallback_node')} label="When nobody can be had" none="Apologise and hang up" />
      </Field>
      <TextField label="Outcome" value={textOf(node, 'outcome')} hint="A label of your own: the agent and the call record get it." onChange={(value) => onField('outcome', value)} />
      <TextField label="Audio while it rings" value={textOf(node, 'hold_audio')} hint="An audio name of this menu; empty: a ringing tone." onChange={(value) => onField('hold_audio', value)} />
    </fieldset>
  )
}

interface TargetProps extends PanelProps {
  handle: string
  value: string
  label: string
  none?: string
}

const GROW: Record<string, Kind> = { '+question': 'question', '+hangup': 'hangup', '+transfer': 'transfer', '+suppress': 'suppress' }

function Target({ doc, handle, value, label, none, onWire, onGrow }: TargetProps) {
  const nodes = [...nodesOf(doc).keys()]
  const choose = (wanted: string) => {
    if (wanted in GROW) onGrow(handle, GROW[wanted])
    else onWire(handle, wanted || undefined)
  }
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {value && !nodesOf(doc).has(value) && <option value={value}>{value} (not there)</option>}
      {nodes.map((id) => <option key={id} value={id}>{id}</option>)}
      <optgroup label="A new node">
        {Object.entries(GROW).map(([key, kind]) => <option key={key} value={key}>New: {KIND_NAMES[kind]}</option>)}
      </optgroup>
    </select>
  )
}

export function Notes({ notes }: { notes: PanelProps['notes'] }) {
  if (notes.length === 0) return null
  return (
    <ul className="ed-notes ed-below" aria-live="polite">
      {notes.map((note) => <li key={note.pointer + note.message} className={note.fault ? 'fault' : ''}>{note.message}</li>)}
    </ul>
  )
}

function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="ed-field">
      <label><span>{label}</span>{children}</label>
      {hint}
    </div>
  )
}

function TextField({ label, value, hint, onChange }: { label: string; value: string; hint: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} hint={<div className="ed-hint">{hint}</div>}>
      <input value={value} maxLength={68} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
    </Field>
  )
}

interface NumberProps {
  label: string
  value: string
  placeholder: string
  min: number
  max: number
  step: number
  onChange: (value: number | undefined) => void
}

function NumberField({ label, value, placeholder, min, max, step, onChange }: NumberProps) {
  // "1." on the way to 1.5 is no number yet: what was typed stands until the field says the same.
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped((now) => (Number(now) === Number(value) && (now === '') === (value === '') ? now : value)), [value])
  return (
    <Field label={label}>
      <input
        type="number"
        value={typed}
        placeholder={placeholder}
        min={min}
        max={max}
        step={step}
        onChange={(event) => {
          setTyped(event.target.value)
          onChange(event.target.value === '' ? undefined : Number(event.target.value))
        }}
      />
    </Field>
  )
}

export type { Fault }
