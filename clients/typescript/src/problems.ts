// What a client throws where Digitree refuses a request.
import type { Fault, Problem } from './generated/types.gen.js'

/**
 * A refused request. `code` is stable and made for programs, `detail` for people; `faults` has one entry for each fault
 * of the request, with a JSON pointer to its place. `code` is empty where the answer is not Digitree's.
 */
export class DigitreeError extends Error {
  override readonly name = 'DigitreeError'
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly faults: Fault[]

  constructor(
    readonly status: number,
    readonly problem: Problem | null,
    readonly retryAfterS: number | null,
  ) {
    super([`${status} ${problem?.code ?? ''}`.trim(), problem?.detail].filter(Boolean).join(': '))
    this.code = problem?.code ?? ''
    this.title = problem?.title ?? ''
    this.detail = problem?.detail ?? ''
    this.faults = problem?.errors ?? []
  }
}

/** The error that an answer of status 400 or more stands for; `body`: what it says. */
export function errorOf(response: Response, body: unknown): DigitreeError {
  return new DigitreeError(response.status, isProblem(body) ? body : null, retryAfterS(response))
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'errors' in body
}

function retryAfterS(response: Response): number | null {
  const text = response.headers.get('retry-after') ?? ''
  return /^[0-9]+$/.test(text) ? Number(text) : null
}
