// Requests sent again after a lost answer, or when Digitree says so.
//
// Every request comes to the same when it is repeated: a POST is given an Idempotency-Key, and the others need none. One
// with If-Match is not repeated after a lost answer: it may have been done, and would then be refused as stale.
import { errorOf, type DigitreeError } from './problems.js'

const KEY = 'Idempotency-Key'
const FROM_A_PROXY = [502, 504]
const TRY_LATER = [429, 503, ...FROM_A_PROXY]
const FIRST_WAIT_S = 0.5
const MOST_WAIT_S = 60

export type Fetch = (request: Request) => Promise<Response>

/** `fetch` with at most so many repeats; an answer that lasts is given as it is. */
export function retrying(fetch: Fetch, retries: number): Fetch {
  return async (request) => {
    const sent = withKey(request)
    for (let attempt = 0; ; attempt++) {
      let wait: number | null
      try {
        const response = await fetch(sent.clone())
        if (response.status < 400) return response
        wait = waitS(sent, attempt, retries, errorOf(response, await bodyOf(response)))
        if (wait === null) return response
      } catch (error) {
        wait = sent.signal.aborted ? null : waitS(sent, attempt, retries, null)
        if (wait === null) throw error
      }
      const ms = wait * 1000
      await new Promise<void>((done) => setTimeout(done, ms))
    }
  }
}

/** How long to wait before the next attempt; null: there is none. `error` null: the answer is lost. */
function waitS(request: Request, attempt: number, retries: number, error: DigitreeError | null): number | null {
  if (attempt >= retries) return null
  const lost = error === null || FROM_A_PROXY.includes(error.status)
  if (lost && request.headers.has('If-Match')) return null
  if (error && !TRY_LATER.includes(error.status) && error.code !== 'still_running') return null
  const asked = error?.retryAfterS ?? null
  if (asked !== null) return asked <= MOST_WAIT_S ? asked : null
  return Math.min(FIRST_WAIT_S * 2 ** attempt, MOST_WAIT_S) * (0.5 + Math.random() / 2)
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.clone().text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function withKey(request: Request): Request {
  if (request.method !== 'POST' || request.headers.has(KEY)) return request
  const headers = new Headers(request.headers)
  headers.set(KEY, crypto.randomUUID())
  return new Request(request, { headers })
}
