// What is said at a place of a node: one prompt, several in sequence, or either for each language. The same as the server's
// `sequences` and `slots`.

import type { Json, JsonObject } from './json.ts'
import { kindOf } from './kinds.ts'

/** One text or audio name; `path` is its place below the field, `language` null where it is that of all. */
export interface Piece {
  path: string[]
  language: string | null
  item: string
}

/** A place where something is heard; `at` is its pointer below the node. */
export interface Slot {
  at: string
  language: string | null
  audio: string
  text: string
}

/** A prompt to be spoken. */
export interface ToSpeak {
  node: string
  at: string
  text: string
  voice: string
}

export function piecesOf(said: Json | undefined): Piece[] {
  if (!(said instanceof Map)) return itemsOf(said, []).map((each) => ({ ...each, language: null }))
  return [...said].flatMap(([language, each]) => itemsOf(each, [language]).map((piece) => ({ ...piece, language })))
}

function itemsOf(said: Json | undefined, path: string[]): { path: string[]; item: string }[] {
  if (typeof said === 'string') return [{ path, item: said }]
  return Array.isArray(said) ? said.flatMap((each, at) => itemsOf(each, [...path, String(at)])) : []
}

/** The fields with audio names of a node's kind, each with the field of its words. */
function pairsOf(node: JsonObject): [string, string][] {
  const kind = kindOf(node)
  if (kind && !kind.heard) return []
  const fields = (kind?.fields ?? []).map((field) => field.name)
  return [['audio', 'text'], ...fields.filter((name) => name.endsWith('_text')).map((name): [string, string] => [name.replace(/_text$/, '_audio'), name])]
}

export function slotsOf(node: JsonObject): Slot[] {
  return pairsOf(node).flatMap(([field, textField]) => {
    const texts = new Map(piecesOf(node.get(textField)).map((piece) => [piece.path.join('/'), piece]))
    let audios = new Map(piecesOf(node.get(field)).map((piece) => [piece.path.join('/'), piece]))
    // One text beside several files describes them together; one file beside several texts is that of the first.
    if (texts.has('') && audios.size > 0 && !audios.has('')) texts.delete('')
    if (audios.has('') && texts.size > 0 && !texts.has('')) audios = new Map([[[...texts.keys()][0], audios.get('')!]])
    const paths = new Set([...texts.keys(), ...audios.keys()])
    if (paths.size === 0 && field === 'audio') paths.add('')
    return [...paths].map((path) => ({
      at: path ? `${field}/${path}` : field,
      language: (texts.get(path) ?? audios.get(path))?.language ?? null,
      audio: audios.get(path)?.item ?? '',
      text: texts.get(path)?.item ?? '',
    }))
  })
}

/** Where in a node it is heard: `Audio after silence, es, part 2`. The same as the server's `place_words`. */
export function placeOf(node: JsonObject, slot: Slot): string {
  const [name, ...path] = slot.at.split('/')
  const field = kindOf(node)?.fields.find((each) => each.name === name)
  const words = field && (name !== 'audio' || path.length === 0) ? [field.label] : []
  if (slot.language !== null) words.push(path.shift()!)
  if (field?.type === 'audio' && field.by_attempt && path.length > 0) words.push(`attempt ${Number(path.shift()) + 2}`)
  return [...words, ...path.map((part) => `part ${Number(part) + 1}`)].join(', ')
}

/** The voice that a node asks for in a language. */
export function voiceOf(node: JsonObject, language: string | null): string {
  const voice = node.get('voice')
  const found = voice instanceof Map ? voice.get(language ?? '') : voice
  return typeof found === 'string' ? found : ''
}

/** All that is said, for a line about the node. */
export function wordsOf(said: Json | undefined): string {
  const pieces = piecesOf(said)
  const language = pieces[0]?.language ?? null
  return pieces.filter((piece) => piece.language === language).map((piece) => piece.item).join(' ')
}

export function languagesOf(doc: JsonObject): string[] {
  const languages = doc.get('languages')
  return Array.isArray(languages) ? languages.filter((each): each is string => typeof each === 'string') : []
}

/** What is typed as the languages of a menu: `en, es`. */
export function readLanguages(typed: string): string[] {
  return [...new Set(typed.split(/[\s,]+/).filter(Boolean))]
}

export function setLanguages(doc: JsonObject, languages: string[]): JsonObject {
  const changed = new Map(doc)
  if (languages.length === 0) {
    changed.delete('languages')
    return changed
  }
  if (changed.has('languages')) return changed.set('languages', languages)
  return new Map([...changed].flatMap(([name, value]): [string, Json][] => (name === 'nodes' ? [['languages', languages], [name, value]] : [[name, value]])))
}

/** The same for all becomes that of the first language, with an empty one for each of the others. */
export function perLanguage(said: Json | undefined, languages: string[]): Json {
  return new Map(languages.map((language, at): [string, Json] => [language, at === 0 ? (said ?? '') : '']))
}

/** Without what is empty; undefined where nothing is left. */
export function withoutEmpty(said: Json): Json | undefined {
  if (said instanceof Map) {
    const kept = [...said].flatMap(([language, each]): [string, Json][] => {
      const value = withoutEmpty(each)
      return value === undefined ? [] : [[language, value]]
    })
    return kept.length > 0 ? new Map(kept) : undefined
  }
  if (Array.isArray(said)) {
    const kept = said.map(withoutEmpty).filter((each): each is Json => each !== undefined)
    return kept.length > 0 ? kept : undefined
  }
  return said === '' ? undefined : said
}
