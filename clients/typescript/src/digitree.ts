// The client: one object for one Digitree, with the operations of the API in groups.
import { createClient, createConfig } from './generated/client/index.js'
import { Api } from './generated/sdk.gen.js'
import { errorOf } from './problems.js'
import { retrying, type Fetch } from './retries.js'

// Speaking a long text may take that long.
const TIMEOUT_S = 180

export interface DigitreeOptions {
  /** How often a request is sent again after a lost answer or a 429 or 503; 0: never. */
  retries?: number
  /** How many seconds one attempt may take. */
  timeoutS?: number
  /** In place of the global `fetch`. */
  fetch?: Fetch
}

/** `url`: where Digitree answers, such as https://ivr.example.com; `key`: an API key. Refusals are a DigitreeError. */
export class Digitree extends Api {
  constructor(url: string, key: string, { retries = 3, timeoutS = TIMEOUT_S, fetch }: DigitreeOptions = {}) {
    const send = fetch ?? ((request: Request) => globalThis.fetch(request))
    const bounded: Fetch = (request) =>
      send(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutS * 1000)]) }))
    const client = createClient(
      createConfig({
        baseUrl: url.replace(/\/+$/, ''),
        auth: key,
        throwOnError: true,
        fetch: ((request: Request) => retrying(bounded, retries)(request)) as typeof globalThis.fetch,
      }),
    )
    client.interceptors.error.use((error, response) => (response ? errorOf(response, error) : error))
    super({ client })
  }
}
