import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { begin, commit, LAID_OUT, move, redo, stand, undo } from './history.ts'
import * as model from './model.ts'

const doc = model.readDocument(`{"nodes": {
  "main": {"gather": {"1": "sales", "2": "closed"}, "timeout_node": "closed"},
  "sales": {"action": "transfer", "fallback_node": "closed"},
  "closed": {"action": "hangup"},
  "alone": {"text": "Hello.", "next": "alone"}
}}`).doc
const label = (changed: model.Doc, id: string) => model.nodesOf(changed).get(id)?.get('label')

describe('the name of a node', () => {
  for (const [typed, id] of [['Is it a leak?', 'is_it_a_leak'], ['¿Hay una fuga?', 'hay_una_fuga'], ['Sales (2)', 'sales_2'], ['漏水', 'sales'], ['Closed!', 'closed_2']]) {
    it(`${typed}: is kept as it is typed, and makes the id ${id} of a new node, to which the wires lead`, () => {
      const named = model.nameNode(doc, 'sales', typed, true)
      assert.deepEqual([named.id, label(named.doc, id), model.titleOf(named.doc, id)], [id, typed, typed])
      assert.ok(model.edgesOf(named.doc).some((edge) => edge.source === 'main' && edge.target === id))
    })
  }

  it('leaves the id of a node that was saved, but for one that is an id itself', () => {
    const named = model.nameNode(doc, 'sales', 'Is it a leak?', false)
    assert.deepEqual([named.id, label(named.doc, 'sales')], ['sales', 'Is it a leak?'])
    const again = model.nameNode(named.doc, 'sales', 'desk', false)
    assert.deepEqual([again.id, label(again.doc, 'desk')], ['desk', undefined])
  })

  it('is none that is empty, too long, or the id of another', () => {
    for (const typed of ['', '  ', 'a'.repeat(81), 'closed']) {
      assert.notEqual(model.nameProblem(doc, 'sales', typed), null)
      assert.equal(model.nameNode(doc, 'sales', typed, true).doc, doc)
    }
  })
})

describe('a node that goes', () => {
  it('has those that lead there, with their keys', () => {
    assert.deepEqual(model.usersOf(doc, 'closed').map((user) => `${user.source} ${user.label}`), ['main key 2', 'main no key', 'sales no agent'])
    assert.deepEqual(model.usersOf(doc, 'alone'), [])
    assert.deepEqual(model.usersOf(model.setHungUp(doc, 'main'), 'main').map((user) => user.source), [null, null])
  })

  it('leaves its wires to another, where one is chosen', () => {
    const changed = model.removeNode(doc, 'closed', 'sales')
    assert.deepEqual(model.edgesOf(changed).map((edge) => `${edge.source}.${edge.handle}>${edge.target}`),
      ['main.gather/1>sales', 'main.gather/2>sales', 'main.timeout_node>sales', 'sales.fallback_node>sales', 'alone.next>alone'])
    assert.equal(model.startOf(model.removeNode(model.setStart(doc, 'closed'), 'closed', 'sales')), 'sales')
  })
})

describe('the places', () => {
  const stood = new Map([['main', { x: 0, y: 0 }]])
  const dragged = new Map([['main', { x: 50, y: 0 }]])

  it('of nodes that were dragged are a step that is undone and done again, with the document as it was', () => {
    const moved = move(begin(doc), stood, dragged)
    const back = undo(moved)
    assert.deepEqual([back.places, back.present], [stood, doc])
    assert.deepEqual(redo(back).places, dragged)
  })

  it('that the layout gives are a step as well', () => {
    const laid = move(move(begin(doc), stood, dragged), dragged, LAID_OUT)
    assert.equal(undo(laid).places, dragged)
    assert.equal(redo(undo(laid)).places, LAID_OUT)
  })

  it('stay with each document', () => {
    const other = model.setName(doc, 'Other')
    const history = commit(move(begin(doc), stood, dragged), other)
    assert.deepEqual([history.places, undo(history).places, undo(undo(history)).places], [dragged, dragged, stood])
    assert.equal(stand(history, stood).past, history.past)
  })
})
