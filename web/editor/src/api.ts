// The API as the user who is logged in. Menus are read as text: JavaScript's objects would lose the author's order.

import type { JsonFault } from './json'
import type { ToSpeak } from './said'
import { t } from './translate'

export interface Fault {
  pointer: string
  code: string
  message: string
  node: string | null
}

export interface Problem {
  status: number
  code: string
  detail: string
  errors: Fault[]
}

export interface FieldChange {
  pointer: string
  change: Change
  before: unknown
  after: unknown
}

export type Change = 'added' | 'removed' | 'changed'

export interface Diff {
  menu: FieldChange[]
  nodes: { node: string; change: Change; fields: FieldChange[] }[]
  reordered: boolean
  prompts: { audio: string; change: Change }[]
}

export interface Check {
  version: number
  diff: Diff
  warnings: Fault[]
  /** what a voice will say for each text; null: it is refused, and a warning says why */
  said: SaidText[]
  dids: string[]
  calls_under_way: number
}

export interface SaidText {
  pointer: string
  spoken_as: string | null
}

export interface PromptState {
  audio: string
  state: 'ready' | 'missing' | 'lost'
  source: string | null
  voice: string | null
  text: string | null
  /** words or rules were changed since it was spoken */
  outdated: boolean
  duration_seconds: number | null
  url: string | null
}

/** Of a menu, or of its draft: then with the fields at the end. */
export interface MenuHead {
  /** of what callers hear */
  version: number
  /** live: a number leads to it */
  status: 'draft' | 'live'
  dids: string[]
  updated_at: string
  draft: { revision: number } | null
  prompts: PromptState[]
  warnings: Fault[]
  revision?: number
  based_on?: number
  /** the menu was changed since the version that the draft is based on */
  behind?: boolean
  actor?: string
  /** the audio names of sounds that callers do not hear yet */
  sounds?: string[]
}

export interface Spoken {
  duration_seconds: number
  cost_usd: number
}

export interface TestRun {
  version: number | null
  passed: number
  failed: number
}

export class ApiProblem extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

let csrf: string | null = null

function csrfToken(): string {
  csrf ??= document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? ''
  return csrf
}

/** After a new log-in in another tab the token of this page is out of date; any page has the new one. */
async function renewCsrf(): Promise<void> {
  const page = new DOMParser().parseFromString(await (await fetch('/ui/')).text(), 'text/html')
  csrf = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? ''
}

/** What the server must have for a change to be made: this revision, or no draft. */
export const NO_DRAFT = 'none'
export type Expected = number | typeof NO_DRAFT

/** The answer's text; throws ApiProblem. Status 0: there was no answer. */
export async function send(method: string, path: string, body?: string, expected?: Expected, signal?: AbortSignal): Promise<string> {
  const once = () => {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken()
    if (expected === NO_DRAFT) headers['If-None-Match'] = '*'
    else if (expected !== undefined) headers['If-Match'] = `"${expected}"`
    return fetch(path, { method, headers, body, signal })
  }
  let answer: Response
  let text: string
  try {
    answer = await once()
    if (answer.status === 403 && (await answer.clone().text()).includes('"csrf"')) {
      await renewCsrf()
      answer = await once()
    }
    text = await answer.text()
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiProblem({ status: 0, code: 'away', detail: t("The server cannot be reached."), errors: [] })
  }
  if (answer.ok) return text
  throw new ApiProblem(problemOf(answer.status, text))
}

/** Whether the server may have carried out the request although its answer was lost. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof ApiProblem && (error.problem.status === 0 || error.problem.status >= 500)
}

export function isStatus(error: unknown, status: number): error is ApiProblem {
  return error instanceof ApiProblem && error.problem.status === status
}

export const loggedOut = () => t("You are logged out. Log in again in another tab and continue here; nothing is lost.")

function problemOf(status: number, text: string): Problem {
  const plain = { status, code: 'error', detail: t("The server answered %(status)s.", { status: String(status) }), errors: [] }
  if (status === 401) {
    return { ...plain, code: 'logged_out', detail: loggedOut() }
  }
  try {
    return { ...plain, ...(JSON.parse(text) as Problem) }
  } catch {
    return plain
  }
}

export const draftPath = (id: string) => `${menuPath(id)}/draft`
export const menuPath = (id: string) => `/ivr/${encodeURIComponent(id)}`

/** `isDraft`: the menu has a draft, whose sounds count. */
export async function checkMenu(id: string, text: string, isDraft: boolean, signal?: AbortSignal): Promise<Check> {
  const check = async (draft: string) => JSON.parse(await send('POST', `${menuPath(id)}/check?replace=true${draft}`, text, undefined, signal)) as Check
  try {
    return await check(isDraft ? '&draft=true' : '')
  } catch (error) {
    // Somebody else published or discarded it.
    if (isDraft && isStatus(error, 404)) return check('')
    throw error
  }
}

export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await send('GET', path)) as T
}

const TRIES = 10
const TRY_AFTER_MS = 1500

/** The result of the menu's tests on this version; they run automatically after a save. Null: the menu has no tests, or they
 *  take too long. */
export async function testsOf(id: string, version: number): Promise<TestRun | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { items, run } = await readJson<{ items: unknown[]; run: TestRun | null }>(`${menuPath(id)}/tests`)
    if (items.length === 0) return null
    if (run && (run.version ?? 0) >= version) return run
    await new Promise((done) => setTimeout(done, TRY_AFTER_MS))
  }
  return null
}

/** Speak into the draft, which has this revision. */
export async function speak(id: string, { node, at, text, voice }: ToSpeak, revision: Expected): Promise<Spoken> {
  const body = JSON.stringify({ node, at, text, ...(voice && { voice }) })
  return JSON.parse(await send('POST', `${draftPath(id)}/audio`, body, revision)) as Spoken
}

export async function fetchSound(url: string, signal: AbortSignal): Promise<Blob> {
  const answer = await fetch(url, { signal, cache: 'no-cache' })
  if (!answer.ok) throw new Error(t("The prompt cannot be played just now."))
  return answer.blob()
}

export type { JsonFault }
