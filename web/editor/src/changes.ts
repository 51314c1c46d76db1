// The changes of a field as people read them: of what is said in several languages, one for each that changed.

import type { FieldChange } from './api.ts'
import { partsOf } from './json.ts'
import { fieldLabel, isTarget } from './kinds.ts'
import { isLanguage } from './languages.ts'
import { languageName } from './translate.ts'

export interface Line {
  name: string
  before: unknown
  after: unknown
}

/** `cut` is the beginning of the pointer that goes without saying; `title` is what people call a node. What is not there is undefined. */
export function linesOf(field: FieldChange, cut: string, title: (id: string) => string = String): Line[] {
  const path = partsOf(field.pointer.slice(cut.length))
  const name = fieldLabel(path)
  const shown = (value: unknown) => (typeof value === 'string' && isTarget(path) ? title(value) : value)
  const before = field.change === 'added' ? undefined : shown(field.before)
  const after = field.change === 'removed' ? undefined : shown(field.after)
  if (!isByLanguage(before) && !isByLanguage(after)) return [{ name, before, after }]
  const [old, now] = [before, after].map((said) => (isByLanguage(said) ? said : {})) as Record<string, unknown>[]
  const lines = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((language) => !same(old[language], now[language]))
    .map((language) => ({ name: `${name}, ${languageName(language)}`, before: old[language], after: now[language] }))
  // What was the same in all languages until now, or is so from now on.
  const plain = { name, before: isByLanguage(before) ? undefined : before, after: isByLanguage(after) ? undefined : after }
  return plain.before === undefined && plain.after === undefined ? lines : [plain, ...lines]
}

function isByLanguage(said: unknown): said is Record<string, unknown> {
  return typeof said === 'object' && said !== null && !Array.isArray(said) && Object.keys(said).every(isLanguage)
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
