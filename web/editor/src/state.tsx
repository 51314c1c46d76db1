// The line below the bar: what is saved, what callers hear, and on which numbers. It always has the same height.

import type { ReactNode } from 'react'
import { NO_DRAFT } from './api'
import type { Loaded } from './loaded'
import { clock, t } from './translate'

const SHOWN_NUMBERS = 3

export interface StateProps {
  id: string
  saved: Loaded
  dirty: boolean
  writes: boolean
  /** what is being done, or an empty text */
  progress: string
  /** when this editor published what it shows, or null */
  published: Date | null
  names: Record<string, string>
  onDiscard: () => void
}

export function StateLine({ id, saved, dirty, writes, progress, published, names, onDiscard }: StateProps) {
  const { head, revision } = saved
  const isDraft = revision !== NO_DRAFT
  const live = head.status === 'live'
  const version = String(head.version)
  const state = progress ? { text: progress, tone: '' } : dirty ? { text: t("Not saved"), tone: 'warn' } : isDraft ? { text: t("Draft, not live yet"), tone: 'warn' } : live ? { text: t("Live: version %(version)s", { version }), tone: 'good' } : { text: t("Version %(version)s", { version }), tone: '' }
  return (
    <div className="ed-state-line">
      <span className={`badge ${state.tone}`} role="status">{state.text}</span>
      <span className="ed-state">
        {isDraft && !published ? t("Saved %(time)s by %(who)s.", { time: clock(new Date(head.updated_at)), who: names[head.actor ?? ''] ?? head.actor ?? '' }) : null}{' '}
        {isDraft || dirty ? (live ? t("Callers hear version %(version)s.", { version }) : null) : <Where id={id} saved={saved} published={published} />}
      </span>
      {isDraft && writes && <button type="button" className="small ed-discard" disabled={progress !== ''} onClick={onDiscard}>{t("Discard draft")}</button>}
    </div>
  )
}

function Where({ id, saved, published }: { id: string; saved: Loaded; published: Date | null }): ReactNode {
  const { dids, updated_at } = saved.head
  const done = published ? t("Published.") + ' ' : ''
  if (dids.length === 0) return <>{done}{t("No number leads here yet.")} <a className="button small" href={`/ui/menus/${id}#numbers`}>{t("Bind a number")}</a></>
  const values = { numbers: dids.slice(0, SHOWN_NUMBERS).map(phone).join(', '), time: clock(published ?? new Date(updated_at)), n: dids.length - SHOWN_NUMBERS }
  return <>{done}{dids.length > SHOWN_NUMBERS ? t("Live on %(numbers)s and %(n)s more since %(time)s", values) : t("Live on %(numbers)s since %(time)s", values)}</>
}

/** As all pages write it. */
export function phone(number: string): string {
  const write = window.digitree?.phone as ((number: string) => string) | undefined
  return write?.(number) ?? number
}
