// The bar above the graph with the menu's name and the buttons, and the messages, which lie over the graph so that nothing
// moves.

import type { ReactNode } from 'react'
import { loggedOut, type TestRun } from './api'
import { KINDS, labelOf, type Kind } from './kinds'
import { t } from './translate'

export interface BarProps {
  name: string
  locked: boolean
  writes: boolean
  readable: boolean
  dirty: boolean
  /** there is something to publish */
  publishable: boolean
  progress: string
  canUndo: boolean
  canRedo: boolean
  onName: (name: string) => void
  onAdd: (kind: Kind) => void
  onTravel: (where: 'undo' | 'redo') => void
  onLayOut: () => void
  onCall: () => void
  onSave: () => void
  onPublish: () => void
}

export function Bar(props: BarProps) {
  const { locked, writes, readable, dirty, progress } = props
  return (
    <div className="ed-bar ed-top">
      <input className="ed-grow" aria-label={t("The menu's name")} maxLength={200} value={props.name} disabled={locked} onChange={(event) => props.onName(event.target.value)} />
      <select className="ed-add" aria-label={t("Add a node")} value="" disabled={locked} onChange={(event) => props.onAdd(KINDS[Number(event.target.value)])}>
        <option value="" disabled hidden>{t("+ Add a node")}</option>
        {KINDS.map((kind, index) => <option key={kind.kind} value={index}>{labelOf(kind)}</option>)}
      </select>
      <button type="button" className="small ed-icon" disabled={!props.canUndo} aria-label={t("Undo")} title={`${t("Undo")} (Ctrl+Z)`} onClick={() => props.onTravel('undo')}><Icon shape={ICONS.undo} /></button>
      <button type="button" className="small ed-icon" disabled={!props.canRedo} aria-label={t("Redo")} title={`${t("Redo")} (Ctrl+Shift+Z)`} onClick={() => props.onTravel('redo')}><Icon shape={ICONS.redo} /></button>
      <button type="button" className="small ed-icon" aria-label={t("Arrange")} title={t("Arrange: nodes that were dragged go back in order")} onClick={props.onLayOut}><Icon shape={ICONS.arrange} /></button>
      {writes && <button type="button" className="small" disabled={!readable} title={t("Calls the menu as shown here, published or not")} onClick={props.onCall}>{t("Call it")}</button>}
      <button type="button" className="small" disabled={!writes || !dirty || !readable || progress !== ''} title={t("Keeps a draft, of which callers hear nothing (Ctrl+S)")} onClick={props.onSave}>{t("Save")}</button>
      <button type="button" className="primary small" disabled={!writes || !props.publishable || !readable || progress !== ''} onClick={props.onPublish}>{t("Publish…")}</button>
    </div>
  )
}

const ICONS = {
  undo: 'M8 5 3 10l5 5M3 10h9a6 6 0 0 1 6 6v1',
  redo: 'm14 5 5 5-5 5M19 10h-9a6 6 0 0 0-6 6v1',
  arrange: 'M3 8h6v6H3zM14 3h6v6h-6zM14 13h6v6h-6zM9 11h2.500V6H14M11.500 11v5H14',
}

function Icon({ shape }: { shape: string }) {
  return <svg viewBox="0 0 22 22" width="20" height="20" aria-hidden="true"><path d={shape} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" strokeLinecap="round" /></svg>
}

export interface BannersProps {
  id: string
  /** a newer version that somebody else published, or null */
  newer: number | null
  /** somebody else wrote the draft */
  foreign: boolean
  /** the answer to a change was lost */
  unsure: boolean
  /** the line of the JSON that cannot be read, or null */
  badLine: number | null
  tests: TestRun | null
  trouble: string
  onCompare: () => void
  onShowText: () => void
  onCloseTests: () => void
  onCloseTrouble: () => void
}

export function Banners(props: BannersProps) {
  const { id, newer, foreign, unsure, badLine, tests, trouble } = props
  return (
    <div className="ed-banners">
      {newer !== null && (
        <Banner kind="" alert>{t("Version %(version)s was published by somebody else while you were editing.", { version: String(newer) })}{' '}
          <button type="button" className="small" onClick={props.onCompare}>{t("See what they changed")}</button></Banner>
      )}
      {foreign && (
        <Banner kind="" alert>{t("Somebody else changed the draft.")}{' '}
          <button type="button" className="small" onClick={props.onCompare}>{t("See what they changed")}</button></Banner>
      )}
      {unsure && <Banner kind="" alert>{t("The server cannot be reached. Whether this was saved is asked again and again; go on typing meanwhile.")}</Banner>}
      {badLine !== null && (
        <Banner kind="fault" alert>{t("The JSON has an error in line %(n)s; the graph cannot be changed until it is corrected.", { n: badLine })}{' '}
          <button type="button" className="small" onClick={props.onShowText}>{t("Show it")}</button></Banner>
      )}
      {tests && (
        <Banner kind={tests.failed ? 'fault' : 'good'}>
          {tests.failed ? t("%(failed)s of this menu's %(all)s tests fail.", { failed: tests.failed, all: tests.passed + tests.failed }) : t("All %(n)s tests of this menu pass.", { n: tests.passed })}{' '}
          <a href={`/ui/menus/${id}/tests`}>{t("Tests")}</a> <button type="button" className="small" onClick={props.onCloseTests}>{t("Close")}</button>
        </Banner>
      )}
      {trouble && <Banner kind="fault" alert><Trouble text={trouble} /> <button type="button" className="small" onClick={props.onCloseTrouble}>{t("Close")}</button></Banner>}
    </div>
  )
}

/** Why something failed; who is logged out can log in without leaving the page. */
export function Trouble({ text }: { text: string }) {
  return <span>{text}{text === loggedOut() && <> <a href="/ui/login" target="_blank">{t("Log in")}</a></>}</span>
}

function Banner({ kind, alert, children }: { kind: string; alert?: boolean; children: ReactNode }) {
  return <div className={`ed-banner ${kind}`} role={alert ? 'alert' : 'status'}>{children}</div>
}
