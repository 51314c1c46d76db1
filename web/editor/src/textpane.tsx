// The menu's JSON, beside the graph. Faults are marked at their lines, and typed text is never discarded without a click.

import { useRef } from 'react'
import type { JsonFault } from './json'
import { t } from './translate'

export interface TextPaneProps {
  text: string
  faults: JsonFault[]
  onType: (text: string) => void
  onDiscard: (() => void) | null
}

export function TextPane({ text, faults, onType, onDiscard }: TextPaneProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const lines = text.split('\n')
  const bad = new Set(faults.map((fault) => fault.line))
  const goTo = (fault: JsonFault) => {
    const start = lines.slice(0, fault.line - 1).reduce((sum, line) => sum + line.length + 1, 0)
    area.current?.focus()
    area.current?.setSelectionRange(start + fault.column - 1, start + lines[fault.line - 1].length)
  }
  return (
    <>
      <div className="ed-text">
        <div className="ed-lines" aria-hidden="true">
          {lines.map((_, index) => (bad.has(index + 1) ? <b key={index}>{`✕ ${index + 1}\n`}</b> : `${index + 1}\n`))}
        </div>
        <textarea
          ref={area}
          aria-label={t("The menu as JSON")}
          spellCheck={false}
          wrap="off"
          rows={lines.length + 1}
          value={text}
          onChange={(event) => onType(event.target.value)}
        />
      </div>
      <div className="ed-below">
        <ul className="ed-notes" aria-live="polite">
          {faults.map((fault) => (
            <li key={`${fault.line}:${fault.pointer}:${fault.message}`} className="fault">
              <button type="button" onClick={() => goTo(fault)}>{t("Line %(n)s", { n: fault.line })}</button>
              {fault.pointer && <code> {fault.pointer}</code>}: {fault.message}
            </li>
          ))}
        </ul>
        {onDiscard && <p><button type="button" onClick={onDiscard}>{t("Discard this text and continue with the graph")}</button></p>}
      </div>
    </>
  )
}
