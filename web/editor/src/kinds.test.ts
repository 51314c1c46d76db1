import { describe, expect, it } from 'vitest'
import { flowNodes } from './graph'
import { parseJson, printJson, type JsonObject } from './json'
import * as kinds from './kinds'
import * as model from './model'
import { nodeHeight, rowsOf } from './rows'

const node = (text: string) => parseJson(text).value as JsonObject
const menu = (nodes: Record<string, JsonObject>): model.Doc => new Map([['nodes', new Map(Object.entries(nodes))]])
const each = kinds.KINDS.map((kind) => [kind.kind, kind] as const)

/** A node of this kind whose every way out leads there. */
function leading(kind: kinds.Kind, target: string): JsonObject {
  const full = new Map(kinds.blankNode(kind))
  for (const field of kind.fields) {
    if (field.type === 'target') full.set(field.name, target)
    if (field.type === 'digit_targets') full.set(field.name, new Map([['7', target], ['1', target]]))
  }
  return full
}

describe.each(each)('a node of the kind %s', (_, kind) => {
  it('is known by its mark, also when it is new', () => {
    expect(kinds.kindOf(kinds.blankNode(kind))).toBe(kind)
    const made = model.addNode(menu({}), kind)
    expect([made.id, kinds.kindOf(model.nodesOf(made.doc).get(made.id)!)]).toEqual([kind.new_id, kind])
  })

  it('follows a new name in every field that names a node', () => {
    const doc = menu({ it: leading(kind, 'old'), old: node('{"action": "hangup"}') })
    const renamed = model.nodesOf(model.renameNode(doc, 'old', 'new')).get('it')!
    expect(printJson(renamed)).toBe(printJson(leading(kind, 'new')))
  })

  it('keeps its kind and leads nowhere when what it led to is gone', () => {
    const doc = menu({ it: leading(kind, 'old'), old: node('{"action": "hangup"}') })
    const left = model.nodesOf(model.removeNode(doc, 'old')).get('it')!
    expect(printJson(left)).not.toContain('old')
    expect(kinds.kindOf(left)).toBe(kind)
    expect(kinds.waysOf(left).filter((way) => way.target)).toEqual([])
  })

  it('can be wired and unwired by each of its handles, which are rows of the graph', () => {
    const doc = menu({ it: kinds.blankNode(kind), there: node('{"action": "hangup"}') })
    for (const row of rowsOf(kinds.blankNode(kind), true)) {
      const wired = model.wire(doc, 'it', row.handle, 'there')
      expect(model.edgesOf(wired).map((edge) => edge.target)).toEqual(['there'])
      const [edge] = model.edgesOf(wired)
      expect(edge.label).not.toBe('')
      const unwired = model.nodesOf(model.wire(wired, 'it', edge.handle, undefined)).get('it')!
      expect(kinds.kindOf(unwired)).toBe(kind)
      expect(model.edgesOf(model.wire(wired, 'it', edge.handle, undefined))).toEqual([])
    }
  })

  it('becomes any other kind and keeps its prompt', () => {
    for (const [, other] of each) {
      const prompt = model.setField(menu({ it: leading(kind, 'it') }), 'it', 'text', 'Hello')
      const changed = model.nodesOf(model.setKind(prompt, 'it', other)).get('it')!
      expect([kinds.kindOf(changed), changed.get('text')]).toEqual([other, 'Hello'])
    }
  })

  it('has its fields in the order of the table, however they come', () => {
    const fields = [...kind.fields].reverse().filter((field) => field.type === 'word' || field.type === 'audio' || field.type === 'text')
    const doc = fields.reduce((so, field) => model.setField(so, 'it', field.name, 'x'), menu({ it: kinds.blankNode(kind) }))
    const order = kinds.fieldOrder(kind)
    const places = [...model.nodesOf(doc).get('it')!.keys()].map((name) => order.indexOf(name))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })
})

describe('a node of an unknown kind', () => {
  const TEXTS = ['{}', '{"action": "fly", "to": "other", "gate": { "1": "other" }}', '{"text": "only words"}']

  it.each(TEXTS)('is drawn as such and has no ways: %s', (text) => {
    const [drawn] = flowNodes(menu({ it: node(text) }), new Map(), { editable: true })
    expect([drawn.data.kind, drawn.data.label, drawn.data.rows]).toEqual(['unknown', 'Unknown kind', []])
    expect(drawn.ariaLabel).toContain('Unknown kind it')
    expect(nodeHeight(node(text), true)).toBeGreaterThan(0)
  })

  it.each(TEXTS)('stays as it is when others are renamed, removed and wired: %s', (text) => {
    let doc = menu({ it: node(text), other: node('{"action": "hangup"}') })
    doc = model.renameNode(doc, 'other', 'else')
    doc = model.removeNode(doc, 'else')
    doc = model.wire(doc, 'it', 'gather/+', 'it')
    expect(printJson(model.nodesOf(doc).get('it')!)).toBe(printJson(node(text)))
  })

  it('can be read and written whatever it holds', () => {
    const text = '{"nodes": {"it": {"action": "fly", "gather_like": {"1": [2]}}}}'
    expect(JSON.parse(printJson(model.readDocument(text).doc))).toEqual(JSON.parse(text))
  })
})

describe('labels', () => {
  it('are those of the table', () => {
    expect(kinds.fieldLabel(['gather', '9'])).toBe('key 9')
    expect(kinds.fieldLabel(['timeout_node'])).toBe('no key')
    expect(kinds.fieldLabel(['text'])).toBe('text')
    expect(kinds.fieldLabel(['gate', '1'])).toBe('gate/1')
  })

  it('name each way of a node', () => {
    const ways = kinds.waysOf(node('{"gather": {"9": "a", "#": "b"}}'))
    expect(ways.map((way) => way.label)).toEqual(['key 9', 'key #', 'no key'])
  })
})
