// What is different in a menu that was brought in from another system, at the nodes it is about.

import { nodesOf, titleOf, type Doc } from './model'
import { t } from './translate'

export interface BroughtLine {
  /** its name and its kind there */
  part: string
  kind: string
  fate: 'carried' | 'changed' | 'not_carried'
  /** in English */
  why: string
}

export interface Brought {
  /** such as Twilio Studio */
  system: string
  /** of nodes that are not quite what they were there */
  nodes: Map<string, BroughtLine[]>
}

/** Of the element's data; nothing is different in a menu that was made here. */
export function readBrought(text: string | undefined): Brought {
  const { system = '', nodes = {} } = text ? JSON.parse(text) : {}
  return { system, nodes: new Map(Object.entries(nodes as Record<string, BroughtLine[]>)) }
}

/** Beside the fields of a node: what it was there. */
export function BroughtNotes({ system, lines }: { system: string; lines: BroughtLine[] }) {
  if (lines.length === 0) return null
  return (
    <section className="ed-brought" aria-label={t("In %(system)s", { system })}>
      <strong>{t("In %(system)s", { system })}</strong>
      <ul>{lines.map((line, index) => <li key={index}><Line {...line} /></li>)}</ul>
    </section>
  )
}

/** Of the whole menu, each with a link to its node. */
export function BroughtList({ brought, doc, onNode }: { brought: Brought; doc: Doc; onNode: (id: string) => void }) {
  const there = [...brought.nodes].filter(([id]) => nodesOf(doc).has(id))
  if (there.length === 0) return null
  return (
    <section className="ed-brought" aria-label={t("Different from %(system)s", { system: brought.system })}>
      <strong>{t("Different from %(system)s", { system: brought.system })}</strong>
      <ul>
        {there.flatMap(([id, lines]) => lines.map((line, index) => (
          <li key={`${id} ${index}`}><button type="button" className="ed-link" onClick={() => onNode(id)}>{titleOf(doc, id)}</button>: <Line {...line} /></li>
        )))}
      </ul>
    </section>
  )
}

function Line({ part, kind, fate, why }: BroughtLine) {
  return <><strong>{part}</strong> <span className="ed-hint">{kind}</span> {fate === 'not_carried' && <em>{t("not carried over")}</em>} <span lang="en">{why}</span></>
}
