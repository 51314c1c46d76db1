// The prompt of a node in the language that is shown: its text, its voice, and what callers hear now.

import { useEffect, useState } from 'react'
import { fetchSound, type PromptState, type SaidText } from './api'
import { NumberField, type PanelProps } from './fields'
import { pointer } from './json'
import { spokenFields, type Kind } from './kinds'
import { VoiceChoice } from './languagefields'
import { slotsIn, usualVoice } from './languages'
import { nodesOf, textOf, type Doc } from './model'
import { isHeard, placeOf, saidIn, slotsOf, voiceOf, type Slot, type ToSpeak } from './said'
import { SaidFields } from './saidfields'
import { formatNumber, t } from './translate'

export function PromptFields({ kind, menu, id, node, language, languages, prompts, said, voices, saved, sounds, played, speaking, onField, onSpeak }: PanelProps & { kind: Kind }) {
  const all = slotsOf(node)
  const slots = slotsIn(node, language, languages)
  const only = prompts.find((each) => each.audio === slots[0]?.audio)
  const spoken = kind.fields.find((field) => field.type === 'text')
  const speaker = kind.fields.find((field) => field.type === 'voice')
  const numbers = kind.fields.filter((field) => field.type === 'number').filter((field) => spokenFields().includes(field.name))
  const text = node.get('text')
  const here = language === null ? text : saidIn(text, language, languages, false)
  const placeholder = typeof text === 'string' || text === undefined ? (only?.text ?? (spoken && spoken.hint)) : undefined
  const speaks = language === null ? undefined : usualVoice(voices, language)
  const usual = only?.voice ? t("As spoken (%(voice)s)", { voice: only.voice }) : speaks ? t("The usual one (%(voice)s)", { voice: speaks.id }) : speaker?.if_absent
  return (
    <fieldset>
      <legend>{t("Prompt")}</legend>
      <SaidFields
        key={`${spoken?.name} ${language}`}
        label={spoken?.label ?? t("Text")}
        value={text}
        language={language}
        languages={languages}
        box={(shown, _, onChange) => <textarea rows={4} lang={language ?? undefined} maxLength={spoken?.type === 'text' ? spoken.max_length : undefined} value={shown} placeholder={placeholder} onChange={(event) => onChange(event.target.value)} />}
        hint={here && <WillBeSaid said={said} at={pointer('nodes', id, 'text', ...(text instanceof Map && language !== null ? [language] : []))} />}
        onChange={(next) => onField('text', next)}
      />
      <SaidFields
        key={`${speaker?.name} ${language}`}
        label={speaker?.label ?? t("Voice")}
        value={node.get('voice')}
        language={language}
        languages={languages}
        inAll
        isOne
        box={(voice, _, onChange) => <VoiceChoice voices={voices} value={voice} language={language} usual={(voice ? speaker?.if_absent : usual) ?? ''} onChange={onChange} />}
        hint={language !== null && voices.length > 0 && !speaks && <div className="ed-hint">{t("No voice here speaks this language.")} <a href="/ui/voices">{t("Voices")}</a></div>}
        onChange={(next) => onField('voice', next)}
      />
      {numbers.map((field) => <NumberField key={field.name} field={field} value={textOf(node, field.name)} onChange={(value) => onField(field.name, value)} />)}
      {slots.map((slot) => (
        <SlotBar
          key={slot.at}
          slot={slot}
          place={placeOf(node, slot)}
          many={slots.length > 1}
          named={all.length > 1}
          prompt={prompts.find((each) => each.audio === slot.audio)}
          page={`/ui/menus/${menu}/prompts#prompt-${id}${slot.at === all[0].at ? '' : `-${slot.at.replaceAll('/', '-')}`}`}
          saved={saved}
          isDraft={sounds.includes(slot.audio)}
          plays={played === `${id} ${slot.at}`}
          speaking={speaking}
          onSpeak={() => onSpeak(slot)}
        />
      ))}
    </fieldset>
  )
}

/** What the voice will say for the texts at this pointer and below it. Its height stays the same while somebody types. */
function WillBeSaid({ said, at }: { said: SaidText[]; at: string }) {
  const found = said.filter((each) => each.pointer === at || each.pointer.startsWith(`${at}/`))
  return (
    <div className="ed-hint ed-will-be-said" role="note" aria-label={t("Will be said")} tabIndex={0}>
      {t("Will be said")}: {found.map(({ pointer: where, spoken_as }) => <span key={where}>{spoken_as === null ? t("nothing; see the warning below") : readable(spoken_as)} </span>)}
    </div>
  )
}

const PAUSE = /<break time="(\d+)ms"\/>/g

function readable(spoken: string): string {
  return spoken.replace(PAUSE, (_, ms: string) => t("[%(seconds)s s pause]", { seconds: Number(ms) / 1000 }))
}

interface SlotProps {
  slot: Slot
  /** where it is heard, in words */
  place: string
  /** whether it must be told from others that are shown, and from those of other languages */
  many: boolean
  named: boolean
  prompt: PromptState | undefined
  /** where it can be recorded */
  page: string
  saved: boolean
  /** callers do not hear it yet */
  isDraft: boolean
  /** it plays by itself */
  plays: boolean
  speaking: boolean
  onSpeak: () => void
}

function SlotBar({ slot, place, many, named, prompt, page, saved, isDraft, plays, speaking, onSpeak }: SlotProps) {
  const ready = prompt?.state === 'ready'
  const changed = ready && prompt.outdated ? t("It would now be said otherwise") : t("The text has changed since it was spoken")
  const words = slot.text || prompt?.text
  const speak = ready ? t("Speak again") : t("Speak")
  return (
    <>
      {many && <div className="ed-hint">{place}</div>}
      {ready && prompt.url && <Player key={versionOf(prompt)} url={prompt.url} plays={plays} label={isDraft ? t("In the draft; callers do not hear it yet") : t("What callers hear now")} />}
      <div className="ed-bar">
        <button type="button" disabled={!saved || speaking || !words} aria-label={named ? `${speak}: ${place}` : undefined} onClick={onSpeak}>
          {speaking ? t("Speaking…") : speak}
        </button>
        <span className="ed-state">
          {isHeard(slot, prompt) ? lengthOf(prompt) : ready ? changed : t("Not spoken yet")}
          {isDraft && ready ? ` · ${t("in the draft")}` : ''}
        </span>
        {saved && words && <a className="ed-state" href={page}>{t("Record or upload")}</a>}
      </div>
    </>
  )
}

function lengthOf(prompt: PromptState | undefined): string {
  const seconds = formatNumber(prompt?.duration_seconds ?? 0, 1)
  return prompt?.source === 'upload' ? t("A recording, %(seconds)s s", { seconds }) : t("Spoken, %(seconds)s s", { seconds })
}

/** It loads the sound itself: the address stays the same when a prompt is spoken again, and a player would reuse the old sound. */
function Player({ url, label, plays }: { url: string; label: string; plays: boolean }) {
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
  return trouble ? <p className="ed-hint" role="status">{trouble}</p> : <audio controls autoPlay={plays} data-src={url} src={sound ?? undefined} aria-label={label} />
}

function versionOf({ url, text, voice, source, duration_seconds }: PromptState): string {
  return JSON.stringify([url, text, voice, source, duration_seconds])
}

/** The texts that are not what their audio says. */
export function textsToSpeak(doc: Doc, prompts: PromptState[]): ToSpeak[] {
  return [...nodesOf(doc)].flatMap(([id, node]) =>
    slotsOf(node).flatMap((slot): ToSpeak[] => {
      const spoken = isHeard(slot, prompts.find((each) => each.audio === slot.audio))
      return slot.text.trim() && !spoken ? [{ node: id, at: slot.at, text: slot.text, voice: voiceOf(node, slot.language) }] : []
    }),
  )
}
