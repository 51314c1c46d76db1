// What differs between two documents, in the form of the API's diff. Of drafts the server keeps no history to compare.

import type { Change, Diff, FieldChange } from './api.ts'
import { pointer, type Json } from './json.ts'
import { nodesOf, type Doc } from './model.ts'

export function diffDocuments(before: Doc, after: Doc): Diff {
  const [old, now] = [nodesOf(before), nodesOf(after)]
  const ids = [...new Set([...now.keys(), ...old.keys()])]
  const nodes = ids.flatMap((node): Diff['nodes'] => {
    const change = changeOf(old.get(node), now.get(node))
    if (change === null) return []
    const fields = change === 'changed' ? changedFields(old.get(node)!, now.get(node)!, ['nodes', node]) : []
    return [{ node, change, fields }]
  })
  const shared = (one: Map<string, unknown>, other: Map<string, unknown>) => [...one.keys()].filter((id) => other.has(id)).join(' ')
  return {
    menu: changedFields(without(before, 'nodes'), without(after, 'nodes'), []),
    nodes,
    reordered: shared(old, now) !== shared(now, old),
    prompts: [],
  }
}

function changedFields(before: Map<string, Json>, after: Map<string, Json>, at: string[]): FieldChange[] {
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    const change = changeOf(before.get(name), after.get(name))
    return change === null ? [] : [{ pointer: pointer(...at, name), change, before: simple(before.get(name)), after: simple(after.get(name)) }]
  })
}

function changeOf(before: Json | undefined, after: Json | undefined): Change | null {
  if (before === undefined) return 'added'
  if (after === undefined) return 'removed'
  return JSON.stringify(ordered(before)) === JSON.stringify(ordered(after)) ? null : 'changed'
}

/** A form in which JSON.stringify keeps the order. */
function ordered(value: Json): unknown {
  if (value instanceof Map) return [...value].map(([name, each]) => [name, ordered(each)])
  return Array.isArray(value) ? value.map(ordered) : value
}

function simple(value: Json | undefined): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, simple(each)]))
  return Array.isArray(value) ? value.map(simple) : (value ?? null)
}

function without(doc: Doc, name: string): Doc {
  const rest = new Map(doc)
  rest.delete(name)
  return rest
}
