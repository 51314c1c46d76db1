// The panel on a phone: a sheet over the graph, which shows its tabs alone until it is opened.

import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type RefObject } from 'react'

const NARROW = '(max-width: 700px)'
const SWIPE_PX = 30
const FOCUSABLE = 'button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, a[href], audio[controls]'

export interface Sheet {
  /** whether the panel is a sheet at this width */
  is: boolean
  open: boolean
  box: RefObject<HTMLDivElement | null>
  setOpen: (open: boolean) => void
  /** for the box: keeps the focus inside while it is open, and closes it on Escape */
  onKeyDown: (event: KeyboardEvent) => void
  /** for the grip: a swipe up opens, a swipe down closes, a tap does what was not done last */
  onPointerDown: (event: PointerEvent) => void
  onClick: (event: MouseEvent) => void
}

export function useSheet(): Sheet {
  const [is, setIs] = useState(() => matchMedia(NARROW).matches)
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const from = useRef(0)
  useEffect(() => {
    const query = matchMedia(NARROW)
    const follow = () => setIs(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  // The focus comes along, to the grip and not to a field, for which a phone would show its keys; and goes back to the node.
  const shown = is && open
  useEffect(() => {
    if (!shown) return
    const sheet = box.current
    if (!sheet?.contains(document.activeElement)) sheet?.querySelector<HTMLElement>('.ed-grip')?.focus()
    return () => {
      if (sheet?.contains(document.activeElement)) document.querySelector<HTMLElement>('.react-flow__node.selected')?.focus()
    }
  }, [shown])
  const onKeyDown = (event: KeyboardEvent) => {
    if (!is || !open) return
    if (event.key === 'Escape') setOpen(false)
    if (event.key === 'Tab') keepInside(event, box.current)
  }
  const onPointerDown = (event: PointerEvent) => {
    from.current = event.clientY
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onClick = (event: MouseEvent) => {
    // Of the keyboard, a click has no place.
    const by = event.detail === 0 ? 0 : event.clientY - from.current
    setOpen(Math.abs(by) > SWIPE_PX ? by < 0 : !open)
  }
  return { is, open: shown, box, setOpen, onKeyDown, onPointerDown, onClick }
}

function keepInside(event: KeyboardEvent, box: HTMLElement | null): void {
  const all = [...(box?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].filter((each) => each.checkVisibility())
  const [end, other] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]]
  if (document.activeElement !== end) return
  event.preventDefault()
  other?.focus()
}
