// Saving while the author continues typing, over a connection that may lose answers: what was sent and may have been stored is
// remembered and looked for among the versions before a conflict is reported.

import { useEffect, useRef, useState } from 'react'
import * as api from './api'
import { printJson } from './json'
import { load, loadVersion, asLoaded, type Loaded } from './loaded'
import * as model from './model'
import { slotsOf, voiceOf, type ToSpeak } from './said'
import { asDocument } from './view'
import { formatNumber, t } from './translate'

/** What was sent to be stored. `speaking`: the nodes whose prompts were to be spoken. */
interface Sent {
  doc: model.Doc
  speaking: string[]
}

export interface Theirs {
  loaded: Loaded
  actor: string
  at: string
  diff: api.Diff
}

export interface SavingOptions {
  id: string
  doc: model.Doc
  printed: string
  saved: Loaded
  /** the newest version that the server has reported */
  latest: number
  /** the server's last answer about the menu: another one is another chance to find a lost save */
  asked: unknown
  /** what is to be spoken with the next save */
  speakable: ToSpeak[]
  /** the names of API keys and users by id */
  names: Record<string, string>
  /** `sent` was stored as `fresh` */
  onStored: (fresh: Loaded, sent: model.Doc) => void
  onSaved: (version: number) => void
  say: (text: string) => void
  tell: (trouble: string) => void
  refresh: () => void
}

export interface Saving {
  asking: boolean
  busy: boolean
  /** the progress of a save, or an empty text */
  progress: string
  problem: string
  /** an answer was lost: it is not known yet whether the last save was stored */
  unsure: boolean
  theirs: Theirs | null
  open: () => void
  close: () => void
  save: (speak: boolean) => Promise<void>
  speakOne: (what: ToSpeak) => Promise<void>
  compare: () => Promise<void>
  endCompare: () => void
}

const MOST_VERSIONS = 10
const ASK_AGAIN_MS = 2000

export function useSaving(options: SavingOptions): Saving {
  const { id, doc, printed, saved, latest, names, onStored } = options
  const [asking, setAsking] = useState(false)
  const [progress, setProgress] = useState('')
  const [problem, setProblem] = useState('')
  const [unsure, setUnsure] = useState<Sent[]>([])
  const [theirs, setTheirs] = useState<Theirs | null>(null)
  const isOpen = useRef(false)
  const busy = progress !== ''

  const show = (open: boolean) => {
    isOpen.current = open
    setAsking(open)
  }
  const open = () => {
    setProblem('')
    show(true)
  }
  const stored = (fresh: Loaded, sent: model.Doc) => {
    setUnsure([])
    onStored(fresh, sent)
  }
  const finish = (fresh: Loaded) => {
    show(false)
    const { version, status } = fresh.head
    options.say(status === 'live' ? t("Version %(version)s is saved and live", { version: String(version) }) : t("Version %(version)s is saved", { version: String(version) }))
    options.onSaved(version)
  }
  const refuse = (message: string) => {
    if (isOpen.current) setProblem(message)
    else options.tell(message)
  }

  /** The newest version after `base` that is one of these, or null. */
  const findStored = async (base: Loaded, sent: Sent[]): Promise<{ own: Loaded; sent: Sent; fresh: Loaded } | null> => {
    const fresh = await load(id)
    const { version } = fresh.head
    for (let at = version; at > Math.max(base.head.version, version - MOST_VERSIONS); at -= 1) {
      const own = at === version ? fresh : await loadVersion(id, at, base)
      const found = sent.find((each) => model.isSent(each.doc, each.speaking, own.doc))
      if (found) return { own, sent: found, fresh }
    }
    return null
  }

  const compareWith = async (base: Loaded) => {
    const fresh = await load(id)
    const { version } = fresh.head
    const path = `${api.menuPath(id)}/versions`
    const [one, diff] = await Promise.all([
      api.readJson<{ actor: string; created_at: string }>(`${path}/${version}`),
      api.readJson<api.Diff>(`${path}/${base.head.version}/diff/${version}`),
    ])
    setTheirs({ loaded: fresh, actor: names[one.actor] ?? one.actor, at: one.created_at, diff })
  }
  const compare = () => compareWith(saved).catch((error: Error) => options.tell(error.message))

  /** Run the steps of one save, which record in `step` what they send and what was stored. */
  const run = async (steps: (step: Steps) => Promise<Loaded | null>) => {
    const step: Steps = { base: saved, sent: null }
    try {
      const fresh = await steps(step)
      if (fresh) finish(fresh)
    } catch (error) {
      if (step.sent && api.mayBeDone(error)) {
        const all = [...unsure, step.sent]
        setUnsure(all)
        const found = await findStored(step.base, all).catch(() => null)
        if (found) {
          stored(found.own, found.sent.doc)
          finish(found.own)
          return
        }
      }
      refuse((error as Error).message)
    } finally {
      setProgress('')
    }
  }

  const put = async (step: Steps, mine: model.Doc): Promise<Loaded> => {
    step.sent = { doc: mine, speaking: [] }
    const fresh = asLoaded(await api.send('PUT', api.menuPath(id), printJson(mine), step.base.head.version))
    stored(fresh, mine)
    return taken(step, fresh)
  }
  const speak = async (step: Steps, what: ToSpeak): Promise<api.Spoken> => {
    const { doc: before } = step.base
    step.sent = { doc: before, speaking: [what.node] }
    const spoken = await api.speak(id, what)
    const fresh = await load(id)
    stored(fresh, before)
    taken(step, fresh)
    return spoken
  }

  /** Null when somebody else saved in between: the author decides. */
  const putAll = async (step: Steps): Promise<Loaded | null> => {
    const mine = asDocument(printed)
    try {
      return await put(step, mine)
    } catch (error) {
      if (!api.isStatus(error, 412)) throw error
      step.sent = null
      const found = await findStored(saved, [{ doc: mine, speaking: [] }, ...unsure])
      if (found) {
        stored(found.own, found.sent.doc)
        taken(step, found.own)
      }
      const rest = found && model.rebase(found.sent.doc, mine, found.own.doc)
      if (found && rest && model.sameDocument(rest, found.own.doc)) return found.own
      if (found && rest && found.own === found.fresh) return put(step, rest)
      const wasOpen = isOpen.current
      show(false)
      if (wasOpen) await compareWith(step.base)
      else options.refresh()
      return null
    }
  }

  const save = async (speakToo: boolean) => {
    setProblem('')
    setProgress(t("Saving…"))
    await run(async (step) => {
      const todo = speakToo ? options.speakable : []
      if (!(await putAll(step))) return null
      for (const [index, { node: name, at }] of todo.entries()) {
        setProgress(t("Speaking %(n)s of %(all)s: %(node)s", { n: index + 1, all: todo.length, node: name }))
        const node = model.nodesOf(step.base.doc).get(name)
        const slot = node && slotsOf(node).find((each) => each.at === at)
        if (node && slot?.text) await speak(step, { node: name, at, text: slot.text, voice: voiceOf(node, slot.language) })
      }
      return step.base
    })
  }
  const speakOne = async (what: ToSpeak) => {
    setProgress(t("Speaking…"))
    await run(async (step) => {
      const spoken = await speak(step, what)
      options.say(t("Spoken: %(seconds)s s, $%(cost)s", { seconds: formatNumber(spoken.duration_seconds, 1), cost: String(spoken.cost_usd) }))
      return null
    })
  }

  // One unanswered question must not leave the author in doubt for good.
  const { refresh } = options
  useEffect(() => {
    if (busy || unsure.length === 0) return
    const timer = setInterval(refresh, ASK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [busy, unsure, refresh])

  // The server answers again and has a newer version: what was sent, or somebody else's.
  useEffect(() => {
    if (busy || unsure.length === 0 || latest <= saved.head.version) return
    findStored(saved, unsure).then(
      (found) => {
        setUnsure([])
        if (!found) return
        onStored(found.own, found.sent.doc)
        if (model.sameDocument(found.own.doc, model.rebase(found.sent.doc, doc, found.own.doc))) finish(found.own)
      },
      () => {},
    )
  }, [busy, unsure, latest, saved, options.asked])

  return {
    asking,
    busy,
    progress,
    problem,
    unsure: unsure.length > 0,
    theirs,
    open,
    close: () => show(false),
    save,
    speakOne,
    compare,
    endCompare: () => setTheirs(null),
  }
}

/** The state of a save: what is stored so far, and what was sent last. */
interface Steps {
  base: Loaded
  sent: Sent | null
}

function taken(step: Steps, fresh: Loaded): Loaded {
  step.base = fresh
  step.sent = null
  return fresh
}
