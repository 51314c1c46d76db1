// The tree editor: graph, one node, and JSON, all of one ordered document with undo; saved as a new version.

import { ReactFlowProvider } from '@xyflow/react'
import { useCallback, useEffect, useMemo, useReducer, useRef, useState, type KeyboardEvent as ReactKeyboardEvent } from 'react'
import { createRoot } from 'react-dom/client'
import * as api from './api'
import { ConflictDialog, SaveDialog, type Conflict } from './dialogs'
import * as steps from './history'
import { JsonError, parseJson, printJson, type JsonFault } from './json'
import * as model from './model'
import { NodePanel, same } from './panel'
import { freeKey, NEW_KEY } from './rows'
import { Stage } from './stage'
import { TextPane } from './textpane'
import { asDocument } from './view'

interface Loaded {
  doc: model.Doc
  head: api.MenuHead
}

type Act =
  | { do: 'change'; doc: model.Doc; mark?: string }
  | { do: 'undo' }
  | { do: 'redo' }

const CHECK_AFTER_MS = 350
const TABS = { node: 'Node', json: 'JSON', notes: 'Warnings' } as const
type Tab = keyof typeof TABS

function reduce(history: steps.History, act: Act): steps.History {
  if (act.do === 'undo') return steps.undo(history)
  if (act.do === 'redo') return steps.redo(history)
  return steps.commit(history, act.doc, act.mark ?? null)
}

async function load(id: string): Promise<Loaded> {
  const text = await api.send('GET', api.menuPath(id))
  return { doc: asDocument(text), head: JSON.parse(text) as api.MenuHead }
}

/** Makes this element the editor of the menu that its `data-editor` names. */
export async function mountEditor(element: HTMLElement): Promise<void> {
  const id = element.dataset.editor ?? ''
  const root = createRoot(element)
  try {
    const loaded = await load(id)
    const { writes, voices = '[]', agents = '[]', names = '{}' } = element.dataset
    root.render(
      <ReactFlowProvider>
        <Editor id={id} loaded={loaded} writes={writes !== 'no'} voices={JSON.parse(voices)} agents={JSON.parse(agents)} names={JSON.parse(names)} />
      </ReactFlowProvider>,
    )
  } catch (error) {
    root.render(<p role="alert">{(error as Error).message} <button type="button" onClick={() => location.reload()}>Try again</button></p>)
  }
}

interface EditorProps {
  id: string
  loaded: Loaded
  writes: boolean
  voices: { id: string; label: string }[]
  agents: string[]
  /** of keys and users, by their ids */
  names: Record<string, string>
}

function Editor({ id, loaded, writes, voices, agents, names }: EditorProps) {
  const [saved, setSaved] = useState(loaded)
  const [history, act] = useReducer(reduce, loaded.doc, steps.begin)
  const doc = history.present
  const [typed, setTyped] = useState<string | null>(null)
  const [textFault, setTextFault] = useState<JsonFault | null>(null)
  const [selected, setSelected] = useState<string | null>(model.startOf(loaded.doc) ?? null)
  const [tab, setTab] = useState<Tab>('node')
  const [layouts, setLayouts] = useState(0)
  const [check, setCheck] = useState<api.Check | null>(null)
  const [faults, setFaults] = useState<api.Fault[]>([])
  const [trouble, setTrouble] = useState('')
  const [saving, setSaving] = useState<'no' | 'ask' | 'busy'>('no')
  const [saveProblem, setSaveProblem] = useState('')
  const [progress, setProgress] = useState('')
  const [speakToo, setSpeakToo] = useState(true)
  const [speaking, setSpeaking] = useState(false)
  const [conflict, setConflict] = useState<(Conflict & { loaded: Loaded }) | null>(null)
  const [said, setSaid] = useState('')
  const [tests, setTests] = useState<api.TestRun | null>(null)
  const pane = useRef<HTMLDivElement>(null)

  const printed = useMemo(() => printJson(doc), [doc])
  const text = typed ?? printed
  const locked = !writes || textFault !== null
  const dirty = textFault !== null || !model.sameDocument(doc, saved.doc)

  const change = useCallback((next: model.Doc, mark?: string) => {
    act({ do: 'change', doc: next, mark })
    setTyped(null)
  }, [])

  // The server says what is wrong and what is unwise, a moment after each change.
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        setCheck(await api.checkMenu(id, printed, stop.signal))
        setFaults([])
        setTrouble('')
      } catch (error) {
        if (stop.signal.aborted) return
        if (error instanceof api.ApiProblem && error.problem.status === 422) setFaults(error.problem.errors)
        else setTrouble((error as Error).message)
      }
    }, CHECK_AFTER_MS)
    return () => (clearTimeout(timer), stop.abort())
  }, [id, printed, saved])

  useEffect(() => {
    if (!dirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [dirty])

  // A node that is gone is no longer selected; one that was renamed still is.
  useEffect(() => {
    if (selected !== null && !model.nodesOf(doc).has(selected)) setSelected(null)
  }, [doc, selected])

  const warnings = faults.length ? [] : (check?.warnings ?? [])
  const counts = useMemo(() => [countByNode(faults), countByNode(warnings)], [faults, warnings])
  const spoken = useMemo(() => new Map(saved.head.prompts.map((each) => [each.audio, each.text ?? ''])), [saved])
  const textFaults = useMemo(() => {
    if (textFault) return [textFault]
    if (tab !== 'json' || faults.length === 0) return []
    const { places } = parseJson(text)
    return faults.map((fault) => ({ ...model.placeOfPointer(places, fault.pointer), pointer: fault.pointer, message: fault.message }))
  }, [textFault, faults, text, tab])

  const onType = (next: string) => {
    setTyped(next)
    try {
      const read = model.readDocument(next)
      setTextFault(null)
      if (!model.sameDocument(read.doc, doc)) act({ do: 'change', doc: read.doc, mark: 'json' })
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      setTextFault(error.fault)
    }
  }
  const discardText = () => {
    setTyped(null)
    setTextFault(null)
  }
  const travel = (where: 'undo' | 'redo') => {
    discardText()
    act({ do: where })
  }
  const add = (kind: model.Kind) => {
    const grown = model.addNode(doc, kind)
    change(grown.doc)
    setSelected(grown.id)
    setTab('node')
  }
  const onWire = useCallback(
    (source: string, handle: string, target: string | undefined) => {
      const node = model.nodesOf(doc).get(source)
      const key = handle === NEW_KEY ? node && freeKey(node) : handle
      if (key) change(model.wire(doc, source, key, target))
    },
    [doc, change],
  )
  const onRemove = useCallback(
    (gone: string) => {
      change(model.removeNode(doc, gone))
      setSaid(`${gone} removed; Ctrl+Z brings it back`)
    },
    [doc, change],
  )
  const onOpen = useCallback(() => {
    setTab('node')
    requestAnimationFrame(() => pane.current?.querySelector<HTMLElement>('input, textarea, select')?.focus())
  }, [])

  const backToNode = (event: ReactKeyboardEvent) => {
    if (event.key !== 'Escape' || selected === null) return
    document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(selected)}"]`)?.focus()
  }

  const speakable = useMemo(() => nodesToSpeak(doc, saved.head.prompts), [doc, saved])

  const adopt = (fresh: Loaded) => {
    setSaved(fresh)
    change(fresh.doc)
  }
  // A tab of its own, which starts with a copy of this tab's session storage: nothing here is lost by a call.
  const callDraft = () => {
    sessionStorage.setItem(`digitree-draft-${id}`, printed)
    window.open(`/ui/menus/${id}/call?draft=1`, '_blank')
  }
  const askToSave = async () => {
    setSaveProblem('')
    setProgress('')
    try {
      setCheck(await api.checkMenu(id, printed))
      setFaults([])
      setSaving('ask')
    } catch (error) {
      if (error instanceof api.ApiProblem && error.problem.status === 422) {
        setFaults(error.problem.errors)
        setTab('notes')
        setSaid('This menu cannot be saved yet: see what is wrong')
      } else {
        setTrouble((error as Error).message)
      }
    }
  }
  const save = async () => {
    setSaving('busy')
    setSaveProblem('')
    setProgress('Saving…')
    try {
      await api.send('PUT', api.menuPath(id), printed, saved.head.version)
      const todo = speakToo ? speakable : []
      for (const [index, name] of todo.entries()) {
        setProgress(`Speaking ${name}, ${index + 1} of ${todo.length}…`)
        const node = model.nodesOf(doc).get(name)!
        await api.speak(id, name, model.textOf(node, 'text'), model.textOf(node, 'voice'))
      }
      const fresh = await load(id)
      adopt(fresh)
      setSaving('no')
      setSaid(`Version ${fresh.head.version} is saved${fresh.head.status === 'live' ? ' and live' : ''}`)
      setTests(null)
      api.testsOf(id, fresh.head.version).then(setTests, () => {})
    } catch (error) {
      setProgress('')
      if (error instanceof api.ApiProblem && error.problem.status === 412) {
        setSaving('no')
        await tellConflict()
        return
      }
      setSaveProblem((error as Error).message)
      setSaving('ask')
      // What was saved before a prompt failed to be spoken is saved.
      await load(id).then((fresh) => model.sameDocument(fresh.doc, doc) && setSaved(fresh), () => {})
    }
  }
  const tellConflict = async () => {
    try {
      const fresh = await load(id)
      const { version } = fresh.head
      const path = `${api.menuPath(id)}/versions`
      const [one, theirs] = await Promise.all([
        api.readJson<{ actor: string; created_at: string }>(`${path}/${version}`),
        api.readJson<api.Diff>(`${path}/${saved.head.version}/diff/${version}`),
      ])
      const { conflicts } = model.mergeDocuments(saved.doc, doc, fresh.doc)
      setConflict({ version, actor: names[one.actor] ?? one.actor, at: one.created_at, theirs, conflicts, loaded: fresh })
    } catch (error) {
      setTrouble((error as Error).message)
    }
  }
  const settle = (how: 'merge' | 'mine' | 'theirs') => {
    if (!conflict) return
    const fresh = conflict.loaded
    if (how === 'theirs') change(fresh.doc)
    if (how === 'merge') change(model.mergeDocuments(saved.doc, doc, fresh.doc).doc)
    setSaved(fresh)
    setConflict(null)
    if (how !== 'theirs') setSaid('Look it over, then save')
  }
  const speakOne = async (name: string) => {
    const node = model.nodesOf(doc).get(name)!
    const prompt = saved.head.prompts.find((each) => each.audio === model.textOf(node, 'audio'))
    setSpeaking(true)
    try {
      const words = model.textOf(node, 'text') || prompt?.text || ''
      const spoken = await api.speak(id, name, words, model.textOf(node, 'voice') || prompt?.voice || '')
      adopt(await load(id))
      setSaid(`Spoken: ${spoken.duration_seconds.toFixed(1)} s, $${spoken.cost_usd}`)
    } catch (error) {
      setTrouble((error as Error).message)
    } finally {
      setSpeaking(false)
    }
  }

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return
      const key = event.key.toLowerCase()
      const inText = (event.target as Element).matches?.('.ed-text textarea')
      if (key === 's') {
        event.preventDefault()
        if (dirty && writes && !textFault) void askToSave()
      } else if ((key === 'z' || key === 'y') && !inText) {
        event.preventDefault()
        travel(key === 'y' || event.shiftKey ? 'redo' : 'undo')
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })

  const node = selected === null ? undefined : model.nodesOf(doc).get(selected)
  const notes = [
    ...faults.map((each) => ({ ...each, fault: true })),
    ...warnings.map((each) => ({ ...each, fault: false })),
  ]
  const replaced = check !== null && check.version > saved.head.version && saving === 'no'

  return (
    <div className="digitree-editor">
      <div className="ed-bar">
        <input className="ed-grow" aria-label="The menu's name" maxLength={200} value={model.nameOf(doc)} disabled={locked} onChange={(event) => change(model.setName(doc, event.target.value), 'name')} />
        <button type="button" className="small" disabled={locked} onClick={() => add('question')}>+ Question</button>
        <button type="button" className="small" disabled={locked} onClick={() => add('transfer')}>+ Hand-off</button>
        <button type="button" className="small" disabled={locked} onClick={() => add('hangup')}>+ Hang up</button>
        <button type="button" className="small" disabled={locked} onClick={() => add('suppress')}>+ Opt-out</button>
        <button type="button" className="small" disabled={history.past.length === 0} title="Ctrl+Z" onClick={() => travel('undo')}>Undo</button>
        <button type="button" className="small" disabled={history.future.length === 0} title="Ctrl+Shift+Z" onClick={() => travel('redo')}>Redo</button>
        <button type="button" className="small" onClick={() => setLayouts(layouts + 1)}>Lay out</button>
        <span className="ed-state">{dirty ? 'Not saved' : ''}</span>
        {writes && <button type="button" className="small" disabled={textFault !== null} title="Calls this menu as it is here, saved or not" onClick={callDraft}>Call it</button>}
        <button type="button" className="primary small" disabled={!writes || !dirty || textFault !== null} title="Ctrl+S" onClick={() => void askToSave()}>Save…</button>
      </div>
      <div className="unseen" role="status">{said}</div>
      {replaced && (
        <div className="ed-banner" role="alert">Version {check.version} was saved by somebody else while you are editing.{' '}
          <button type="button" onClick={() => void tellConflict()}>See what they changed</button></div>
      )}
      {textFault && (
        <div className="ed-banner fault" role="alert">The JSON cannot be read (line {textFault.line}): the graph waits until it can.{' '}
          <button type="button" onClick={() => setTab('json')}>Show it</button></div>
      )}
      {tests && (
        <div className={`ed-banner ${tests.failed ? 'fault' : 'good'}`} role="status">
          {tests.failed ? `${tests.failed} of this menu's ${tests.passed + tests.failed} tests fail now.` : `All ${tests.passed} tests of this menu pass.`}{' '}
          <a href={`/ui/menus/${id}/tests`}>Tests</a> <button type="button" className="small" onClick={() => setTests(null)}>Close</button>
        </div>
      )}
      {trouble && <div className="ed-banner fault" role="alert">{trouble} <button type="button" onClick={() => setTrouble('')}>Close</button></div>}
      <div className="ed-work">
        <div className="ed-stage">
          <Stage doc={doc} faults={counts[0]} warnings={counts[1]} spoken={spoken} selected={selected} locked={locked} layouts={layouts} onSelect={setSelected} onWire={onWire} onRemove={onRemove} onOpen={onOpen} />
        </div>
        <div className="ed-side">
          <div className="ed-tabs" role="tablist" aria-label="Beside the graph">
            {(Object.keys(TABS) as Tab[]).map((name) => (
              <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="editor-pane" onClick={() => setTab(name)}>
                {TABS[name]}{name === 'notes' && notes.length > 0 ? ` (${notes.length})` : ''}
              </button>
            ))}
          </div>
          <div className="ed-pane" id="editor-pane" role="tabpanel" aria-labelledby={`tab-${tab}`} ref={pane} onKeyDown={backToNode}>
            {tab === 'json' && <TextPane text={text} faults={textFaults} onType={onType} onDiscard={textFault ? discardText : null} />}
            {tab === 'notes' && (
              <>
                {notes.length === 0 && <p className="ed-empty">Nothing to say against this menu.</p>}
                <ul className="ed-notes">
                  {notes.map((each) => (
                    <li key={each.pointer + each.code} className={each.fault ? 'fault' : ''}>
                      {each.node && model.nodesOf(doc).has(each.node) ? (
                        <button type="button" onClick={() => (setSelected(each.node), setTab('node'))}>{each.node}</button>
                      ) : (
                        <code>{each.pointer}</code>
                      )}: {each.message}
                    </li>
                  ))}
                </ul>
              </>
            )}
            {tab === 'node' && (node === undefined || selected === null ? (
              <p className="ed-empty">Choose a node of the graph to edit it. Drag from the dot of a key to the node that it shall lead to.</p>
            ) : (
              <fieldset disabled={locked} className="ed-plain">
                <NodePanel
                  doc={doc}
                  id={selected}
                  node={node}
                  notes={notes.filter((each) => each.node === selected)}
                  prompts={saved.head.prompts}
                  voices={voices}
                  agents={agents}
                  saved={!dirty && model.nodesOf(saved.doc).has(selected)}
                  speaking={speaking}
                  onField={(field, value) => change(model.setField(doc, selected, field, value), `${selected}/${field}`)}
                  onWire={(handle, target) => onWire(selected, handle, target)}
                  onGrow={(handle, kind) => {
                    const grown = model.addNode(doc, kind)
                    change(model.wire(grown.doc, selected, handle, grown.id))
                    setSelected(grown.id)
                  }}
                  onRename={(wanted) => {
                    change(model.renameNode(doc, selected, wanted))
                    setSelected(wanted)
                  }}
                  onKind={(kind) => change(model.setKind(doc, selected, kind))}
                  onStart={() => change(model.setStart(doc, selected))}
                  onRemove={() => onRemove(selected)}
                  onSpeak={() => void speakOne(selected)}
                />
              </fieldset>
            ))}
          </div>
        </div>
      </div>
      {saving !== 'no' && check && (
        <SaveDialog check={check} speakable={speakable} speak={speakToo} saving={saving === 'busy' ? progress || 'Saving…' : ''} problem={saveProblem} onSpeak={setSpeakToo} onSave={() => void save()} onClose={() => setSaving('no')} />
      )}
      {conflict && (
        <ConflictDialog conflict={conflict} onMerge={() => settle('merge')} onMine={() => settle('mine')} onTheirs={() => settle('theirs')} onClose={() => setConflict(null)} />
      )}
    </div>
  )
}

function countByNode(faults: api.Fault[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const fault of faults) if (fault.node) counts.set(fault.node, (counts.get(fault.node) ?? 0) + 1)
  return counts
}

/** The nodes whose own words are not what their file says. */
function nodesToSpeak(doc: model.Doc, prompts: api.PromptState[]): string[] {
  return [...model.nodesOf(doc)].flatMap(([id, node]) => {
    const text = model.textOf(node, 'text')
    const prompt = prompts.find((each) => each.audio === model.textOf(node, 'audio'))
    const spoken = prompt?.state === 'ready' && (prompt.source !== 'tts' || same(text, prompt.text ?? ''))
    return text.trim() && !spoken ? [id] : []
  })
}
