// The menu editor: graph, node and JSON as views of one ordered document with undo, saved as a new version.

import { ReactFlowProvider } from '@xyflow/react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState, type KeyboardEvent as ReactKeyboardEvent } from 'react'
import { createRoot } from 'react-dom/client'
import * as api from './api'
import { Banners, Bar } from './bar'
import { BroughtList, BroughtNotes, readBrought, type Brought } from './brought'
import { countByNode, useChecks } from './checking'
import { ConflictDialog, DiscardDialog, PublishDialog } from './dialogs'
import * as steps from './history'
import { parseJson, printJson } from './json'
import type { Kind } from './kinds'
import { load, type Loaded } from './loaded'
import * as model from './model'
import { NotesPane } from './notes'
import { NodeNotes, NodePanel } from './panel'
import { isEmptiness, worded } from './problems'
import { textsToSpeak } from './prompt'
import { samePlaces, usePlaces } from './places'
import { RemovalDialog, RemovedNote } from './removal'
import { useSaving } from './saving'
import { useSheet } from './sheet'
import { Stage } from './stage'
import { StateLine } from './state'
import { TextPane } from './textpane'
import { useUnsaved } from './unsaved'
import { useTyping } from './typing'
import { languagesAt, moveLanguage, withLanguage, withoutLanguage, type Voice } from './languages'
import { languagesOf, voiceOf, type Slot } from './said'
import { t } from './translate'

type Act =
  | { do: 'change'; doc: model.Doc; mark?: string }
  | { do: 'settle'; sent: model.Doc; stored: model.Doc }
  | { do: 'move'; before: steps.Places; after: steps.Places }
  | { do: 'stand'; places: steps.Places }
  | { do: 'undo' }
  | { do: 'redo' }

const TABS = { node: () => t("Node"), json: () => 'JSON', notes: () => t("Warnings") } as const
type Tab = keyof typeof TABS

function reduce(history: steps.History, act: Act): steps.History {
  if (act.do === 'undo') return steps.undo(history)
  if (act.do === 'redo') return steps.redo(history)
  if (act.do === 'settle') return steps.settle(history, act.sent, act.stored)
  if (act.do === 'move') return steps.move(history, act.before, act.after)
  if (act.do === 'stand') return steps.stand(history, act.places)
  return steps.commit(history, act.doc, act.mark ?? null)
}

/** Turn this element into the editor of the menu named by its `data-editor`. */
export async function mountEditor(element: HTMLElement): Promise<void> {
  const id = element.dataset.editor ?? ''
  const root = createRoot(element)
  try {
    const loaded = await load(id)
    const { writes, voices = '[]', agents = '[]', services = '[]', channels = '[]', names = '{}', places = '{}', brought } = element.dataset
    root.render(
      <ReactFlowProvider>
        <Editor
          id={id}
          loaded={loaded}
          user={element.dataset.user ?? ''}
          writes={writes !== 'no'}
          voices={JSON.parse(voices)}
          agents={JSON.parse(agents)}
          services={JSON.parse(services)}
          channels={JSON.parse(channels)}
          names={JSON.parse(names)}
          places={new Map(Object.entries(JSON.parse(places)))}
          brought={readBrought(brought)}
        />
      </ReactFlowProvider>,
    )
  } catch (error) {
    root.render(<p role="alert">{(error as Error).message} <button type="button" onClick={() => location.reload()}>{t("Try again")}</button></p>)
  }
}

function openAdd(): void {
  const add = document.querySelector<HTMLSelectElement>('.ed-add')
  add?.focus()
  add?.showPicker?.()
}

interface EditorProps {
  id: string
  loaded: Loaded
  /** the id of who is logged in */
  user: string
  writes: boolean
  voices: Voice[]
  agents: string[]
  services: string[]
  /** as nodes name them, such as mail:office */
  channels: string[]
  /** the names of API keys and users by id */
  names: Record<string, string>
  places: steps.Places
  brought: Brought
}

function Editor({ id, loaded, user, writes, voices, agents, services, channels, names, places, brought }: EditorProps) {
  const [saved, setSaved] = useState(loaded)
  const [history, act] = useReducer(reduce, null, () => steps.begin(loaded.doc, places))
  const doc = history.present
  const [selected, setSelected] = useState<string | null>(model.startOf(loaded.doc) ?? null)
  const [tab, setTab] = useState<Tab>('node')
  const [removing, setRemoving] = useState<string | null>(null)
  const [discarding, setDiscarding] = useState(false)
  /** what was removed last, and the document then */
  const [removed, setRemoved] = useState<{ title: string; left: model.Doc } | null>(null)
  const [speakToo, setSpeakToo] = useState(true)
  /** a new node that its author has not left yet: what it lacks is no fault of theirs */
  const [fresh, setFresh] = useState<string | null>(null)
  /** the panel was asked for the last time, for a new node or not */
  const [entered, setEntered] = useState<{ isNew: boolean } | null>(null)
  const [opened, setOpened] = useState(0)
  const [wanted, setWanted] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const [published, setPublished] = useState<Date | null>(null)
  const [foreign, setForeign] = useState(false)
  const [played, setPlayed] = useState<string | null>(null)
  const [tests, setTests] = useState<api.TestRun | null>(null)
  const pane = useRef<HTMLDivElement>(null)
  const standing = useRef<steps.Places>(steps.LAID_OUT)
  const sheet = useSheet()
  usePlaces(id, history.places, writes)

  const printed = useMemo(() => printJson(doc), [doc])
  const change = useCallback((next: model.Doc, mark?: string) => act({ do: 'change', doc: next, mark }), [])
  const typing = useTyping(doc, printed, (next) => change(next, 'json'))
  const locked = !writes || typing.fault !== null
  const dirty = typing.fault !== null || !model.sameDocument(doc, saved.doc)
  const checks = useChecks(id, printed, saved)
  const faults = useMemo(() => worded(doc, checks.faults), [doc, checks.faults])
  const warnings = useMemo(() => worded(doc, checks.warnings), [doc, checks.warnings])
  const check = checks.check && { ...checks.check, warnings }
  const speakable = useMemo(() => textsToSpeak(doc, saved.head.prompts), [doc, saved])
  const publishable = dirty || saved.revision !== api.NO_DRAFT || speakable.length > 0
  const saving = useSaving({
    ...{ id, printed, dirty, saved, names },
    onStored: (fresh, sent) => {
      setSaved(fresh)
      setForeign(false)
      setPublished(null)
      act({ do: 'settle', sent, stored: fresh.doc })
    },
    onPublished: ({ head }) => {
      setPublished(new Date())
      setTests(null)
      api.testsOf(id, head.version).then(setTests, () => {})
    },
    onFaults: () => {
      checks.refresh()
      setTab('notes')
      setSaid(t("This menu cannot be saved yet; see its faults"))
    },
    say: setSaid,
    tell: checks.tell,
  })

  const unsaved = useUnsaved({
    ...{ user, menu: id, saved: saved.doc, printed, dirty: dirty && writes },
    half: typing.fault ? typing.text : null,
    onGoOn: (kept, half) => {
      change(kept)
      setOpened((times) => times + 1)
      if (half === null) return
      typing.type(half, kept)
      setTab('json')
    },
  })

  useEffect(() => {
    if (!dirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [dirty])

  // Deselect a node that is gone; a renamed one stays selected.
  useEffect(() => {
    if (selected !== null && !model.nodesOf(doc).has(selected)) setSelected(null)
    if (selected !== fresh) setFresh(null)
  }, [doc, selected, fresh])

  const isQuiet = useCallback((each: api.Fault) => each.node !== null && each.node === fresh && isEmptiness(each), [fresh])
  const counts = useMemo(() => [faults, warnings].map((all) => countByNode(all.filter((each) => !isQuiet(each)))), [faults, warnings, isQuiet])
  const spoken = useMemo(() => new Map(saved.head.prompts.map((each) => [each.audio, each.text ?? ''])), [saved])
  const textFaults = useMemo(() => {
    if (typing.fault) return [typing.fault]
    if (tab !== 'json' || faults.length === 0) return []
    const { places } = parseJson(typing.text)
    return faults.map((fault) => ({ ...model.placeOfPointer(places, fault.pointer), pointer: fault.pointer, message: fault.message }))
  }, [typing.fault, faults, typing.text, tab])

  const travel = (where: 'undo' | 'redo') => {
    typing.discard()
    act({ do: where })
  }
  const add = (kind: Kind) => {
    const grown = model.addNode(doc, kind)
    openNew(grown.doc, grown.id)
  }
  const openNew = (grown: model.Doc, name: string) => {
    change(grown)
    setSelected(name)
    setFresh(name)
    openPane(true)
  }
  const onWire = useCallback(
    (source: string, handle: string, target: string | undefined) => change(model.wire(doc, source, handle, target)),
    [doc, change],
  )
  const remove = useCallback(
    (gone: string, instead?: string) => {
      const left = model.removeNode(doc, gone, instead)
      setRemoving(null)
      setRemoved({ title: model.titleOf(doc, gone), left })
      change(left)
      setSaid(t("%(what)s removed; Ctrl+Z restores it", { what: model.titleOf(doc, gone) }))
    },
    [doc, change],
  )
  // Only where something leads there: else nothing is lost that Ctrl+Z does not bring back.
  const onRemove = useCallback((gone: string) => (model.usersOf(doc, gone).length ? setRemoving(gone) : remove(gone)), [doc, remove])
  const onStand = useCallback(
    (now: steps.Places) => {
      standing.current = now
      if (history.places.size > 0 && !samePlaces(now, history.places)) act({ do: 'stand', places: now })
    },
    [history.places],
  )
  const openPane = (isNew: boolean) => {
    setTab('node')
    sheet.setOpen(true)
    setEntered({ isNew })
  }
  const onOpen = useCallback(() => openPane(false), [])
  // In the moment in which the panel shows the node: what is typed next goes there.
  useLayoutEffect(() => {
    const first = entered && pane.current?.querySelector<HTMLElement>('input, textarea, select')
    first?.focus()
    if (entered?.isNew && first instanceof HTMLInputElement) first.select()
  }, [entered])

  const backToNode = (event: ReactKeyboardEvent) => {
    if (event.key !== 'Escape' || selected === null) return
    sheet.setOpen(false)
    document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(selected)}"]`)?.focus()
  }

  // Whoever comes back to this tab sees what others did meanwhile.
  useEffect(() => {
    const look = () => {
      if (saving.busy || saving.unsure || saving.theirs) return
      load(id).then(
        (fresh) => {
          if (fresh.revision === saved.revision && fresh.head.version === saved.head.version) return
          if (!model.sameDocument(fresh.doc, saved.doc)) setForeign(fresh.revision !== saved.revision)
          else setSaved(fresh)
        },
        () => {},
      )
    }
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  })

  // A new tab, which starts with a copy of this tab's session storage, so that the call loses nothing here.
  const callDraft = async () => {
    const isSaved = dirty ? await saving.save() : saved.revision !== api.NO_DRAFT
    // What cannot be saved is called all the same; the call says what is wrong with it.
    sessionStorage.setItem(`digitree-draft-${id}`, printed)
    window.open(`/ui/menus/${id}/call?draft=${isSaved ? 'saved' : '1'}`, '_blank')
  }
  const askToPublish = async () => {
    setFresh(null)
    const verdict = await checks.now()
    if (verdict === 'good') saving.ask()
    if (verdict !== 'faulty') return
    setTab('notes')
    setSaid(t("This menu cannot be published yet; see its faults"))
  }
  const save = async () => {
    setFresh(null)
    if (await saving.save()) setSaid(t("The draft is saved; callers hear nothing of it yet"))
  }
  const discard = () => {
    setDiscarding(false)
    void saving.discard()
  }
  const settle = (how: 'merge' | 'mine' | 'theirs') => {
    if (!saving.theirs) return
    const { base, loaded: fresh, published } = saving.theirs
    if (how === 'theirs') change(fresh.doc)
    if (how === 'merge') change(model.mergeDocuments(base, doc, fresh.doc).doc)
    const { version } = fresh.head
    setSaved(published ? { ...saved, basedOn: version, moved: true, head: { ...saved.head, version, behind: false } } : fresh)
    setForeign(false)
    saving.endCompare()
    if (how !== 'theirs') setSaid(t("Check the result, then save"))
  }
  const speakOne = async (name: string, slot: Slot) => {
    setPlayed(null)
    const node = model.nodesOf(doc).get(name)!
    const prompt = saved.head.prompts.find((each) => each.audio === slot.audio)
    const done = await saving.speakOne({ node: name, at: slot.at, text: slot.text || prompt?.text || '', voice: voiceOf(node, slot.language) || prompt?.voice || '' })
    if (done) setPlayed(`${name} ${slot.at}`)
  }

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return
      const key = event.key.toLowerCase()
      const inText = (event.target as Element).matches?.('.ed-text textarea')
      if (key === 's') {
        event.preventDefault()
        if (dirty && writes && !typing.fault && !saving.busy) void save()
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
  ].map((each) => ({ ...each, quiet: isQuiet(each) }))
  const loud = notes.filter((each) => !each.quiet)
  const languages = node ? languagesAt(doc, node) : languagesOf(doc)
  const language = wanted !== null && languages.includes(wanted) ? wanted : (languages[0] ?? null)
  const latest = Math.max(check?.version ?? 0, saved.head.version)
  const newer = (saved.head.behind || latest > saved.head.version) && !foreign && !saving.busy && !saving.unsure ? latest : null

  return (
    <div className="digitree-editor">
      <Bar
        name={model.nameOf(doc)}
        locked={locked}
        writes={writes}
        readable={typing.fault === null}
        dirty={dirty}
        publishable={publishable}
        progress={saving.progress}
        canUndo={history.past.length > 0}
        canRedo={history.future.length > 0}
        onName={(name) => change(model.setName(doc, name), 'name')}
        onAdd={add}
        onTravel={travel}
        onLayOut={() => act({ do: 'move', before: standing.current, after: new Map() })}
        onCall={() => void callDraft()}
        onSave={() => void save()}
        onPublish={() => void askToPublish()}
      />
      <StateLine id={id} saved={saved} dirty={dirty} writes={writes} progress={saving.progress} published={published} names={names} onDiscard={() => setDiscarding(true)} />
      <div className="unseen" role="status">{said}</div>
      <div className="ed-work">
        <div className="ed-stage">
          <Stage doc={doc} faults={counts[0]} warnings={counts[1]} brought={brought.nodes} spoken={spoken} language={language} selected={selected} locked={locked} places={history.places} opened={opened} onSelect={setSelected} onWire={onWire} onRemove={onRemove} onOpen={onOpen} onTap={() => sheet.setOpen(true)} onAdd={openAdd} onMoved={(before, after) => act({ do: 'move', before, after })} onStand={onStand} />
          {removed?.left === doc && <RemovedNote title={removed.title} onUndo={() => travel('undo')} onClose={() => setRemoved(null)} />}
          <Banners
            id={id}
            newer={newer}
            foreign={foreign}
            unsure={saving.unsure}
            badLine={typing.fault?.line ?? null}
            tests={tests}
            trouble={checks.trouble}
            onCompare={() => void saving.compare()}
            onShowText={() => setTab('json')}
            onCloseTests={() => setTests(null)}
            onCloseTrouble={() => checks.tell('')}
          />
        </div>
        {sheet.open && <div className="ed-behind" onClick={() => sheet.setOpen(false)} />}
        <div className={`ed-side${sheet.open ? ' open' : ''}`} ref={sheet.box} role={sheet.open ? 'dialog' : undefined} aria-modal={sheet.open || undefined} aria-label={sheet.open ? t("Beside the graph") : undefined} onKeyDown={sheet.onKeyDown}>
          {sheet.is && (
            <button type="button" className="ed-grip" aria-expanded={sheet.open} aria-label={sheet.open ? t("Close the panel") : t("Open the panel")} onPointerDown={sheet.onPointerDown} onClick={sheet.onClick} />
          )}
          <div className="ed-tabs" role="tablist" aria-label={t("Beside the graph")}>
            {(Object.keys(TABS) as Tab[]).map((name) => (
              <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="editor-pane" onClick={() => (setTab(name), sheet.setOpen(true))}>
                {TABS[name]()}{name === 'notes' && loud.length > 0 ? ` (${loud.length})` : ''}
              </button>
            ))}
          </div>
          <div className="ed-pane" id="editor-pane" role="tabpanel" aria-labelledby={`tab-${tab}`} ref={pane} onKeyDown={backToNode}>
            {tab === 'json' && <TextPane text={typing.text} faults={textFaults} onType={typing.type} onDiscard={typing.fault ? typing.discard : null} />}
            {tab === 'notes' && <NotesPane notes={loud} doc={doc} onNode={(name) => (setSelected(name), setTab('node'))} />}
            {tab === 'notes' && <BroughtList brought={brought} doc={doc} onNode={(name) => (setSelected(name), setTab('node'))} />}
            {tab === 'node' && (node === undefined || selected === null ? (
              <p className="ed-empty">{t("Select a node of the graph to edit it. Drag from the dot beside a key to the node that the key leads to.")}</p>
            ) : (
              <>
              <div className="ed-scroll"><BroughtNotes system={brought.system} lines={brought.nodes.get(selected) ?? []} /><fieldset disabled={locked} className="ed-plain">
                <NodePanel
                  menu={id}
                  doc={doc}
                  id={selected}
                  node={node}
                  prompts={saved.head.prompts}
                  said={checks.check?.said ?? []}
                  voices={voices}
                  language={language}
                  languages={languages}
                  agents={agents}
                  services={services}
                  channels={channels}
                  sounds={saved.head.sounds ?? []}
                  played={played}
                  saved={typing.fault === null && faults.length === 0}
                  speaking={saving.busy}
                  onField={(field, value) => change(model.setField(doc, selected, field, value), `${selected}/${field}`)}
                  onWire={(handle, target) => onWire(selected, handle, target)}
                  onGrow={(handle, kind) => {
                    const grown = model.addNode(doc, kind)
                    openNew(model.wire(grown.doc, selected, handle, grown.id), grown.id)
                  }}
                  onName={(typed) => {
                    const named = model.nameNode(doc, selected, typed, !model.nodesOf(saved.doc).has(selected))
                    change(named.doc)
                    setSelected(named.id)
                    if (fresh === selected) setFresh(named.id)
                  }}
                  onKind={(kind) => change(model.setKind(doc, selected, kind))}
                  onStart={() => change(model.setStart(doc, selected))}
                  onAnswer={(atOnce) => change(model.setAnswersAtOnce(doc, atOnce))}
                  onMenuField={(field, value) => change(model.setMenuField(doc, field, value), field)}
                  onRemove={() => onRemove(selected)}
                  onLeft={() => setFresh(null)}
                  onSpeak={(slot) => void speakOne(selected, slot)}
                  onLanguage={setWanted}
                  onAddLanguage={(added) => change(withLanguage(doc, added))}
                  onMoveLanguage={(moved, by) => change(moveLanguage(doc, moved, by))}
                  onRemoveLanguage={(removed) => change(withoutLanguage(doc, removed))}
                  onGoTo={(name, missing) => {
                    setSelected(name)
                    setWanted(missing)
                  }}
                  onHungUp={(id) => change(model.setHungUp(doc, id))}
                  onMove={(field, key, by) => change(model.moveWay(doc, selected, field, key, by))}
                />
              </fieldset></div>
              <NodeNotes notes={notes.filter((each) => each.node === selected)} />
              </>
            ))}
          </div>
        </div>
      </div>
      {unsaved}
      {removing !== null && model.nodesOf(doc).has(removing) && (
        <RemovalDialog doc={doc} id={removing} onRemove={(instead) => remove(removing, instead)} onClose={() => setRemoving(null)} />
      )}
      {discarding && <DiscardDialog onDiscard={discard} onClose={() => setDiscarding(false)} />}
      {saving.asking && check && (
        <PublishDialog doc={doc} base={saved.doc} check={check} speakable={speakable} speak={speakToo} saving={saving.progress} problem={saving.problem} onSpeak={setSpeakToo} onPublish={() => void saving.publish(speakToo && speakable.length > 0)} onClose={saving.close} />
      )}
      {saving.theirs && (
        <ConflictDialog
          theirs={saving.theirs}
          doc={doc}
          conflicts={model.mergeDocuments(saving.theirs.base, doc, saving.theirs.loaded.doc).conflicts}
          onMerge={() => settle('merge')}
          onMine={() => settle('mine')}
          onTheirs={() => settle('theirs')}
          onClose={saving.endCompare}
        />
      )}
    </div>
  )
}
