// The bar above the graph with the menu's name and the buttons, and the messages, which lie over the graph so that nothing
// moves.

import type { ReactNode } from 'react'
import type { TestRun } from './api'
import { KINDS, type Kind } from './kinds'

export interface BarProps {
  name: string
  locked: boolean
  writes: boolean
  readable: boolean
  dirty: boolean
  progress: string
  canUndo: boolean
  canRedo: boolean
  onName: (name: string) => void
  onAdd: (kind: Kind) => void
  onTravel: (where: 'undo' | 'redo') => void
  onLayOut: () => void
  onCall: () => void
  onSave: () => void
}

export function Bar(props: BarProps) {
  const { locked, writes, readable, dirty, progress } = props
  return (
    <div className="ed-bar ed-top">
      <input className="ed-grow" aria-label="The menu's name" maxLength={200} value={props.name} disabled={locked} onChange={(event) => props.onName(event.target.value)} />
      <select aria-label="Add a node" value="" disabled={locked} onChange={(event) => props.onAdd(KINDS[Number(event.target.value)])}>
        <option value="" disabled hidden>+ Add a node</option>
        {KINDS.map((kind, index) => <option key={kind.kind} value={index}>{kind.label}</option>)}
      </select>
      <button type="button" className="small" disabled={!props.canUndo} title="Ctrl+Z" onClick={() => props.onTravel('undo')}>Undo</button>
      <button type="button" className="small" disabled={!props.canRedo} title="Ctrl+Shift+Z" onClick={() => props.onTravel('redo')}>Redo</button>
      <button type="button" className="small" onClick={props.onLayOut}>Arrange</button>
      <span className="ed-state ed-saved" role="status">{progress ? 'Saving…' : dirty ? 'Not saved' : ''}</span>
      {writes && <button type="button" className="small" disabled={!readable} title="Calls the menu as shown here, saved or not" onClick={props.onCall}>Call it</button>}
      <button type="button" className="primary small" disabled={!writes || !dirty || !readable || progress !== ''} title="Ctrl+S" onClick={props.onSave}>Save…</button>
    </div>
  )
}

export interface BannersProps {
  id: string
  /** a newer version that somebody else saved, or null */
  newer: number | null
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
  const { id, newer, badLine, tests, trouble } = props
  return (
    <div className="ed-banners">
      {newer !== null && (
        <Banner kind="" alert>Version {newer} was saved by somebody else while you were editing.{' '}
          <button type="button" className="small" onClick={props.onCompare}>See what they changed</button></Banner>
      )}
      {badLine !== null && (
        <Banner kind="fault" alert>The JSON has an error in line {badLine}; the graph cannot be changed until it is corrected.{' '}
          <button type="button" className="small" onClick={props.onShowText}>Show it</button></Banner>
      )}
      {tests && (
        <Banner kind={tests.failed ? 'fault' : 'good'}>
          {tests.failed ? `${tests.failed} of this menu's ${tests.passed + tests.failed} tests fail.` : `All ${tests.passed} tests of this menu pass.`}{' '}
          <a href={`/ui/menus/${id}/tests`}>Tests</a> <button type="button" className="small" onClick={props.onCloseTests}>Close</button>
        </Banner>
      )}
      {trouble && <Banner kind="fault" alert>{trouble} <button type="button" className="small" onClick={props.onCloseTrouble}>Close</button></Banner>}
    </div>
  )
}

function Banner({ kind, alert, children }: { kind: string; alert?: boolean; children: ReactNode }) {
  return <div className={`ed-banner ${kind}`} role={alert ? 'alert' : 'status'}>{children}</div>
}
