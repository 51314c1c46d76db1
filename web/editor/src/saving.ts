// Saving the draft, speaking into it and publishing it while the author continues typing, over a connection that may lose
// answers: what was sent and may have been stored is remembered and looked for before a conflict is reported.

import { useEffect, useRef, useState } from 'react'
import * as api from './api'
import { diffDocuments } from './differences'
import { printJson } from './json'
import { asLoaded, load, loadMenu, loadVersion, type Loaded } from './loaded'
import * as model from './model'
import { worded } from './problems'
import type { ToSpeak } from './said'
import { formatNumber, t } from './translate'
import { asDocument } from './view'

/** What was sent to be stored. `speaking`: the nodes whose prompts were to be spoken. */
interface Sent {
  doc: model.Doc
  speaking: string[]
}

/** What somebody else did meanwhile. */
export interface Theirs {
  /** from where both began */
  base: model.Doc
  loaded: Loaded
  /** they published a version after the one that the draft is based on; the draft itself is as it was */
  published: boolean
  actor: string
  at: string
  diff: api.Diff
}

export interface SavingOptions {
  id: string
  printed: string
  dirty: boolean
  saved: Loaded
  /** the names of API keys and users by id */
  names: Record<string, string>
  /** `sent` was stored as `fresh` */
  onStored: (fresh: Loaded, sent: model.Doc) => void
  onPublished: (fresh: Loaded) => void
  /** the server refused the document */
  onFaults: (faults: api.Fault[]) => void
  say: (text: string) => void
  tell: (trouble: string) => void
}

export interface Saving {
  /** whether the dialog before publishing is open */
  asking: boolean
  busy: boolean
  /** what is being done, or an empty text */
  progress: string
  problem: string
  /** an answer was lost: it is not known yet whether the last change was stored */
  unsure: boolean
  theirs: Theirs | null
  ask: () => void
  close: () => void
  save: () => Promise<boolean>
  publish: (speak: boolean) => Promise<void>
  /** resolves to whether it was spoken */
  speakOne: (what: ToSpeak) => Promise<boolean>
  discard: () => Promise<void>
  compare: () => Promise<void>
  endCompare: () => void
}

const ASK_AGAIN_MS = 2000
const MOST_TRIES = 3

/** Somebody else's document stands where ours should go. */
class Replaced extends Error {
  readonly fresh: Loaded

  constructor(fresh: Loaded) {
    super(t("Somebody else changed the draft."))
    this.fresh = fresh
  }
}

export function useSaving(options: SavingOptions): Saving {
  const { id, printed, dirty, saved, names } = options
  const [asking, setAsking] = useState(false)
  const [progress, setProgress] = useState('')
  const [problem, setProblem] = useState('')
  const [unsure, setUnsure] = useState(false)
  const [theirs, setTheirs] = useState<Theirs | null>(null)
  const isOpen = useRef(false)
  const lost = useRef<Sent[]>([])
  const publishing = useRef<Sent | null>(null)
  // What the server has, also within one run of steps.
  const base = useRef(saved)
  base.current = saved
  const running = useRef(false)
  const busy = progress !== ''

  const show = (open: boolean) => {
    isOpen.current = open
    setAsking(open)
  }
  const stored = (fresh: Loaded, sent: model.Doc) => {
    lost.current = []
    publishing.current = null
    setUnsure(false)
    base.current = fresh
    options.onStored(fresh, sent)
  }
  const finish = (fresh: Loaded) => {
    show(false)
    options.say(t("Version %(version)s is published", { version: String(fresh.head.version) }))
    options.onPublished(fresh)
  }
  const refuse = (error: unknown) => {
    const faults = api.isStatus(error, 422) ? error.problem.errors : []
    const doc = asDocument(printed)
    const details = worded(doc, faults).map((each) => (each.node ? `${model.titleOf(doc, each.node)}: ${each.message}` : each.message))
    const message = details.join(' ') || (error as Error).message
    if (isOpen.current) return setProblem(message)
    if (faults.length) options.onFaults(faults)
    else options.tell(message)
  }

  /** What `fresh` is of all that was sent, or undefined. */
  const findSent = (fresh: Loaded) => lost.current.find((each) => model.isSent(each.doc, each.speaking, fresh.doc))

  /** Look for what was sent; true: it was stored. */
  const look = async (): Promise<boolean> => {
    const fresh = await load(id)
    const { revision, head } = base.current
    const wanted = publishing.current
    if (wanted && fresh.revision === api.NO_DRAFT && fresh.head.version > head.version && model.isSent(wanted.doc, wanted.speaking, fresh.doc)) {
      stored(fresh, wanted.doc)
      finish(fresh)
      return true
    }
    const found = fresh.revision === revision ? undefined : findSent(fresh)
    setUnsure(false)
    setProblem('')
    if (!found) return false
    stored(fresh, found.doc)
    // A draft that is still there was not published.
    return wanted === null
  }

  const compareWith = async (fresh: Loaded) => {
    const behind = fresh.head.behind === true && fresh.revision === base.current.revision
    const loaded = behind ? await loadMenu(id) : fresh
    // What they changed may stand on top of something whose answer was lost.
    const own = [...lost.current].reverse().find(({ doc }) => model.sameDocument(model.mergeDocuments(base.current.doc, doc, fresh.doc).doc, fresh.doc))
    const from = behind ? await loadVersion(id, fresh.basedOn) : (own?.doc ?? base.current.doc)
    const { version, actor: drafter, updated_at } = loaded.head
    const by = drafter === undefined ? await api.readJson<{ actor: string; created_at: string }>(`${api.menuPath(id)}/versions/${version}`) : { actor: drafter, created_at: updated_at }
    setTheirs({ base: from, loaded, published: behind, actor: names[by.actor] ?? by.actor, at: by.created_at, diff: diffDocuments(from, loaded.doc) })
  }
  const compare = () => load(id).then(compareWith).catch((error: Error) => options.tell(error.message))

  /** Do one thing at a time; true: it was done. */
  const run = async (doing: string, steps: () => Promise<void>): Promise<boolean> => {
    setProblem('')
    setProgress(doing)
    running.current = true
    try {
      await steps()
      return true
    } catch (error) {
      if (error instanceof Replaced) {
        show(false)
        await compareWith(error.fresh).catch((trouble: Error) => options.tell(trouble.message))
        return false
      }
      if (api.mayBeDone(error)) {
        setUnsure(true)
        const done = await look().catch(() => null)
        if (done) return true
        // The editor says that it asks again.
        if (done === null && !isOpen.current) return false
      }
      refuse(error)
      return false
    } finally {
      running.current = false
      setProgress('')
    }
  }

  /** Send `sent` on top of what the server has. Whatever else was stored meanwhile, if it changes no words, is no conflict. */
  const send = async <T,>(sent: Sent, request: (on: Loaded) => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      lost.current.push({ ...sent })
      try {
        return await request(base.current)
      } catch (error) {
        if (!api.mayBeDone(error)) lost.current.pop()
        if (!api.isStatus(error, 412) && !api.isStatus(error, 404)) throw error
        const fresh = await load(id)
        if (api.isStatus(error, 412) && error.problem.code === 'version_replaced') throw new Replaced(fresh)
        const found = findSent(fresh)
        const before = found?.doc ?? base.current.doc
        if (tries >= MOST_TRIES || (!found && !model.sameDocument(fresh.doc, before))) throw new Replaced(fresh)
        stored(fresh, before)
        if (found) sent.doc = model.rebase(found.doc, sent.doc, fresh.doc)
      }
    }
  }

  const put = async () => {
    const sent: Sent = { doc: asDocument(printed), speaking: [] }
    try {
      const text = await send(sent, (on) => api.send('PUT', `${api.draftPath(id)}?based_on=${on.basedOn}`, printJson(sent.doc), on.revision))
      stored(asLoaded(text), sent.doc)
    } catch (error) {
      if (!api.mayBeDone(error) || !(await look().catch(() => false))) throw error
    }
  }
  const putIfNeeded = async () => {
    if (dirty || base.current.moved || base.current.revision === api.NO_DRAFT) await put()
  }

  const save = () => run(t("Saving…"), put)

  const publish = async (speak: boolean) => {
    await run(speak ? t("Speaking and publishing…") : t("Publishing…"), async () => {
      await putIfNeeded()
      const { doc } = base.current
      const sent: Sent = { doc, speaking: speak ? [...model.nodesOf(doc).keys()] : [] }
      publishing.current = sent
      let fresh: Loaded
      try {
        // Without a draft: somebody else has published just this.
        fresh = await send(sent, async (on) => (on.revision === api.NO_DRAFT ? on : asLoaded(await api.send('POST', `${api.draftPath(id)}/publish?speak=${speak}`, undefined, on.revision))))
      } catch (error) {
        if (!api.mayBeDone(error)) publishing.current = null
        throw error
      }
      stored(fresh, doc)
      finish(fresh)
    })
  }

  const speakOne = (what: ToSpeak) =>
    run(t("Speaking…"), async () => {
      await putIfNeeded()
      const { doc } = base.current
      const spoken = await send({ doc, speaking: [what.node] }, (on) => api.speak(id, what, on.revision))
      stored(await load(id), doc)
      options.say(t("Spoken: %(seconds)s s, $%(cost)s", { seconds: formatNumber(spoken.duration_seconds, 1), cost: String(spoken.cost_usd) }))
    })

  const discard = async () => {
    await run(t("Discarding…"), async () => {
      const { revision } = base.current
      if (revision !== api.NO_DRAFT) await api.send('DELETE', api.draftPath(id), undefined, revision)
      const fresh = await load(id)
      lost.current = []
      // Whatever was typed goes, too; undo has it.
      stored(fresh, asDocument(printed))
      options.say(t("The draft is discarded"))
    })
  }

  // One unanswered question must not leave the author in doubt for good.
  useEffect(() => {
    if (busy || !unsure) return
    const again = () => running.current || void look().catch(() => {})
    const timer = setInterval(again, ASK_AGAIN_MS)
    window.addEventListener('online', again)
    return () => (clearInterval(timer), window.removeEventListener('online', again))
  })

  return {
    ...{ asking, busy, progress, problem, unsure, theirs },
    ...{ save, publish, speakOne, discard, compare },
    ask: () => (setProblem(''), show(true)),
    close: () => show(false),
    endCompare: () => setTheirs(null),
  }
}
