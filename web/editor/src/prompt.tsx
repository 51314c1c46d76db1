// The prompt of a node: its text, its voice, and what callers hear now.

import { useEffect, useState } from 'react'
import { fetchSound, type PromptState } from './api'
import { Field, type PanelProps } from './fields'
import type { Kind } from './kinds'
import { nodesOf, textOf, type Doc } from './model'

export function PromptFields({ kind, node, prompts, voices, saved, speaking, onField, onSpeak }: PanelProps & { kind: Kind }) {
  const prompt = prompts.find((each) => each.audio === textOf(node, 'audio'))
  const text = textOf(node, 'text')
  const ready = prompt?.state === 'ready'
  const fresh = ready && (!text || prompt.source !== 'tts' || same(text, prompt.text ?? ''))
  const voice = textOf(node, 'voice')
  const spoken = kind.fields.find((field) => field.type === 'text')
  const speaker = kind.fields.find((field) => field.type === 'voice')
  return (
    <fieldset>
      <legend>Prompt</legend>
      <Field label={spoken?.label ?? 'Text'}>
        <textarea rows={4} maxLength={spoken?.max_length} value={text} placeholder={prompt?.text ?? spoken?.hint} onChange={(event) => onField('text', event.target.value)} />
      </Field>
      <Field label={speaker?.label ?? 'Voice'}>
        <select value={voice} onChange={(event) => onField('voice', event.target.value)}>
          <option value="">{prompt?.voice && !voice ? `As spoken (${prompt.voice})` : speaker?.if_absent}</option>
          {voice && !voices.some((each) => each.id === voice) && <option value={voice}>{voice} (does not exist)</option>}
          {voices.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)}
        </select>
      </Field>
      {ready && prompt.url && <Player key={versionOf(prompt)} url={prompt.url} />}
      <div className="ed-bar">
        <button type="button" disabled={!saved || speaking || !(text || prompt?.text)} onClick={onSpeak}>
          {speaking ? 'Speaking…' : ready ? 'Speak again' : 'Speak'}
        </button>
        <span className="ed-state">
          {fresh ? `Spoken, ${prompt.duration_seconds?.toFixed(1)} s` : ready ? 'The text has changed since it was spoken' : 'Not spoken yet'}
          {!saved && (text || prompt?.text) ? ' · save first' : ''}
        </span>
      </div>
    </fieldset>
  )
}

/** It loads the sound itself: the address stays the same when a prompt is spoken again, and a player would reuse the old sound. */
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

/** The nodes whose text is not what their audio says. */
export function nodesToSpeak(doc: Doc, prompts: PromptState[]): string[] {
  return [...nodesOf(doc)].flatMap(([id, node]) => {
    const text = textOf(node, 'text')
    const prompt = prompts.find((each) => each.audio === textOf(node, 'audio'))
    const spoken = prompt?.state === 'ready' && (prompt.source !== 'tts' || same(text, prompt.text ?? ''))
    return text.trim() && !spoken ? [id] : []
  })
}
