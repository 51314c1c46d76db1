// The languages of a menu on the panel: which are there, in whose words a node is shown, and what is missing in each.

import { useState } from 'react'
import type { PanelProps } from './fields'
import { COMMON, isLanguage, lackAt, MOST_LANGUAGES, nodesWithout, speaks, type Voice } from './languages'
import { Mover } from './order'
import type { Json } from './json'
import type { KeyLanguagesField } from './kinds'
import { languagesOf } from './said'
import { languageName, t } from './translate'

const LACKS = { words: () => t("words missing"), sound: () => t("not spoken") }

/** The language in which a node is shown: one button for each, with a mark where something is missing. */
export function LanguageTabs({ doc, node, prompts, language, languages, onLanguage }: PanelProps) {
  if (languages.length < 2) return null
  const listed = languagesOf(doc)
  return (
    <div className="ed-languages" role="group" aria-label={t("Language of the texts")}>
      {languages.map((each) => {
        const lack = lackAt(node, each, listed, prompts)
        const mark = listed.includes(each) ? lack && LACKS[lack]() : t("not a language of the menu")
        return (
          <button key={each} type="button" aria-pressed={each === language} onClick={() => onLanguage(each)}>
            {languageName(each)}
            {mark && <span className="mn-tag warning">{mark}</span>}
          </button>
        )
      })}
    </div>
  )
}

/** The languages of the whole menu, shown where its calls begin. */
export function LanguagesField(props: PanelProps) {
  const { doc, voices, onAddLanguage, onMoveLanguage, onRemoveLanguage } = props
  const [typed, setTyped] = useState<string | null>(null)
  const languages = languagesOf(doc)
  const offered = [...new Set([...COMMON, ...voices.map((voice) => voice.language.split('-')[0])])].filter((each) => !languages.includes(each) && isLanguage(each))
  const add = (code: string) => {
    setTyped(null)
    onAddLanguage(code)
  }
  return (
    <div className="ed-field" role="group" aria-label={t("Languages of the menu")}>
      <span>{t("Languages of the menu")}</span>
      {languages.map((each, at) => (
        <div key={each}>
          <div className="ed-wire ed-language">
            <span>{languageName(each)}{at === 0 && languages.length > 1 && <span className="ed-state"> {t("for most callers")}</span>}</span>
            {languages.length > 1 && <Mover what={languageName(each)} at={at} count={languages.length} onMove={(by) => onMoveLanguage(each, by)} />}
            <button type="button" aria-label={t("Remove %(what)s", { what: languageName(each) })} onClick={() => onRemoveLanguage(each)}>✕</button>
          </div>
          {languages.length > 1 && <Missing {...props} of={each} />}
        </div>
      ))}
      {languages.length < MOST_LANGUAGES && (
        <select aria-label={t("Another language")} value="" onChange={(event) => (event.target.value === '?' ? setTyped('') : add(event.target.value))}>
          <option value="" disabled hidden>{languages.length > 0 ? t("+ Another language") : t("One language; add another")}</option>
          {offered.map((each) => <option key={each} value={each}>{languageName(each)}</option>)}
          <option value="?">{t("Another one, by its code")}</option>
        </select>
      )}
      {typed !== null && (
        <div className="ed-wire ed-result">
          <input aria-label={t("Code of the language")} placeholder="pt-BR" value={typed} maxLength={6} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
          {isLanguage(typed) ? <button type="button" onClick={() => add(typed)}>{t("Add %(what)s", { what: languageName(typed) })}</button> : <span />}
          <span />
        </div>
      )}
      {languages.length > 1 && <div className="ed-hint">{t("The first is that of most callers. A language question lets callers choose theirs.")}</div>}
    </div>
  )
}

const MOST_SHOWN = 4

/** The nodes that have no words in this language, each a button that leads there. */
function Missing({ doc, of, onGoTo }: PanelProps & { of: string }) {
  const without = nodesWithout(doc, of)
  if (without.length === 0) return null
  const more = without.length - MOST_SHOWN
  return (
    <p className="ed-hint">
      {t("No words at")}{' '}
      {without.slice(0, MOST_SHOWN).map((id) => <button key={id} type="button" className="ed-link" onClick={() => onGoTo(id, of)}>{id}</button>)}
      {more > 0 && t("and %(n)s more", { n: more })}
    </p>
  )
}

/** The keys by which a question offers the languages of the menu. */
export function KeyLanguages({ doc, node, field, hint, onField, onMove }: PanelProps & { field: KeyLanguagesField; hint: string }) {
  const chosen = (node.get(field.name) ?? new Map()) as Map<string, Json>
  const free = [...field.digits].filter((digit) => !chosen.has(digit))
  const languages = languagesOf(doc)
  const open = languages.filter((each) => ![...chosen.values()].includes(each))
  const keep = (next: Map<string, Json>) => onField(field.name, next.size > 0 ? next : undefined)
  const change = (from: string, to: string | undefined) => keep(new Map([...chosen].flatMap(([key, language]): [string, Json][] => (key !== from ? [[key, language]] : to === undefined ? [] : [[to, language]]))))
  return (
    <div className="ed-field" role="group" aria-label={field.label}>
      <span>{field.label}</span>
      {[...chosen].map(([key, language], at) => {
        const name = languageName(String(language))
        return (
          <div className="ed-wire ed-ordered" key={key}>
            <select aria-label={t("Key for %(language)s", { language: name })} value={key} onChange={(event) => change(key, event.target.value)}>
              {[key, ...free].map((digit) => <option key={digit}>{digit}</option>)}
            </select>
            <span>{name}</span>
            <Mover what={name} at={at} count={chosen.size} onMove={(by) => onMove(field.name, key, by)} />
            <button type="button" aria-label={t("Remove %(what)s", { what: name })} onClick={() => change(key, undefined)}>✕</button>
          </div>
        )
      })}
      {open.length > 0 && free.length > 0 && (
        <select aria-label={t("Offer a language")} value="" onChange={(event) => keep(new Map([...chosen, [free.find((digit) => digit !== '0') ?? free[0], event.target.value]]))}>
          <option value="" disabled hidden>{t("+ Offer a language")}</option>
          {open.map((each) => <option key={each} value={each}>{languageName(each)}</option>)}
        </select>
      )}
      {hint && <div className="ed-hint">{hint}</div>}
    </div>
  )
}

interface VoiceProps {
  voices: Voice[]
  value: string
  /** of the text; null where the menu has one language */
  language: string | null
  /** who speaks if none is chosen */
  usual: string
  onChange: (voice: string) => void
}

/** The voices of the text's language come first. */
export function VoiceChoice({ voices, value, language, usual, onChange }: VoiceProps) {
  const own = voices.filter((voice) => language === null || speaks(voice, language))
  const others = voices.filter((voice) => !own.includes(voice))
  const options = (some: Voice[]) => some.map((each) => <option key={each.id} value={each.id}>{each.label}</option>)
  return (
    <select value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{usual}</option>
      {value && !voices.some((each) => each.id === value) && <option value={value}>{t("%(what)s (does not exist)", { what: value })}</option>}
      {options(own)}
      {others.length > 0 && <optgroup label={t("In other languages")}>{options(others)}</optgroup>}
    </select>
  )
}
