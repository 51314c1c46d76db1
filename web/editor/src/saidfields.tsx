// A text, an audio name or a voice in the language that is shown: plain as long as it is one, in parts when the author asks for it.

import { useState, type ReactNode } from 'react'
import type { Json } from './json'
import { saidIn, withoutEmpty, withSaidIn } from './said'
import { languageName, t } from './translate'

interface SaidProps {
  label: string
  value: Json | undefined
  /** the one that is shown; null where the menu has one language */
  language: string | null
  /** in which it may be written */
  languages: string[]
  /** without a language it is that of all, not that of the first */
  inAll?: boolean
  /** one box to type in */
  box: (value: string, label: string, onChange: (value: string) => void) => ReactNode
  hint?: ReactNode
  /** it has no parts */
  isOne?: boolean
  /** what another part is called */
  add?: string
  onChange: (value: Json | undefined) => void
}

export function SaidFields({ label, value, language, languages, inAll = false, box, hint, isOne = false, add = t("Add a part"), onChange }: SaidProps) {
  // Boxes that are empty yet are no part of the menu.
  const [open, setOpen] = useState<Json | null>(null)
  const shown = open !== null && same(withoutEmpty(open), value) ? open : value
  const change = (next: Json) => {
    setOpen(next)
    onChange(withoutEmpty(next))
  }
  const here = language === null ? (shown ?? '') : saidIn(shown, language, languages, inAll)
  return (
    <div className="ed-field">
      <Parts
        label={language === null ? label : `${label}: ${languageName(language)}`}
        value={here}
        box={box}
        isOne={isOne}
        add={add}
        onChange={(next) => change(language === null ? next : withSaidIn(shown, language, languages, inAll, next))}
      />
      {hint}
      {inAll && shown instanceof Map && (
        <button type="button" className="small" onClick={() => { setOpen(null); onChange(withoutEmpty(here)) }}>{t("The same in all languages")}</button>
      )}
    </div>
  )
}

/** One box, or one for each part; parts of parts are left to the JSON. */
function Parts({ label, value, box, isOne, add, onChange }: { label: string; value: Json; box: SaidProps['box']; isOne: boolean; add: string; onChange: (value: Json) => void }) {
  if (!Array.isArray(value)) {
    const text = typeof value === 'string' ? value : ''
    return (
      <>
        <label><span>{label}</span>{box(text, label, onChange)}</label>
        {text && !isOne && <button type="button" className="small" onClick={() => onChange([text, ''])}>{add}</button>}
      </>
    )
  }
  const set = (at: number, next: string | undefined) => {
    const parts = value.flatMap((each, index): Json[] => (index !== at ? [each] : next === undefined ? [] : [next]))
    onChange(parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : parts)
  }
  return (
    <div role="group" aria-label={label}>
      <span>{label}</span>
      {value.map((each, at) => {
        const part = t("%(what)s, part %(n)s", { what: label, n: at + 1 })
        return (
          <div className="ed-wire ed-numbered" key={at}>
            <span className="ed-key">{at + 1}</span>
            {typeof each === 'string' ? <label className="ed-part" aria-label={part}>{box(each, part, (next) => set(at, next))}</label> : <span className="ed-hint">{t("Several parts: see the JSON")}</span>}
            <button type="button" aria-label={t("Remove part %(n)s of %(what)s", { n: at + 1, what: label })} onClick={() => set(at, undefined)}>✕</button>
          </div>
        )
      })}
      <button type="button" className="small" onClick={() => onChange([...value, ''])}>{add}</button>
    </div>
  )
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

function plain(value: Json | undefined): unknown {
  if (value instanceof Map) return [...value].map(([name, each]) => [name, plain(each)])
  return Array.isArray(value) ? value.map(plain) : value
}
