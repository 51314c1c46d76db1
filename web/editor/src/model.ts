// A menu as an ordered document, and its changes as pure functions, which never alter their arguments.

import { JsonError, parseJson, pointer, type Json, type JsonFault, type JsonObject, type Place } from './json.ts'
import {
  blankNode,
  casesOf,
  digitsOf,
  fieldOrder,
  kindOf,
  MENU_FIELDS,
  NODE_ID,
  resultsOf,
  resultsValue,
  retarget,
  sayingFields,
  spokenFields,
  TITLE,
  wayOf,
  waysOf,
  type Kind,
  type Way,
} from './kinds.ts'
import { t } from './translate.ts'

export type Doc = JsonObject

/** What a menu may do without, beside its name and its nodes. */
export const OPTIONAL = ['start', 'answer', 'languages', ...MENU_FIELDS.map((field) => field.name), 'record_call', 'hung_up_node']

export interface Edge extends Way {
  source: string
  missing: boolean
}

/** The document of a text, if it can be drawn; throws JsonError. The server reports all other faults. */
export function readDocument(text: string): { doc: Doc; places: Map<string, Place> } {
  const { value, places } = parseJson(text)
  const refuse = (where: string, message: string): never => {
    throw new JsonError({ ...(places.get(where) ?? { line: 1, column: 1 }), pointer: where, message })
  }
  if (!(value instanceof Map)) return refuse('', t("a menu is an object"))
  const nodes = value.get('nodes')
  if (!(nodes instanceof Map)) return refuse(value.has('nodes') ? '/nodes' : '', t("a menu needs nodes, an object"))
  for (const [id, node] of nodes) {
    if (!(node instanceof Map)) return refuse(pointer('nodes', id), t("a node is an object"))
    for (const field of kindOf(node)?.fields ?? []) {
      const targets = node.get(field.name)
      if ((field.type === 'values' || field.type === 'headers' || field.type === 'key_languages') && targets !== undefined && !(targets instanceof Map)) {
        return refuse(pointer('nodes', id, field.name), t("%(what)s is an object", { what: field.name }))
      }
      if (field.type === 'sent' && targets !== undefined && !(targets instanceof Map) && !isTexts(targets)) {
        return refuse(pointer('nodes', id, field.name), t("%(what)s is a list of variables, or an object", { what: field.name }))
      }
      if ((field.type !== 'digit_targets' && field.type !== 'result_targets' && field.type !== 'case_targets') || targets === undefined) continue
      if (field.type === 'result_targets' && typeof targets === 'string') continue
      if (!(targets instanceof Map)) return refuse(pointer('nodes', id, field.name), t("%(what)s is an object", { what: field.name }))
      for (const [digit, target] of targets) {
        if (typeof target !== 'string') refuse(pointer('nodes', id, field.name, digit), t("a way out leads to the name of a node"))
      }
    }
  }
  return { doc: value, places }
}

function isTexts(value: Json): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

export function nodesOf(doc: Doc): Map<string, JsonObject> {
  return doc.get('nodes') as Map<string, JsonObject>
}

export function textOf(node: JsonObject, field: string): string {
  const value = node.get(field)
  return value === undefined || value === null ? '' : String(value)
}

export function nameOf(doc: Doc): string {
  return textOf(doc, 'name')
}

/** The node at which calls start: `start`, else the first of the document. */
export function startOf(doc: Doc): string | undefined {
  const start = doc.get('start')
  return typeof start === 'string' ? start : nodesOf(doc).keys().next().value
}

export function edgesOf(doc: Doc): Edge[] {
  const nodes = nodesOf(doc)
  return [...nodes].flatMap(([source, node]) =>
    waysOf(node)
      .filter((way) => way.target !== '')
      .map((way) => ({ ...way, source, missing: !nodes.has(way.target) })),
  )
}

export function setName(doc: Doc, name: string): Doc {
  return new Map(doc).set('name', name)
}

/** Make this node the start; the first node of the document needs no `start`. */
export function setStart(doc: Doc, id: string): Doc {
  const changed = new Map(doc)
  changed.delete('start')
  if (nodesOf(doc).keys().next().value === id) return changed
  return new Map([...changed].flatMap(([name, value]): [string, Json][] =>
    name === 'nodes' ? [['start', id], [name, value]] : [[name, value]],
  ))
}

/** Whether calls are answered at once, not at the first sound or question. */
export function answersAtOnce(doc: Doc): boolean {
  return doc.get('answer') !== false
}

export function setAnswersAtOnce(doc: Doc, atOnce: boolean): Doc {
  return setMenuField(doc, 'answer', atOnce ? undefined : false)
}

/** Set a field of the menu itself; `undefined` removes it. A new field is put before the nodes. */
export function setMenuField(doc: Doc, field: string, value: Json | undefined): Doc {
  const changed = new Map(doc)
  if (value !== undefined && changed.has(field)) return changed.set(field, value)
  changed.delete(field)
  if (value === undefined) return changed
  return new Map([...changed].flatMap(([name, each]): [string, Json][] => (name === 'nodes' ? [[field, value], [name, each]] : [[name, each]])))
}

/** The node that is done once a caller has hung up. */
export function hungUpOf(doc: Doc): string | undefined {
  const id = doc.get('hung_up_node')
  return typeof id === 'string' ? id : undefined
}

export function setHungUp(doc: Doc, id: string | undefined): Doc {
  const changed = new Map(doc)
  if (id !== undefined && changed.has('hung_up_node')) return changed.set('hung_up_node', id)
  changed.delete('hung_up_node')
  if (id === undefined) return changed
  return new Map([...changed].flatMap(([name, value]): [string, Json][] =>
    name === 'nodes' ? [['hung_up_node', id], [name, value]] : [[name, value]],
  ))
}

/** Put one of the ways of a map, such as a case, one place on or back. */
export function moveWay(doc: Doc, id: string, field: string, key: string, by: -1 | 1): Doc {
  const ways = nodesOf(doc).get(id)?.get(field)
  if (!(ways instanceof Map)) return doc
  const entries = [...ways]
  const at = entries.findIndex(([name]) => name === key)
  if (at === -1 || at + by < 0 || at + by >= entries.length) return doc
  const [moved] = entries.splice(at, 1)
  entries.splice(at + by, 0, moved)
  return setField(doc, id, field, new Map(entries))
}

/** Set a field; `undefined` or '' removes it. A new field is put where such a field usually is. */
export function setField(doc: Doc, id: string, field: string, value: Json | undefined): Doc {
  const node = nodesOf(doc).get(id)
  if (!node) return doc
  const changed = new Map(node)
  if (value === undefined || value === '') {
    changed.delete(field)
  } else if (changed.has(field)) {
    changed.set(field, value)
  } else {
    const kind = kindOf(node)
    const order = kind ? fieldOrder(kind) : []
    const later = order.slice(order.indexOf(field) + 1)
    const entries = [...changed]
    const before = entries.findIndex(([name]) => later.includes(name))
    entries.splice(before === -1 ? entries.length : before, 0, [field, value])
    return withNode(doc, id, new Map(entries))
  }
  return withNode(doc, id, changed)
}

/** Set the target of a way out; `undefined` removes it. */
export function wire(doc: Doc, id: string, handle: string, target: string | undefined): Doc {
  const node = nodesOf(doc).get(id)
  const way = node && wayOf(node, handle)
  if (!way) return doc
  const { field, digit } = way
  if (field.type === 'target') {
    return target === undefined && field.required ? withNode(doc, id, new Map(node).set(field.name, '')) : setField(doc, id, field.name, target)
  }
  if (field.type === 'result_targets') {
    const results = new Map(resultsOf(node, field))
    if (target === undefined) results.delete(digit!)
    else results.set(digit!, target)
    return setField(doc, id, field.name, resultsValue(field, results))
  }
  const digits = new Map(field.type === 'case_targets' ? casesOf(node, field) : digitsOf(node, field))
  if (target === undefined) digits.delete(digit!)
  else digits.set(digit!, target)
  return setField(doc, id, field.name, digits)
}

export function newId(doc: Doc, wish: string): string {
  const nodes = nodesOf(doc)
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? wish : `${wish}_${count}`
    if (!nodes.has(id)) return id
  }
}

/** Add a node at the end; returns its id, too. */
export function addNode(doc: Doc, kind: Kind): { doc: Doc; id: string } {
  const id = newId(doc, kind.new_id)
  return { doc: withNode(doc, id, blankNode(kind)), id }
}

/** Remove the node; the wires to it lead to `instead`, or go with it. */
export function removeNode(doc: Doc, id: string, instead?: string): Doc {
  const nodes = new Map<string, Json>()
  for (const [name, node] of nodesOf(doc)) {
    if (name !== id) nodes.set(name, retarget(node, (target) => (target === id ? instead : target)))
  }
  const changed = new Map(doc).set('nodes', nodes)
  for (const field of ['start', 'hung_up_node']) {
    if (changed.get(field) !== id) continue
    if (instead === undefined) changed.delete(field)
    else changed.set(field, instead)
  }
  return changed
}

export interface User {
  /** the node that leads there, or null: the menu itself */
  source: string | null
  label: string
}

/** What leads to this node, beside itself. */
export function usersOf(doc: Doc, id: string): User[] {
  const wires = edgesOf(doc).filter((edge) => edge.target === id && edge.source !== id)
  return [
    ...(startOf(doc) === id ? [{ source: null, label: t("calls start here") }] : []),
    ...(hungUpOf(doc) === id ? [{ source: null, label: t("done when the caller hangs up") }] : []),
    ...wires.map(({ source, label }) => ({ source, label })),
  ]
}

/** What is wrong with this id for that node, or null. */
export function idProblem(doc: Doc, id: string, wanted: string): string | null {
  if (!NODE_ID.test(wanted)) return t("a name has 1 to 64 letters, digits, underscores or hyphens")
  if (wanted !== id && nodesOf(doc).has(wanted)) return t("there is a node of this name")
  return null
}

/** What people call the node: its label, else its id. */
export function titleOf(doc: Doc, id: string): string {
  const node = nodesOf(doc).get(id)
  return (node && textOf(node, TITLE.name)) || id
}

/** What is wrong with this name for that node, or null. */
export function nameProblem(doc: Doc, id: string, typed: string): string | null {
  const name = typed.trim()
  if (name === '') return t("a name is needed")
  if (name.length > TITLE.max_length) return t("a name has at most %(n)s characters", { n: TITLE.max_length })
  return NODE_ID.test(name) ? idProblem(doc, id, name) : null
}

/** Name the node in any words. What may be an id becomes the id, as does a like word made of other words while the node is
 *  new; the id of a node that was saved stays, so that reports go on counting it as one. */
export function nameNode(doc: Doc, id: string, typed: string, isNew: boolean): { doc: Doc; id: string } {
  const name = typed.trim()
  if (nameProblem(doc, id, name)) return { doc, id }
  const isId = NODE_ID.test(name)
  const word = isId ? name : wordOf(name)
  const wanted = isId ? name : isNew && word && word !== id ? newId(doc, word) : id
  return { doc: renameNode(setField(doc, id, TITLE.name, isId ? undefined : name), id, wanted), id: wanted }
}

/** `is_it_a_leak` of `Is it a leak?`; empty for what has no letters of the alphabet and no digits. */
function wordOf(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40)
}

/** Rename the node; it keeps its position, and the wires to it follow. */
export function renameNode(doc: Doc, id: string, wanted: string): Doc {
  if (id === wanted || idProblem(doc, id, wanted)) return doc
  const nodes = new Map<string, Json>()
  for (const [name, node] of nodesOf(doc)) {
    nodes.set(name === id ? wanted : name, retarget(node, (target) => (target === id ? wanted : target)))
  }
  const changed = new Map(doc).set('nodes', nodes)
  if (changed.get('start') === id) changed.set('start', wanted)
  if (changed.get('hung_up_node') === id) changed.set('hung_up_node', wanted)
  return changed
}

/** Change the kind of the node, which keeps its name and prompt. */
export function setKind(doc: Doc, id: string, kind: Kind): Doc {
  const node = nodesOf(doc).get(id)
  if (!node || kindOf(node) === kind) return doc
  const kept = [...node].filter(([name, value]) => name === TITLE.name || spokenFields().includes(name) && (kind.heard || (typeof value === 'string' && kind.fields.some((field) => field.name === name))))
  return withNode(doc, id, new Map([...kept, ...blankNode(kind)]))
}

function withNode(doc: Doc, id: string, node: JsonObject): Doc {
  return new Map(doc).set('nodes', new Map(nodesOf(doc) as Map<string, Json>).set(id, node))
}

export interface Merged {
  doc: Doc
  /** nodes, or `name` and OPTIONAL fields, that both changed differently: mine are kept */
  conflicts: string[]
}

/** Their document with my changes since `base`, node by node. */
export function mergeDocuments(base: Doc, mine: Doc, theirs: Doc): Merged {
  const conflicts: string[] = []
  const pick = (what: string, old: Json | undefined, my: Json | undefined, their: Json | undefined) => {
    const [was, me, they] = [old, my, their].map((each) => (each === undefined ? '' : JSON.stringify(plain(each))))
    if (me === was) return their
    if (they !== was && they !== me) conflicts.push(what)
    return my
  }
  const [baseNodes, myNodes, theirNodes] = [base, mine, theirs].map(nodesOf)
  const nodes = new Map<string, Json>()
  for (const id of new Set([...theirNodes.keys(), ...myNodes.keys()])) {
    const node = pick(id, baseNodes.get(id), myNodes.get(id), theirNodes.get(id))
    if (node !== undefined) nodes.set(id, node)
  }
  const doc: Doc = new Map(theirs).set('nodes', nodes)
  for (const field of ['name', ...OPTIONAL]) {
    const value = pick(field, base.get(field), mine.get(field), theirs.get(field))
    if (value === undefined) doc.delete(field)
    else doc.set(field, value)
  }
  return { doc, conflicts }
}

/** What a save stored, with the changes typed meanwhile on top. Audio names that the server gave to nodes meanwhile stay, even
 *  on nodes that were edited. */
export function rebase(sent: Doc, typed: Doc, stored: Doc): Doc {
  if (sameDocument(sent, typed)) return stored
  let { doc } = mergeDocuments(sent, typed, stored)
  for (const [id, node] of nodesOf(stored)) {
    const now = nodesOf(doc).get(id)
    const before = nodesOf(sent).get(id)
    if (now && before && node.has('audio') && !before.has('audio') && !now.has('audio')) {
      doc = setField(doc, id, 'audio', node.get('audio'))
    }
  }
  return doc
}

/** Whether `stored` is what this editor sent: its document, in which a prompt may have been spoken for these nodes. */
export function isSent(sent: Doc, speaking: string[], stored: Doc): boolean {
  const unspoken = (doc: Doc) => {
    let bare = doc
    for (const id of speaking) for (const field of sayingFields()) bare = setField(bare, id, field, undefined)
    return bare
  }
  return sameDocument(unspoken(sent), unspoken(stored))
}

/** A form in which JSON.stringify keeps the order. */
function plain(value: Json): unknown {
  if (value instanceof Map) return [...value].map(([name, each]) => [name, plain(each)])
  return Array.isArray(value) ? value.map(plain) : value
}

export function sameDocument(one: Doc, other: Doc): boolean {
  return one === other || JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

/** The place of a pointer, or of the nearest value that contains it. */
export function placeOfPointer(places: Map<string, Place>, where: string): Place {
  for (let at = where; at; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = places.get(at)
    if (place) return place
  }
  return places.get('') ?? { line: 1, column: 1 }
}

export type { JsonFault }
