import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJson, printJson, type Json, type JsonObject } from './json.ts'
import * as said from './said.ts'

const json = (text: string): Json => parseJson(text).value
const node = (text: string) => json(text) as JsonObject
const told = (text: string) => said.slotsOf(node(text)).map((slot) => [slot.at, slot.audio, slot.text])

describe('what is said at a node', () => {
  it('has a place for each text and for each file, as the server tells them', () => {
    assert.deepEqual(told('{"next": "x"}'), [['audio', '', '']])
    assert.deepEqual(told('{"next": "x", "audio": "a.wav", "text": "Hi"}'), [['audio', 'a.wav', 'Hi']])
    assert.deepEqual(told('{"next": "x", "text": {"en": "Hi", "es": ["Hola", "x"]}, "audio": "a.wav"}'), [
      ['audio/en', 'a.wav', 'Hi'],
      ['audio/es/0', '', 'Hola'],
      ['audio/es/1', '', 'x'],
    ])
    assert.deepEqual(told('{"next": "x", "text": "both", "audio": ["a.wav", "b.wav"]}'), [
      ['audio/0', 'a.wav', ''],
      ['audio/1', 'b.wav', ''],
    ])
    assert.deepEqual(told('{"gather": {"1": "x"}, "again_text": ["Once more"]}'), [['audio', '', ''], ['again_audio/0', '', 'Once more']])
  })

  it('is spoken by the voice of its language', () => {
    assert.equal(said.voiceOf(node('{"voice": {"es": "ana"}}'), 'es'), 'ana')
    assert.equal(said.voiceOf(node('{"voice": {"es": "ana"}}'), 'en'), '')
    assert.equal(said.voiceOf(node('{"voice": "ana"}'), 'en'), 'ana')
  })

  it('has its place in words', () => {
    const spoken = node('{"text": {"en": ["Hi", "there"], "es": "Hola"}, "gather": {"1": "a"}, "again_text": ["Again"], "no_input_text": "What?"}')
    assert.deepEqual(said.slotsOf(spoken).map((slot) => said.placeOf(spoken, slot)), [
      'English, part 1', 'English, part 2', 'Spanish', 'Audio from the second attempt on, attempt 2', 'Audio after silence',
    ])
  })

  it('is shown in the language asked for, else in its first', () => {
    assert.equal(said.wordsOf(json('{"en": ["Hi", "there"], "es": "Hola"}'), 'es'), 'Hola')
    assert.equal(said.wordsOf(json('{"en": ["Hi", "there"], "es": "Hola"}'), 'fr'), 'Hi there')
    assert.equal(said.wordsOf(json('{"en": ["Hi", "there"], "es": "Hola"}')), 'Hi there')
    assert.equal(said.wordsOf(undefined), '')
  })

  it('becomes one for each language without losing what was there, and nothing empty is kept', () => {
    const both = ['en', 'es']
    const apart = said.withSaidIn(json('["Hi", "there"]'), 'es', both, false, 'Hola')
    assert.equal(printJson(apart), printJson(json('{"en": ["Hi", "there"], "es": "Hola"}')))
    assert.equal(printJson(said.withoutEmpty(said.withSaidIn(undefined, 'en', both, false, 'Hi'))!), printJson(json('{"en": "Hi"}')))
    assert.equal(said.withoutEmpty(json('{"en": [""]}')), undefined)
    assert.equal(said.withSaidIn('Hi', 'en', ['en'], false, 'Hello'), 'Hello')
  })

  it('belongs to the first language if it is a text, and to each if it is a voice', () => {
    const both = ['en', 'es']
    assert.deepEqual(both.map((language) => said.saidIn('Hi', language, both, false)), ['Hi', ''])
    assert.deepEqual(both.map((language) => said.saidIn('joe', language, both, true)), ['joe', 'joe'])
    assert.equal(printJson(said.withSaidIn('joe', 'es', both, true, 'ana')), printJson(json('{"en": "joe", "es": "ana"}')))
  })
})
