// Where the nodes were dragged to, kept with the menu for all its editors; it is no version of the menu.

import { useEffect, useRef } from 'react'
import { menuPath, send as request } from './api'
import type { Places } from './history'

const WAIT_MS = 700

/** Sends places that changed, a moment after the last change, and when the page is hidden or left. */
export function usePlaces(id: string, places: Places, writes: boolean): void {
  const sent = useRef(places)
  const wanted = useRef(places)
  wanted.current = places
  useEffect(() => {
    const send = () => {
      if (!writes || samePlaces(sent.current, wanted.current)) return
      sent.current = wanted.current
      const body = JSON.stringify({ places: Object.fromEntries([...wanted.current].map(([node, { x, y }]) => [node, { x: Math.round(x), y: Math.round(y) }])) })
      // What is lost here is only where cards stand, and the next move sends all places again.
      request('PUT', `${menuPath(id)}/places`, body).catch(() => {})
    }
    const waiting = setTimeout(send, WAIT_MS)
    document.addEventListener('visibilitychange', send)
    return () => {
      clearTimeout(waiting)
      document.removeEventListener('visibilitychange', send)
    }
  }, [id, places, writes])
}

export function samePlaces(one: Places, other: Places): boolean {
  if (one === other) return true
  return one.size === other.size && [...one].every(([node, { x, y }]) => other.get(node)?.x === x && other.get(node)?.y === y)
}
