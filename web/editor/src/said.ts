// What is said at a place of a node: one prompt, several in sequence, or either for each language. The same as the server's
// `sequences` and `slots`.

import type { PromptState } from './api.ts'
import type { Json, JsonObject } from './json.ts'
import { kindOf } from './kinds.ts'
import { languageName, t } from './translate.ts'

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
export function pairsOf(node: JsonObject): [string, string][] {
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

/** Where in a node it is heard: `Audio after silence, Spanish, part 2`. */
export function placeOf(node: JsonObject, slot: Slot): string {
  const [name, ...path] = slot.at.split('/')
  const field = kindOf(node)?.fields.find((each) => each.name === name)
  const words = field && (name !== 'audio' || path.length === 0) ? [field.label] : []
  if (slot.language !== null) words.push(languageName(path.shift()!))
  if (field?.type === 'audio' && field.by_attempt && path.length > 0) words.push(t("attempt %(n)s", { n: Number(path.shift()) + 2 }))
  return [...words, ...path.map((part) => t("part %(n)s", { n: Number(part) + 1 }))].join(', ')
}

/** Whether callers hear this text, or a recording, which stands for any text. */
export function isHeard(slot: Slot, prompt: PromptState | undefined): boolean {
  return prompt?.state === 'ready' && !prompt.outdated && (!slot.text || prompt.source !== 'tts' || same(slot.text, prompt.text ?? ''))
}

export function same(one: string, other: string): boolean {
  return one.split(/\s+/).join(' ').trim() === other.split(/\s+/).join(' ').trim()
}

/** The voice that a node asks for in a language. */
export function voiceOf(node: JsonObject, language: string | null): string {
  const voice = node.get('voice')
  const found = voice instanceof Map ? voice.get(language ?? '') : voice
  return typeof found === 'string' ? found : ''
}

/** All that is said in this language, or in the first there is, for a line about the node. */
export function wordsOf(said: Json | undefined, wanted: string | null = null): string {
  const pieces = piecesOf(said)
  const language = pieces.some((piece) => piece.language === wanted) ? wanted : (pieces[0]?.language ?? null)
  return pieces.filter((piece) => piece.language === language).map((piece) => piece.item).join(' ')
}

export function languagesOf(doc: JsonObject): string[] {
  const languages = doc.get('languages')
  return Array.isArray(languages) ? languages.filter((each): each is string => typeof each === 'string') : []
}

/** What is said in one of these languages. What is the same in all of them belongs to each (`inAll`: a voice, a file), or, like
 *  a text, to the first. */
export function saidIn(said: Json | undefined, language: string, languages: string[], inAll: boolean): Json {
  if (said instanceof Map) return said.get(language) ?? ''
  return said !== undefined && (inAll || language === languages[0]) ? said : ''
}

/** The same, with `next` said in one of these languages; where there is only one, that is all. */
export function withSaidIn(said: Json | undefined, language: string, languages: string[], inAll: boolean, next: Json): Json {
  if (!(said instanceof Map) && languages.length < 2) return next
  return new Map(languages.map((each): [string, Json] => [each, each === language ? next : saidIn(said, each, languages, inAll)]))
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
