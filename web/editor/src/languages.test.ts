import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PromptState } from './api.ts'
import { parseJson, printJson, type JsonObject } from './json.ts'
import * as languages from './languages.ts'
import { nodesOf } from './model.ts'
import { languagesOf } from './said.ts'

const menu = (text: string) => parseJson(text).value as JsonObject
const both = ['en', 'es']
const prompt = (audio: string, text: string): PromptState => ({ audio, text, state: 'ready', source: 'tts', voice: 'joe', outdated: false, duration_seconds: 1, url: null })

describe('the languages of a menu', () => {
  it('begin with English beside the one that is added, and stand before the nodes', () => {
    const doc = menu('{"name": "m", "nodes": {}}')
    const two = languages.withLanguage(doc, 'es')
    assert.deepEqual([[...two.keys()], languagesOf(two)], [['name', 'languages', 'nodes'], ['en', 'es']])
    assert.deepEqual(languagesOf(languages.withLanguage(two, 'es')), ['en', 'es'])
    assert.deepEqual(languagesOf(languages.withLanguage(two, 'pt-BR')), ['en', 'es', 'pt-BR'])
    assert.deepEqual([...languages.withoutLanguage(languages.withoutLanguage(two, 'en'), 'es').keys()], ['name', 'nodes'])
  })

  it('may change places; texts that were in the first one stay in it', () => {
    const doc = menu('{"name": "m", "languages": ["en", "es"], "nodes": {"a": {"text": "Hi", "audio": "a.wav", "next": "b"}, "b": {"text": "{x}", "action": "hangup"}}}')
    const turned = languages.moveLanguage(doc, 'es', -1)
    assert.deepEqual(languagesOf(turned), ['es', 'en'])
    assert.equal(printJson(turned.get('nodes')!), printJson(menu('{"a": {"text": {"en": "Hi"}, "audio": "a.wav", "next": "b"}, "b": {"text": "{x}", "action": "hangup"}}')))
    assert.equal(languages.moveLanguage(doc, 'en', -1), doc)
  })

  it('of a node are those of the menu and any other in which it has something', () => {
    const doc = menu('{"name": "m", "languages": ["en", "es"], "nodes": {"a": {"text": {"fr": "Salut"}, "action": "hangup"}}}')
    assert.deepEqual(languages.languagesAt(doc, nodesOf(doc).get('a')!), ['en', 'es', 'fr'])
  })

  it('lack words where callers would hear another language, and a sound where they are not spoken', () => {
    const lacks = (text: string, prompts: PromptState[] = []) => both.map((each) => languages.lackAt(menu(text), each, both, prompts))
    assert.deepEqual(lacks('{"text": {"en": "Hi", "es": "Hola"}, "audio": {"en": "a.wav"}, "action": "hangup"}', [prompt('a.wav', 'Hi')]), [null, 'sound'])
    assert.deepEqual(lacks('{"text": "Hi", "audio": "a.wav", "action": "hangup"}', [prompt('a.wav', 'Hi')]), [null, 'words'])
    assert.deepEqual(lacks('{"audio": "music.wav", "action": "hangup"}'), [null, null])
    assert.deepEqual(lacks('{"audio": {"en": "a.wav"}, "action": "hangup"}'), [null, 'words'])
    assert.deepEqual(lacks('{"text": "{name}", "action": "hangup"}'), ['sound', null])
    assert.deepEqual(lacks('{"text": {"en": "Hi", "es": "Hola"}, "no_input_text": {"en": "What?"}, "gather": {"1": "x"}}')[1], 'words')
  })

  it('tell which nodes lack one of them', () => {
    const doc = menu('{"name": "m", "languages": ["en", "es"], "nodes": {"a": {"text": "Hi", "action": "hangup"}, "b": {"action": "transfer"}}}')
    assert.deepEqual(languages.nodesWithout(doc, 'es'), ['a'])
    assert.deepEqual(languages.nodesWithout(doc, 'en'), [])
  })

  it('are spoken by the default voice where it can, else by the first that does', () => {
    const voice = (id: string, language: string, isDefault = false) => ({ id, label: id, language, default: isDefault })
    const voices = [voice('ana', 'es-ES'), voice('joe', 'en-US', true), voice('eva', 'es-MX')]
    const usual = (language: string) => languages.usualVoice(voices, language)?.id
    assert.deepEqual(['en', 'es', 'es-MX', 'fr'].map(usual), ['joe', 'ana', 'eva', undefined])
  })
})
