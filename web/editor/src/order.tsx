// Two buttons that change the place of one of several ways out.

import { t } from './translate'

export interface MoverProps {
  /** what is moved, in words: `case 5..60` */
  what: string
  at: number
  count: number
  onMove: (by: -1 | 1) => void
}

/** The focus stays on the button, also where the row is moved in the page. At an end it does nothing. */
export function Mover({ what, at, count, onMove }: MoverProps) {
  const button = (by: -1 | 1, sign: string, label: string) => {
    const isEnd = at + by < 0 || at + by >= count
    return (
      <button
        type="button"
        className="ed-move"
        aria-label={label}
        aria-disabled={isEnd}
        onClick={(event) => {
          if (isEnd) return
          const own = event.currentTarget
          onMove(by)
          requestAnimationFrame(() => own.focus())
        }}
      >
        {sign}
      </button>
    )
  }
  return <>{button(-1, '↑', t("Move %(what)s up", { what }))}{button(1, '↓', t("Move %(what)s down", { what }))}</>
}
