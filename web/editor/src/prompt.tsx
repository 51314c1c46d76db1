// The prompt of a node: its text, its voice, and what callers hear now.

import { useEffect, useState } from 'react'
import { fetchSound, type PromptState, type SaidText } from './api'
import type { PanelProps } from './fields'
import type { Kind } from './kinds'
import { nodesOf, type Doc } from './model'
import { languagesOf, placeOf, slotsOf, voiceOf, type Slot, type ToSpeak } from './said'
import { SaidFields } from './saidfields'

export function PromptFields({ kind, doc, id, node, prompts, said, voices, saved, speaking, onField, onSpeak }: PanelProps & { kind: Kind }) {
  const slots = slotsOf(node)
  const only = prompts.find((each) => each.audio === slots[0]?.audio)
  const spoken = kind.fields.find((field) => field.type === 'text')
  const speaker = kind.fields.find((field) => field.type === 'voice')
  const languages = languagesOf(doc)
  const placeholder = typeof node.get('text') === 'string' || !node.has('text') ? (only?.text ?? spoken?.hint) : undefined
  return (
    <fieldset>
      <legend>Prompt</legend>
      <SaidFields
        key={spoken?.name}
        label={spoken?.label ?? 'Text'}
        value={node.get('text')}
        languages={languages}
        box={(text, _, onChange) => <textarea rows={4} maxLength={spoken?.type === 'text' ? spoken.max_length : undefined} value={text} placeholder={placeholder} onChange={(event) => onChange(event.target.value)} />}
        hint={node.has('text') && <WillBeSaid said={said} at={`/nodes/${id.replaceAll('~', '~0').replaceAll('/', '~1')}/text`} />}
        onChange={(next) => onField('text', next)}
      />
      <SaidFields
        label={speaker?.label ?? 'Voice'}
        value={node.get('voice')}
        languages={languages}
        isOne
        box={(voice, _, onChange) => (
          <select value={voice} onChange={(event) => onChange(event.target.value)}>
            <option value="">{only?.voice && !voice ? `As spoken (${only.voice})` : speaker?.if_absent}</option>
            {voice && !voices.some((each) => each.id === voice) && <option value={voice}>{voice} (does not exist)</option>}
            {voices.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)}
          </select>
        )}
        onChange={(next) => onField('voice', next)}
      />
      {slots.map((slot) => (
        <SlotBar key={slot.at} slot={slot} place={placeOf(node, slot)} many={slots.length > 1} prompt={prompts.find((each) => each.audio === slot.audio)} saved={saved} speaking={speaking} onSpeak={() => onSpeak(slot)} />
      ))}
    </fieldset>
  )
}

/** What the voice will say for the texts at this pointer and below it. Its height stays the same while somebody types. */
function WillBeSaid({ said, at }: { said: SaidText[]; at: string }) {
  const found = said.filter((each) => each.pointer === at || each.pointer.startsWith(`${at}/`))
  return (
    <div className="ed-hint ed-will-be-said" role="note" aria-label="Will be said" tabIndex={0}>
      Will be said: {found.map(({ pointer, spoken_as }) => <span key={pointer}>{spoken_as === null ? 'nothing; see the warning below' : readable(spoken_as)} </span>)}
    </div>
  )
}

const PAUSE = /<break time="(\d+)ms"\/>/g

function readable(spoken: string): string {
  return spoken.replace(PAUSE, (_, ms: string) => `[${Number(ms) / 1000} s pause]`)
}

interface SlotProps {
  slot: Slot
  /** where it is heard, in words */
  place: string
  /** whether it must be told from others */
  many: boolean
  prompt: PromptState | undefined
  saved: boolean
  speaking: boolean
  onSpeak: () => void
}

function SlotBar({ slot, place, many, prompt, saved, speaking, onSpeak }: SlotProps) {
  const ready = prompt?.state === 'ready'
  const fresh = ready && !prompt.outdated && (!slot.text || prompt.source !== 'tts' || same(slot.text, prompt.text ?? ''))
  const changed = ready && prompt.outdated ? 'It would now be said otherwise' : 'The text has changed since it was spoken'
  const words = slot.text || prompt?.text
  return (
    <>
      {many && <div className="ed-hint">{place}</div>}
      {ready && prompt.url && <Player key={versionOf(prompt)} url={prompt.url} />}
      <div className="ed-bar">
        <button type="button" disabled={!saved || speaking || !words} aria-label={many ? `${ready ? 'Speak again' : 'Speak'}: ${place}` : undefined} onClick={onSpeak}>
          {speaking ? 'Speaking…' : ready ? 'Speak again' : 'Speak'}
        </button>
        <span className="ed-state">
          {fresh ? `Spoken, ${prompt.duration_seconds?.toFixed(1)} s` : ready ? changed : 'Not spoken yet'}
          {!saved && words ? ' · save first' : ''}
        </span>
      </div>
    </>
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

/** The texts that are not what their audio says. */
export function textsToSpeak(doc: Doc, prompts: PromptState[]): ToSpeak[] {
  return [...nodesOf(doc)].flatMap(([id, node]) =>
    slotsOf(node).flatMap((slot): ToSpeak[] => {
      const prompt = prompts.find((each) => each.audio === slot.audio)
      const spoken = prompt?.state === 'ready' && !prompt.outdated && (prompt.source !== 'tts' || same(slot.text, prompt.text ?? ''))
      return slot.text.trim() && !spoken ? [{ node: id, at: slot.at, text: slot.text, voice: voiceOf(node, slot.language) }] : []
    }),
  )
}
