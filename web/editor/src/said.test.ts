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
      'en, part 1', 'en, part 2', 'es', 'Audio from the second attempt on, attempt 2', 'Audio after silence',
    ])
  })

  it('is shown in its first language', () => {
    assert.equal(said.wordsOf(json('{"en": ["Hi", "there"], "es": "Hola"}')), 'Hi there')
    assert.equal(said.wordsOf(undefined), '')
  })

  it('becomes one for each language without losing what was there, and nothing empty is kept', () => {
    const apart = said.perLanguage(json('["Hi", "there"]'), ['en', 'es'])
    assert.equal(printJson(apart), printJson(json('{"en": ["Hi", "there"], "es": ""}')))
    assert.equal(printJson(said.withoutEmpty(apart)!), printJson(json('{"en": ["Hi", "there"]}')))
    assert.equal(said.withoutEmpty(json('{"en": [""]}')), undefined)
  })
})

describe('the languages of a menu', () => {
  it('are read as they are typed and stand before the nodes', () => {
    const doc = node('{"name": "m", "nodes": {}}')
    const spoken = said.setLanguages(doc, said.readLanguages('en, es  en'))
    assert.deepEqual([[...spoken.keys()], said.languagesOf(spoken)], [['name', 'languages', 'nodes'], ['en', 'es']])
    assert.deepEqual([...said.setLanguages(spoken, []).keys()], ['name', 'nodes'])
  })
})
