// The languages of a menu: which are there, what of a node is missing in one, and which voices speak it.

import type { PromptState } from './api.ts'
import type { Json, JsonObject } from './json.ts'
import { kindOf } from './kinds.ts'
import { nodesOf, type Doc } from './model.ts'
import { isHeard, languagesOf, pairsOf, piecesOf, slotsOf, type Slot } from './said.ts'

export interface Voice {
  id: string
  label: string
  language: string
  default: boolean
}

/** Those in which Digitree has prompts and reads numbers and dates. */
export const COMMON = ['en', 'es', 'fr', 'de', 'pt-BR', 'it']
export const MOST_LANGUAGES = 8
const USUAL = 'en'
const CODE = /^[a-z]{2,3}(?:-[A-Z]{2})?$/

export const isLanguage = (code: string) => CODE.test(code)

/** With another language; the first to be added stands beside that in which menus usually are. */
export function withLanguage(doc: Doc, added: string): Doc {
  const languages = languagesOf(doc)
  if (languages.includes(added) || languages.length >= MOST_LANGUAGES) return doc
  return setLanguages(doc, languages.length === 0 && added !== USUAL ? [USUAL, added] : [...languages, added])
}

export function withoutLanguage(doc: Doc, removed: string): Doc {
  return setLanguages(doc, languagesOf(doc).filter((each) => each !== removed))
}

/** Put a language one place on or back. Texts without a language were in the first one and stay in it. */
export function moveLanguage(doc: Doc, moved: string, by: -1 | 1): Doc {
  const languages = languagesOf(doc)
  const at = languages.indexOf(moved)
  if (at < 0 || at + by < 0 || at + by >= languages.length) return doc
  const [first] = languages
  languages.splice(at, 1)
  languages.splice(at + by, 0, moved)
  const ordered = setLanguages(doc, languages)
  if (languages[0] === first) return ordered
  const nodes = [...nodesOf(doc)].map(([id, node]): [string, Json] => [id, inLanguage(node, first)])
  return new Map(ordered).set('nodes', new Map(nodes))
}

function inLanguage(node: JsonObject, language: string): JsonObject {
  const changed = new Map(node)
  for (const [, field] of pairsOf(node)) {
    const said = node.get(field)
    if (said !== undefined && !(said instanceof Map) && hasWords(said)) changed.set(field, new Map([[language, said]]))
  }
  return changed
}

export function setLanguages(doc: Doc, languages: string[]): Doc {
  const changed = new Map(doc)
  if (languages.length === 0) {
    changed.delete('languages')
    return changed
  }
  if (changed.has('languages')) return changed.set('languages', languages)
  return new Map([...changed].flatMap(([name, value]): [string, Json][] => (name === 'nodes' ? [['languages', languages], [name, value]] : [[name, value]])))
}

/** The languages in which this node may be written: those of the menu, and what else the node has something in. */
export function languagesAt(doc: Doc, node: JsonObject): string[] {
  const fields = (kindOf(node)?.fields ?? []).filter(({ type }) => type === 'text' || type === 'audio' || type === 'voice')
  const own = fields.flatMap(({ name }) => {
    const said = node.get(name)
    return said instanceof Map ? [...said.keys()] : []
  })
  return [...new Set([...languagesOf(doc), ...own])]
}

/** What callers of a language miss at a node: words in it, or the sound of these words. */
export type Lack = 'words' | 'sound'

export function lackAt(node: JsonObject, language: string, languages: string[], prompts: PromptState[]): Lack | null {
  if (!languages.includes(language)) return null
  if (pairsOf(node).some(([audio, text]) => !isSaid(node.get(audio), node.get(text), language, languages))) return 'words'
  const slots = slotsIn(node, language, languages)
  return slots.some((slot) => slot.text && !isHeard(slot, prompts.find((each) => each.audio === slot.audio))) ? 'sound' : null
}

/** As the server's `not_in_every_language` has it. A file alone may be music, and a text of nothing but variables has the
 *  language of their values. */
function isSaid(audio: Json | undefined, text: Json | undefined, language: string, languages: string[]): boolean {
  if (text instanceof Map) return text.has(language) || (audio instanceof Map && audio.has(language))
  if (audio instanceof Map) return audio.has(language)
  return text === undefined || language === languages[0] || !hasWords(text)
}

function hasWords(text: Json): boolean {
  return piecesOf(text).some(({ item }) => item.replace(/\{[^{}]*\}/g, '').trim() !== '')
}

/** The nodes at which callers of this language hear another one. */
export function nodesWithout(doc: Doc, language: string): string[] {
  return [...nodesOf(doc)].filter(([, node]) => lackAt(node, language, languagesOf(doc), []) === 'words').map(([id]) => id)
}

/** The places of a node that are heard in this language. A text without a language is in the first. */
export function slotsIn(node: JsonObject, language: string | null, languages: string[]): Slot[] {
  return slotsOf(node).filter((slot) => {
    if (language === null || slot.language !== null) return language === null || slot.language === language
    return !slot.text || language === languages[0]
  })
}

/** Whether a voice of `spoken` can say texts of `language`: `es-MX` those of `es`. */
export function speaks(voice: Voice, language: string): boolean {
  return base(voice.language) === base(language)
}

/** Who speaks a language where no voice is named: the default voice if it can, else the first that does. */
export function usualVoice(voices: Voice[], language: string): Voice | undefined {
  const exact = voices.filter((each) => each.language.toLowerCase() === language.toLowerCase())
  const found = exact.length > 0 ? exact : voices.filter((each) => speaks(each, language))
  return found.find((each) => each.default) ?? found[0]
}

function base(code: string): string {
  return code.toLowerCase().split('-')[0]
}
