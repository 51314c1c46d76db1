// The server's check of the menu as edited: shortly after each change, after each save, and when the browser is online again.

import { useCallback, useEffect, useState } from 'react'
import * as api from './api'
import type { Loaded } from './loaded'

const CHECK_AFTER_MS = 350
const NONE: api.Fault[] = []

export interface Checks {
  check: api.Check | null
  faults: api.Fault[]
  warnings: api.Fault[]
  /** why something failed, or an empty text */
  trouble: string
  tell: (trouble: string) => void
  refresh: () => void
  /** check at once */
  now: () => Promise<Verdict>
}

/** Whether the menu can be saved, according to the server. */
export type Verdict = 'good' | 'faulty' | 'unknown'

export function useChecks(id: string, printed: string, saved: Loaded): Checks {
  const [check, setCheck] = useState<api.Check | null>(null)
  const [faults, setFaults] = useState(NONE)
  const [trouble, setTrouble] = useState('')
  const [rounds, setRounds] = useState(0)
  const refresh = useCallback(() => setRounds((now) => now + 1), [])

  const ask = async (signal?: AbortSignal): Promise<Verdict> => {
    try {
      setCheck(await api.checkMenu(id, printed, saved.revision !== api.NO_DRAFT, signal))
      setFaults(NONE)
      return 'good'
    } catch (error) {
      if (signal?.aborted) return 'unknown'
      if (api.isStatus(error, 422)) {
        setFaults(error.problem.errors)
        return 'faulty'
      }
      setTrouble((error as Error).message)
      return 'unknown'
    }
  }
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      if ((await ask(stop.signal)) === 'good') setTrouble('')
    }, CHECK_AFTER_MS)
    return () => (clearTimeout(timer), stop.abort())
  }, [id, printed, saved, rounds])
  // Until the next check: what was spoken or saved just now is no longer due.
  useEffect(() => setCheck((last) => last && { ...last, warnings: saved.head.warnings }), [saved])
  useEffect(() => {
    window.addEventListener('online', refresh)
    return () => window.removeEventListener('online', refresh)
  }, [refresh])

  // Whoever comes back from logging in again need not type for the trouble to go.
  useEffect(() => {
    if (!trouble) return
    window.addEventListener('focus', refresh)
    return () => window.removeEventListener('focus', refresh)
  }, [trouble, refresh])

  return { check, faults, warnings: faults.length ? NONE : (check?.warnings ?? NONE), trouble, tell: setTrouble, refresh, now: () => ask() }
}

export function countByNode(faults: api.Fault[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const fault of faults) if (fault.node) counts.set(fault.node, (counts.get(fault.node) ?? 0) + 1)
  return counts
}
