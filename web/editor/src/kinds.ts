// The kinds of nodes from the server's table, and queries about a node that the table answers. Nothing here knows the name of
// a kind or of a field.

import type { Json, JsonObject } from './json.ts'
import { TABLE } from './kinds.generated.ts'
import { t } from './translate.ts'

interface FieldBase {
  name: string
  label: string
  hint: string
  /** what happens without it */
  if_absent: string
  required: boolean
  /** most nodes do without it */
  more: boolean
}

export interface WordField extends FieldBase {
  type: 'word' | 'voice' | 'agent' | 'service' | 'destination'
  pattern: string
  rule: string
}

/** Names of prompts. */
export interface AudioField extends FieldBase {
  type: 'audio'
  /** a list has an item for each attempt */
  by_attempt: boolean
  pattern: string
  rule: string
}

export interface TextField extends FieldBase {
  type: 'text'
  by_attempt: boolean
  max_length: number
}

/** What people call a node. */
export interface TitleField extends FieldBase {
  type: 'title'
  max_length: number
}

/** What is sent: read, not heard. */
export interface MessageField extends FieldBase {
  type: 'message'
  max_length: number
}

/** A few variables by their names. */
export interface VariablesField extends FieldBase {
  type: 'variables'
  pattern: string
  rule: string
  most: number
}

export interface NumberField extends FieldBase {
  type: 'number'
  least: number
  most: number
  step: number
  default: number | null
}

export interface TargetField extends FieldBase {
  type: 'target'
  /** the label of its wire */
  way_out: string
}

/** A limit for silences and wrong keys together, or one for each of the two. */
export interface AttemptsField extends FieldBase {
  type: 'attempts'
  step: number
  least: number
  most: number
  default: number
}

export interface FlagField extends FieldBase {
  type: 'flag'
  default: boolean
}

/** Variables by their names, or names of their own with texts. */
export interface SentField extends FieldBase {
  type: 'sent'
  /** of a name of its own */
  pattern: string
  /** of a variable */
  names_pattern: string
  max_length: number
}

/** One of a few words; the first is meant where there is none. */
export interface ChoiceField extends FieldBase {
  type: 'choice'
  options: { id: string; label: string }[]
}

/** One way out per digit, or entry of several. */
export interface DigitTargetsField extends FieldBase {
  type: 'digit_targets'
  digits: string
  /** of an entry */
  pattern: string
  /** with `{digit}` in it */
  way_out: string
}

/** One way out for all results, or one for each word. */
export interface ResultTargetsField extends FieldBase {
  type: 'result_targets'
  way_out: string
  /** the word for all others */
  any: string
  /** of a word */
  pattern: string
}

/** One way out for each case, in the author's order. */
export interface CaseTargetsField extends FieldBase {
  type: 'case_targets'
  way_out: string
  /** of a case */
  pattern: string
}

/** Variables, or headers, and their values, in the author's order. */
export interface ValuesField extends FieldBase {
  type: 'values' | 'headers'
  /** of a name */
  pattern: string
  max_length: number
}

/** A language for each key, in the author's order. */
export interface KeyLanguagesField extends FieldBase {
  type: 'key_languages'
  digits: string
}

export type WayField = TargetField | DigitTargetsField | ResultTargetsField | CaseTargetsField
export type Field = WordField | TitleField | AudioField | TextField | NumberField | AttemptsField | FlagField | ChoiceField | WayField | ValuesField | SentField | MessageField | VariablesField | KeyLanguagesField

export interface Kind {
  kind: string
  label: string
  /** what identifies the kind: a field of the node, or the value of that field */
  mark: { field: string; value: string | null }
  new_id: string
  blank: Record<string, string | Record<string, never>>
  /** whether it has a prompt */
  heard: boolean
  fields: Field[]
}

export interface KindTable {
  node_id_pattern: string
  audio_name_pattern: string
  spoken_fields: string[]
  entering_fields: string[]
  naming_fields: string[]
  /** of the menu itself, beside its name, its nodes and the fields with a place of their own */
  menu_fields: NumberField[]
  kinds: Kind[]
}

/** A way out of a node, whether it has a target or not. */
export interface Way {
  /** identifies the way within its node: the field, or the field and a digit */
  handle: string
  label: string
  digit: string | null
  /** whether callers usually take this way, such as a digit */
  usual: boolean
  target: string
}

export const KINDS: readonly Kind[] = TABLE.kinds
export const MENU_FIELDS: readonly NumberField[] = TABLE.menu_fields
export const NODE_ID = new RegExp(`^(?:${TABLE.node_id_pattern})$`)
/** Stands for a digit in a handle: the first free one. */
const ANY_DIGIT = '+'

/** Marks that other kinds have as a field come last: they tell the kind only where no other mark does. */
const MARKS = [...new Set(KINDS.map((kind) => kind.mark.field))].sort((one, other) => Number(isField(one)) - Number(isField(other)))
const SPOKEN = new Set(TABLE.spoken_fields)
const ENTERING = new Set(TABLE.entering_fields)
const NAMING = new Set(TABLE.naming_fields)

function isField(mark: string): boolean {
  return KINDS.some((kind) => kind.mark.field !== mark && kind.fields.some((field) => field.name === mark))
}

/** The kind of a node; null when the table has no such kind. */
export function kindOf(node: JsonObject): Kind | null {
  const mark = MARKS.find((name) => node.has(name))
  if (mark === undefined) return null
  const value = node.get(mark)
  return KINDS.find(({ mark: { field, value: wanted } }) => field === mark && (wanted === null || wanted === value)) ?? null
}

export function labelOf(kind: Kind | null): string {
  return kind ? kind.label : t("Unknown kind")
}

/** What a node is about, such as `Switch: hours:office`; empty where its kind has no such field. */
export function aboutOf(node: JsonObject): string {
  const kind = kindOf(node)
  const field = kind?.fields.find((each) => each.required && (each.type === 'word' || each.type === 'service' || each.type === 'destination'))
  const about = field && node.get(field.name)
  return typeof about === 'string' && about ? `${labelOf(kind)}: ${about}` : ''
}

/** The fields of a kind without those of its prompt, and those that every node has. */
export function ownFields(kind: Kind): Field[] {
  return kind.fields.filter((field) => !(kind.heard && SPOKEN.has(field.name)) && !ENTERING.has(field.name) && !NAMING.has(field.name))
}

/** The fields of every node for what happens when a call comes to it. */
export function enteringFields(kind: Kind): Field[] {
  return kind.fields.filter((field) => ENTERING.has(field.name))
}

export function spokenFields(): string[] {
  return TABLE.spoken_fields
}

/** The fields that speaking a prompt may change. */
export function sayingFields(): string[] {
  const said = KINDS.flatMap((kind) => kind.fields.filter((field) => field.type === 'audio' || field.type === 'text').map((field) => field.name))
  return [...new Set([...TABLE.spoken_fields, ...said])]
}

/** The field of what people call a node. */
export const TITLE = KINDS.flatMap((kind) => kind.fields).find((field) => field.type === 'title') as TitleField

/** A new node of this kind, without a prompt. */
export function blankNode(kind: Kind): JsonObject {
  return new Map(Object.entries(kind.blank).map(([name, value]): [string, Json] => [name, typeof value === 'string' ? value : new Map()]))
}

/** The field names in the order in which a node has them: those of the prompt, the mark, the others. */
export function fieldOrder(kind: Kind): string[] {
  return [...new Set([...TABLE.spoken_fields, kind.mark.field, ...kind.fields.map((field) => field.name)])]
}

export function waysOf(node: JsonObject): Way[] {
  return (kindOf(node)?.fields ?? []).flatMap((field): Way[] => {
    const value = node.get(field.name)
    if (field.type === 'target') {
      if (value === undefined && field.more) return []
      return [{ handle: field.name, label: field.way_out, digit: null, usual: field.required, target: typeof value === 'string' ? value : '' }]
    }
    if (field.type === 'case_targets') {
      return [...casesOf(node, field)].map(([word, target]) => ({
        handle: handleOf(field, word),
        label: caseLabel(field, word),
        digit: null,
        usual: true,
        target,
      }))
    }
    if (field.type === 'result_targets') {
      const results = resultsOf(node, field)
      const words = [...new Set([...results.keys(), field.any])]
      return words.map((word) => ({
        handle: resultHandle(field, word),
        label: resultLabel(field, word, results.size),
        digit: null,
        usual: false,
        target: results.get(word) ?? '',
      }))
    }
    if (field.type !== 'digit_targets') return []
    return [...digitsOf(node, field)].map(([digit, target]) => ({
      handle: handleOf(field, digit),
      label: digitLabel(field, digit),
      digit,
      usual: true,
      target,
    }))
  })
}

export function digitsOf(node: JsonObject, field: DigitTargetsField): Map<string, string> {
  return (node.get(field.name) ?? new Map()) as Map<string, string>
}

export function casesOf(node: JsonObject, field: CaseTargetsField): Map<string, string> {
  return (node.get(field.name) ?? new Map()) as Map<string, string>
}

export function caseLabel(field: CaseTargetsField, word: string): string {
  return `${field.way_out} ${word || t("empty")}`
}

export function valuesOf(node: JsonObject, field: ValuesField): Map<string, Json> {
  return (node.get(field.name) ?? new Map()) as Map<string, Json>
}

/** What is typed as a value: a whole number, true or false, else a text. */
export function valueOf(typed: string): Json {
  if (typed === 'true' || typed === 'false') return typed === 'true'
  return /^(?:0|-?[1-9][0-9]{0,14})$/.test(typed) ? Number(typed) : typed
}

export function flagOf(node: JsonObject, field: FlagField): boolean {
  const given = node.get(field.name)
  return typeof given === 'boolean' ? given : field.default
}

export function sentOf(node: JsonObject, field: SentField): Map<string, Json> | string[] {
  return (node.get(field.name) ?? []) as Map<string, Json> | string[]
}

/** The targets by word: one for all is that of `any` alone. */
export function resultsOf(node: JsonObject, field: ResultTargetsField): Map<string, string> {
  const value = node.get(field.name)
  if (typeof value === 'string') return new Map([[field.any, value]])
  return (value ?? new Map()) as Map<string, string>
}

/** As a node keeps them; `undefined` where there is none. */
export function resultsValue(field: ResultTargetsField, results: Map<string, string>): Json | undefined {
  if (results.size === 0) return undefined
  const all = results.get(field.any)
  return results.size === 1 && all !== undefined ? all : new Map(results)
}

/** One target for all has the field's own name, so that a wire stays the same when words are added. */
export function resultHandle(field: ResultTargetsField, word: string): string {
  return handleOf(field, word === field.any ? null : word)
}

export function resultLabel(field: ResultTargetsField, word: string, count: number): string {
  if (word !== field.any) return `${field.way_out}: ${word}`
  return count > 1 ? t("%(what)s: any other", { what: field.way_out }) : field.way_out
}

export function freeDigits(node: JsonObject, field: DigitTargetsField): string[] {
  const taken = digitsOf(node, field)
  return [...field.digits].filter((digit) => !taken.has(digit))
}

export function digitLabel(field: DigitTargetsField, digit: string): string {
  return field.way_out.replace('{digit}', digit).trim()
}

export function handleOf(field: Field, digit: string | null = null): string {
  return digit === null ? field.name : `${field.name}/${digit}`
}

/** The handle of a digit to be added. */
export function newDigitHandle(field: DigitTargetsField): string {
  return handleOf(field, ANY_DIGIT)
}

/** The field and the digit of a handle; null when the node has no such way out, or no free digit. */
export function wayOf(
  node: JsonObject,
  handle: string,
): { field: WayField; digit: string | null } | null {
  const at = handle.indexOf('/')
  const [name, wanted] = at < 0 ? [handle, null] : [handle.slice(0, at), handle.slice(at + 1)]
  const field = kindOf(node)?.fields.find((each) => each.name === name)
  if (field?.type === 'target') return { field, digit: null }
  if (field?.type === 'result_targets') return { field, digit: wanted ?? field.any }
  if (field?.type === 'case_targets') return wanted === null ? null : { field, digit: wanted }
  if (field?.type !== 'digit_targets') return null
  const digit = wanted === ANY_DIGIT ? (freeDigits(node, field)[0] ?? null) : wanted
  return digit === null ? null : { field, digit }
}

/** The node with `to` applied to the target of each way out; `undefined` removes the way out, but a required one stays, without
 *  a target. A node of an unknown kind is returned unchanged. */
export function retarget(node: JsonObject, to: (target: string) => string | undefined): JsonObject {
  const changed: JsonObject = new Map(node)
  for (const field of kindOf(node)?.fields ?? []) {
    const value = node.get(field.name)
    if (field.type === 'target' && typeof value === 'string') {
      const next = to(value) ?? (field.required ? '' : undefined)
      if (next === undefined) changed.delete(field.name)
      else changed.set(field.name, next)
    } else if (field.type === 'result_targets' && value !== undefined) {
      const kept = [...resultsOf(node, field)].flatMap(([word, target]): [string, string][] => {
        const next = to(target)
        return next === undefined ? [] : [[word, next]]
      })
      const left = kept.length === 0 || typeof value === 'string' ? kept[0]?.[1] : new Map(kept)
      if (left === undefined) changed.delete(field.name)
      else changed.set(field.name, left)
    } else if ((field.type === 'digit_targets' || field.type === 'case_targets') && value instanceof Map) {
      const kept = [...(value as Map<string, string>)].flatMap(([digit, target]): [string, string][] => {
        const next = to(target)
        return next === undefined ? [] : [[digit, next]]
      })
      changed.set(field.name, new Map(kept))
    }
  }
  return changed
}

/** Whether what stands at this path below a node is the id of the node that it leads to. */
export function isTarget([name]: string[]): boolean {
  return KINDS.some((kind) => kind.fields.some((field) => field.name === name && ['target', 'digit_targets', 'result_targets', 'case_targets'].includes(field.type)))
}

/** The label of the field at this path below a node: of a way out its label, else the path. */
export function fieldLabel(path: string[]): string {
  for (const field of KINDS.flatMap((kind) => kind.fields)) {
    if (field.name !== path[0]) continue
    if (field.type === 'target') return field.way_out
    if (field.type === 'digit_targets' && path.length > 1) return digitLabel(field, path[1])
    if (field.type === 'result_targets') return resultLabel(field, path[1] ?? field.any, path.length)
    if (field.type === 'case_targets' && path.length > 1) return caseLabel(field, path[1])
  }
  return path.join('/')
}
