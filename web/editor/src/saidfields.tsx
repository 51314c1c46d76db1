// A text or an audio name: plain as long as it is one, in parts or per language when the author asks for it.

import { useState, type ReactNode } from 'react'
import type { Json } from './json'
import { perLanguage, withoutEmpty } from './said'

interface SaidProps {
  label: string
  value: Json | undefined
  /** of the menu */
  languages: string[]
  /** one box to type in */
  box: (value: string, label: string, onChange: (value: string) => void) => ReactNode
  hint?: ReactNode
  /** it has no parts */
  isOne?: boolean
  /** what another part is called */
  add?: string
  onChange: (value: Json | undefined) => void
}

export function SaidFields({ label, value, languages, box, hint, isOne = false, add = 'Add a part', onChange }: SaidProps) {
  // Boxes that are empty yet are no part of the menu.
  const [open, setOpen] = useState<Json | null>(null)
  const shown = open !== null && same(withoutEmpty(open), value) ? open : value
  const change = (next: Json) => {
    setOpen(next)
    onChange(withoutEmpty(next))
  }
  if (shown instanceof Map) {
    const all = [...new Set([...shown.keys(), ...languages])]
    return (
      <div className="ed-field" role="group" aria-label={label}>
        <span>{label}</span>
        {all.map((language) => (
          <Parts key={language} label={`${label}: ${language}`} value={shown.get(language) ?? ''} box={box} isOne={isOne} add={add} onChange={(next) => change(new Map(all.map((each): [string, Json] => [each, each === language ? next : (shown.get(each) ?? '')])))} />
        ))}
        {hint}
        <button type="button" className="small" onClick={() => { setOpen(null); onChange(withoutEmpty(shown.get(all[0]) ?? '')) }}>The same in all languages</button>
      </div>
    )
  }
  return (
    <div className="ed-field">
      <Parts label={label} value={shown ?? ''} box={box} isOne={isOne} add={add} onChange={change} />
      {hint}
      {languages.length > 1 && <button type="button" className="small" onClick={() => change(perLanguage(shown, languages))}>One per language</button>}
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
      {value.map((each, at) => (
        <div className="ed-wire ed-numbered" key={at}>
          <span className="ed-key">{at + 1}</span>
          {typeof each === 'string' ? <label className="ed-part" aria-label={`${label}, part ${at + 1}`}>{box(each, `${label}, part ${at + 1}`, (next) => set(at, next))}</label> : <span className="ed-hint">Several parts: see the JSON</span>}
          <button type="button" aria-label={`Remove part ${at + 1} of ${label}`} onClick={() => set(at, undefined)}>✕</button>
        </div>
      ))}
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
