// What a request sends: variables by their names, or names of the service's own, each with a text.

import { useState } from 'react'
import type { PanelProps } from './fields'
import type { Json } from './json'
import { t } from './translate'
import { sentOf, valueOf, type SentField } from './kinds'

export function SentFields({ field, hint, node, onField }: PanelProps & { field: SentField; hint: string }) {
  const sent = sentOf(node, field)
  const [typed, setTyped] = useState('')
  const named = sent instanceof Map
  const pattern = new RegExp(`^(?:${named ? field.pattern : field.names_pattern})$`)
  const valid = pattern.test(typed) && !(named ? sent.has(typed) : sent.includes(typed))
  const keep = (next: Map<string, Json> | string[]) => {
    const size = next instanceof Map ? next.size : next.length
    onField(field.name, size > 0 ? next : undefined)
  }
  const add = () => {
    keep(named ? new Map([...sent, [typed, '']]) : [...sent, typed])
    setTyped('')
  }
  return (
    <div className="ed-field" role="group" aria-label={field.label}>
      <span>{field.label}</span>
      {named
        ? [...sent].map(([name, value]) => (
          <div className="ed-wire ed-result" key={name}>
            <span className="ed-key">{name}</span>
            <input
              aria-label={t("What is sent as %(what)s", { what: name })}
              value={String(value)}
              maxLength={field.max_length}
              spellCheck={false}
              onChange={(event) => keep(new Map([...sent].map(([each, was]) => [each, each === name ? valueOf(event.target.value) : was])))}
            />
            <button type="button" aria-label={t("Do not send %(what)s", { what: name })} onClick={() => keep(new Map([...sent].filter(([each]) => each !== name)))}>✕</button>
          </div>
        ))
        : sent.map((name) => (
          <div className="ed-wire ed-result" key={name}>
            <span className="ed-key">{name}</span>
            <span />
            <button type="button" aria-label={t("Do not send %(what)s", { what: name })} onClick={() => keep(sent.filter((each) => each !== name))}>✕</button>
          </div>
        ))}
      <div className="ed-wire ed-result">
        <input
          aria-label={named ? t("Another name to send") : t("Another variable to send")}
          placeholder={named ? t("Name") : 'caller'}
          value={typed}
          maxLength={131}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
        {valid ? <button type="button" onClick={add}>{t("Send %(what)s", { what: typed })}</button> : <span />}
        <span />
      </div>
      {!named && sent.length > 0 && (
        <button type="button" className="small" onClick={() => keep(new Map(sent.map((name) => [name, `{${name}}`])))}>{t("Send them under other names")}</button>
      )}
      <div className="ed-hint">{hint}</div>
    </div>
  )
}
