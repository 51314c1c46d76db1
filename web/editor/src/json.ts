// A JSON parser that keeps what JavaScript's objects lose: the author's order, even of names such as "1" and "2", and the
// line of each value.

import { t } from './translate.ts'

export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = Map<string, Json>

export interface Place {
  line: number
  column: number
}

export interface JsonFault extends Place {
  pointer: string
  message: string
}

export interface Parsed {
  value: Json
  places: Map<string, Place>
}

export class JsonError extends Error {
  readonly fault: JsonFault

  constructor(fault: JsonFault) {
    super(fault.message)
    this.fault = fault
  }
}

export function pointer(...parts: string[]): string {
  return parts.map((part) => '/' + part.replace(/~/g, '~0').replace(/\//g, '~1')).join('')
}

/** The parts of a pointer, or of the rest of one without the leading slash. */
export function partsOf(where: string): string[] {
  return where.replace(/^\//, '').split('/').map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
}

const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const MAX_DEPTH = 64

/** Throws JsonError at the first fault, such as a name that appears twice in an object. */
export function parseJson(text: string): Parsed {
  return new Parser(text).parse()
}

class Parser {
  private at = 0
  private readonly places = new Map<string, Place>()
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  parse(): Parsed {
    this.blank()
    const value = this.value('', 0)
    this.blank()
    if (this.at < this.text.length) this.fail(t("there is more after the end"), '')
    return { value, places: this.places }
  }

  private value(where: string, depth: number): Json {
    if (depth > MAX_DEPTH) this.fail(t("values may be nested %(n)s deep; this is deeper", { n: MAX_DEPTH }), where)
    this.places.set(where, placeOf(this.text, this.at))
    const next = this.text[this.at]
    if (next === '{') return this.object(where, depth)
    if (next === '[') return this.array(where, depth)
    if (next === '"') return this.string(where)
    for (const [word, value] of [['true', true], ['false', false], ['null', null]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    NUMBER.lastIndex = this.at
    const number = NUMBER.exec(this.text)
    if (!number) return this.fail(next === undefined ? t("the text ends too early") : t("a value is expected here"), where)
    this.at += number[0].length
    return Number(number[0])
  }

  private object(where: string, depth: number): JsonObject {
    const found: JsonObject = new Map()
    this.at += 1
    this.blank()
    if (this.text[this.at] === '}') {
      this.at += 1
      return found
    }
    for (;;) {
      this.blank()
      if (this.text[this.at] !== '"') this.fail(t("a name in double quotes is expected here"), where)
      const start = this.at
      const name = this.string(where)
      const inside = where + pointer(name)
      if (found.has(name)) {
        this.at = start
        this.fail(t("\"%(what)s\" appears twice in this object", { what: name }), inside)
      }
      this.blank()
      if (this.text[this.at] !== ':') this.fail(t("a colon is expected here"), inside)
      this.at += 1
      this.blank()
      const value = this.value(inside, depth + 1)
      this.places.set(inside, placeOf(this.text, start))
      found.set(name, value)
      this.blank()
      if (this.text[this.at] === '}') break
      if (this.text[this.at] !== ',') this.fail(t("a comma or } is expected here"), where)
      this.at += 1
    }
    this.at += 1
    return found
  }

  private array(where: string, depth: number): Json[] {
    const found: Json[] = []
    this.at += 1
    this.blank()
    if (this.text[this.at] === ']') {
      this.at += 1
      return found
    }
    for (;;) {
      this.blank()
      found.push(this.value(where + pointer(String(found.length)), depth + 1))
      this.blank()
      if (this.text[this.at] === ']') break
      if (this.text[this.at] !== ',') this.fail(t("a comma or ] is expected here"), where)
      this.at += 1
    }
    this.at += 1
    return found
  }

  private string(where: string): string {
    let found = ''
    this.at += 1
    for (;;) {
      const next = this.text[this.at]
      if (next === undefined || next === '\n') return this.fail(t("the closing quote is missing"), where)
      if (next < ' ') this.fail(t("a control character in the text; write it as an escape"), where)
      this.at += 1
      if (next === '"') return found
      found += next === '\\' ? this.escape(where) : next
    }
  }

  private escape(where: string): string {
    const next = this.text[this.at] ?? ''
    this.at += 1
    if (next !== 'u') return ESCAPES[next] ?? this.fail(t("there is no such escape"), where)
    const digits = this.text.slice(this.at, this.at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail(t("%(what)s needs four hexadecimal digits", { what: '\\u' }), where)
    this.at += 4
    return String.fromCharCode(parseInt(digits, 16))
  }

  private blank(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '-')) this.at += 1
  }

  private fail(message: string, where: string): never {
    throw new JsonError({ ...placeOf(this.text, Math.min(this.at, this.text.length)), pointer: where, message })
  }
}

function placeOf(text: string, at: number): Place {
  let line = 1
  let start = 0
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) {
    line += 1
    start = next + 1
  }
  return { line, column: at - start + 1 }
}

const ONE_LINE = 76

/** JSON text indented by two; an object of plain values is on one line if it fits. */
export function printJson(value: Json, indent = ''): string {
  if (value instanceof Map) {
    if (value.size === 0) return '{}'
    const entries = [...value]
    const line = `{ ${entries.map(([name, each]) => `${JSON.stringify(name)}: ${JSON.stringify(each)}`).join(', ')} }`
    if (indent && entries.every(([, each]) => each === null || typeof each !== 'object')) {
      if (indent.length + line.length <= ONE_LINE) return line
    }
    const inner = indent + '  '
    const lines = entries.map(([name, each]) => `${inner}${JSON.stringify(name)}: ${printJson(each, inner)}`)
    return `{\n${lines.join(',\n')}\n${indent}}`
  }
  if (Array.isArray(value)) return `[${value.map((each) => printJson(each, indent + '  ')).join(', ')}]`
  return JSON.stringify(value)
}
