import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flowNodes } from './flow.ts'
import { parseJson, printJson, type JsonObject } from './json.ts'
import * as kinds from './kinds.ts'
import * as model from './model.ts'
import { nodeHeight, rowsOf } from './rows.ts'

const node = (text: string) => parseJson(text).value as JsonObject
const menu = (nodes: Record<string, JsonObject>): model.Doc => new Map([['nodes', new Map(Object.entries(nodes))]])
const each = kinds.KINDS.map((kind) => [kind.kind, kind] as const)

/** A node of this kind whose every way out leads there. */
function leading(kind: kinds.Kind, target: string): JsonObject {
  const full = new Map(kinds.blankNode(kind))
  for (const field of kind.fields) {
    if (field.type === 'target') full.set(field.name, target)
    if (field.type === 'digit_targets') full.set(field.name, new Map([['7', target], ['1', target]]))
    if (field.type === 'case_targets') full.set(field.name, new Map([['5..60', target], ['', target]]))
    if (field.type === 'result_targets') full.set(field.name, new Map([['booked', target], [field.any, target]]))
  }
  return full
}

for (const [name, kind] of each) describe(`a node of the kind ${name}`, () => {
  it('is known by its mark, also when it is new', () => {
    assert.equal(kinds.kindOf(kinds.blankNode(kind)), kind)
    const made = model.addNode(menu({}), kind)
    assert.deepEqual([made.id, kinds.kindOf(model.nodesOf(made.doc).get(made.id)!)], [kind.new_id, kind])
  })

  it('follows a new name in every field that names a node', () => {
    const doc = menu({ it: leading(kind, 'old'), old: node('{"action": "hangup"}') })
    const renamed = model.nodesOf(model.renameNode(doc, 'old', 'new')).get('it')!
    assert.equal(printJson(renamed), printJson(leading(kind, 'new')))
  })

  it('keeps its kind and leads nowhere when what it led to is gone', () => {
    const doc = menu({ it: leading(kind, 'old'), old: node('{"action": "hangup"}') })
    const left = model.nodesOf(model.removeNode(doc, 'old')).get('it')!
    assert.ok(!printJson(left).includes('old'))
    assert.equal(kinds.kindOf(left), kind)
    assert.deepEqual(kinds.waysOf(left).filter((way) => way.target), [])
  })

  it('can be wired and unwired by each of its handles, which are rows of the graph', () => {
    const doc = menu({ it: kinds.blankNode(kind), there: node('{"action": "hangup"}') })
    for (const row of rowsOf(kinds.blankNode(kind), true)) {
      const wired = model.wire(doc, 'it', row.handle, 'there')
      assert.deepEqual(model.edgesOf(wired).map((edge) => edge.target), ['there'])
      const [edge] = model.edgesOf(wired)
      assert.notEqual(edge.label, '')
      const unwired = model.nodesOf(model.wire(wired, 'it', edge.handle, undefined)).get('it')!
      assert.equal(kinds.kindOf(unwired), kind)
      assert.deepEqual(model.edgesOf(model.wire(wired, 'it', edge.handle, undefined)), [])
    }
  })

  it('becomes any other kind and keeps its prompt', () => {
    for (const [, other] of each) {
      const prompt = model.setField(menu({ it: leading(kind, 'it') }), 'it', 'text', 'Hello')
      const changed = model.nodesOf(model.setKind(prompt, 'it', other)).get('it')!
      assert.deepEqual([kinds.kindOf(changed), changed.get('text')], [other, 'Hello'])
    }
  })

  it('has its fields in the order of the table, however they come', () => {
    const fields = [...kind.fields].reverse().filter((field) => field.type === 'word' || field.type === 'audio' || field.type === 'text')
    const doc = fields.reduce((so, field) => model.setField(so, 'it', field.name, 'x'), menu({ it: kinds.blankNode(kind) }))
    const order = kinds.fieldOrder(kind)
    const places = [...model.nodesOf(doc).get('it')!.keys()].map((name) => order.indexOf(name))
    assert.deepEqual(places, [...places].sort((a, b) => a - b))
  })
})

describe('a node of an unknown kind', () => {
  const TEXTS = ['{}', '{"action": "fly", "to": "other", "gate": { "1": "other" }}', '{"text": "only words"}']

  for (const text of TEXTS) it(`is drawn as such and has no ways: ${text}`, () => {
    const [drawn] = flowNodes(menu({ it: node(text) }), new Map(), { editable: true })
    assert.deepEqual([drawn.data.kind, drawn.data.label, drawn.data.rows], ['unknown', 'Unknown kind', []])
    assert.ok(drawn.ariaLabel?.includes('Unknown kind it'))
    assert.ok(nodeHeight(node(text), true) > 0)
  })

  for (const text of TEXTS) it(`stays as it is when others are renamed, removed and wired: ${text}`, () => {
    let doc = menu({ it: node(text), other: node('{"action": "hangup"}') })
    doc = model.renameNode(doc, 'other', 'else')
    doc = model.removeNode(doc, 'else')
    doc = model.wire(doc, 'it', 'gather/+', 'it')
    assert.equal(printJson(model.nodesOf(doc).get('it')!), printJson(node(text)))
  })

  it('can be read and written whatever it holds', () => {
    const text = '{"nodes": {"it": {"action": "fly", "gather_like": {"1": [2]}}}}'
    assert.deepEqual(JSON.parse(printJson(model.readDocument(text).doc)), JSON.parse(text))
  })
})

describe('a request', () => {
  const asking = '{"action": "request", "service": "codes", "next": "a", "fail_node": "b"}'

  it('is no message, though it has a next node, too', () => {
    assert.equal(kinds.kindOf(node(asking))?.kind, 'request')
    assert.equal(kinds.kindOf(node('{"next": "a"}'))?.kind, 'message')
    assert.deepEqual(kinds.waysOf(node(asking)).map((way) => [way.label, way.target]), [['then', 'a'], ['fails', 'b']])
  })

  it('sends variables, or names with texts, and nothing else can be drawn', () => {
    const field = kinds.kindOf(node(asking))!.fields.find((each) => each.type === 'sent')!
    const sent = (given: string) => kinds.sentOf(node(`{"action": "request", "send": ${given}}`), field as kinds.SentField)
    assert.deepEqual(sent('["caller"]'), ['caller'])
    assert.deepEqual(sent('{"who": "{caller}"}'), new Map([['who', '{caller}']]))
    for (const wrong of ['"caller"', '[1]', 'true']) {
      assert.throws(() => model.readDocument(`{"nodes": {"it": {"action": "request", "send": ${wrong}}}}`))
    }
  })

  it('waits unless it says otherwise', () => {
    const field = kinds.kindOf(node(asking))!.fields.find((each) => each.name === 'wait') as kinds.FlagField
    const given = ['{}', '{"wait": true}', '{"wait": false}'].map((text) => kinds.flagOf(node(text), field))
    assert.deepEqual(given, [true, true, false])
  })
})

describe('entries, cases and limits', () => {
  it('are ways of their own, whatever stands in them', () => {
    const ways = (given: string) => kinds.waysOf(node(given)).map((way) => [way.handle, way.label, way.target])
    assert.deepEqual(ways('{"gather": {"X{6,16}": "a"}, "over_node": "b"}'), [
      ['gather/X{6,16}', 'key X{6,16}', 'a'],
      ['timeout_node', 'no key', ''],
      ['over_node', 'too often', 'b'],
    ])
    assert.deepEqual(ways('{"switch": "x", "case": {"a/b": "a", "": "b"}, "default": "c"}'), [
      ['case/a/b', 'if a/b', 'a'],
      ['case/', 'if empty', 'b'],
      ['default', 'otherwise', 'c'],
    ])
  })

  it('can be wired by a case with a slash, and are rows without a box', () => {
    const doc = menu({ it: node('{"switch": "x", "case": {"a/b": "it"}, "default": "it"}') })
    const wired = model.nodesOf(model.wire(doc, 'it', 'case/a/b', 'other')).get('it')!
    assert.equal(kinds.waysOf(wired)[0].target, 'other')
    const entries = rowsOf(node('{"gather": {"1": "a", "XXXXX": "b"}}'), false).map((row) => [row.text, row.boxed])
    assert.deepEqual(entries, [['1', true], ['key XXXXX', false], ['no key', false]])
  })
})

describe('labels', () => {
  it('are those of the table', () => {
    assert.equal(kinds.fieldLabel(['gather', '9']), 'key 9')
    assert.equal(kinds.fieldLabel(['timeout_node']), 'no key')
    assert.equal(kinds.fieldLabel(['text']), 'text')
    assert.equal(kinds.fieldLabel(['gate', '1']), 'gate/1')
  })

  it('name the way of each result of an agent', () => {
    const ways = (given: string) => kinds.waysOf(node(`{"action": "transfer", "on_agent_hangup": ${given}}`)).slice(1)
    assert.deepEqual(ways('"a"').map((way) => [way.label, way.target]), [['after the talk', 'a']])
    assert.deepEqual(ways('{"booked": "a", "*": "b"}').map((way) => [way.label, way.target]), [
      ['after the talk: booked', 'a'],
      ['after the talk: any other', 'b'],
    ])
    assert.equal(kinds.fieldLabel(['on_agent_hangup']), 'after the talk')
    assert.equal(kinds.fieldLabel(['on_agent_hangup', 'booked']), 'after the talk: booked')
  })

  it('name each way of a node', () => {
    const ways = kinds.waysOf(node('{"gather": {"9": "a", "#": "b"}}'))
    assert.deepEqual(ways.map((way) => way.label), ['key 9', 'key #', 'no key'])
  })
})
