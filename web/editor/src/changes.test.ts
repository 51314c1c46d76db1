import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FieldChange } from './api.ts'
import { linesOf } from './changes.ts'

const changed = (before: unknown, after: unknown): FieldChange => ({ pointer: '/nodes/a/text', change: 'changed', before, after })
const lines = (field: FieldChange) => linesOf(field, '/nodes/a/')

describe('a change of what is said', () => {
  it('names the languages that changed and no others', () => {
    assert.deepEqual(lines(changed({ en: 'Hi', es: 'Hola' }, { en: 'Hi', es: 'Buenas', fr: 'Salut' })), [
      { name: 'text, Spanish', before: 'Hola', after: 'Buenas' },
      { name: 'text, French', before: undefined, after: 'Salut' },
    ])
  })

  it('tells what had no language before', () => {
    assert.deepEqual(lines(changed('Hi', { en: 'Hi', es: 'Hola' })), [
      { name: 'text', before: 'Hi', after: undefined },
      { name: 'text, English', before: undefined, after: 'Hi' },
      { name: 'text, Spanish', before: undefined, after: 'Hola' },
    ])
    assert.deepEqual(lines(changed('Hi', 'Hello')), [{ name: 'text', before: 'Hi', after: 'Hello' }])
  })

  it('calls the nodes that a way leads to as people do', () => {
    const way = { ...changed('end', 'own'), pointer: '/nodes/a/gather/1' }
    assert.deepEqual(linesOf(way, '/nodes/a/', (id) => `The ${id}`), [{ name: 'key 1', before: 'The end', after: 'The own' }])
    assert.deepEqual(linesOf(changed('end', 'own'), '/nodes/a/', (id) => `The ${id}`), [{ name: 'text', before: 'end', after: 'own' }])
  })

  it('of other values is one line', () => {
    assert.deepEqual(lines({ pointer: '/nodes/a/set', change: 'added', before: null, after: { x: 1 } }), [{ name: 'set', before: undefined, after: { x: 1 } }])
  })
})
