// A menu as loaded from the server: its document, and its version, status, prompts and warnings. What is edited is the draft,
// if there is one, else the menu itself.

import * as api from './api'
import type { Doc } from './model'
import { asDocument } from './view'

export interface Loaded {
  doc: Doc
  head: api.MenuHead
  /** of the draft; NO_DRAFT: the menu as callers hear it */
  revision: api.Expected
  /** the version that it changes */
  basedOn: number
  /** `basedOn` is newer than the server has it: save also without a change */
  moved: boolean
}

export function asLoaded(text: string): Loaded {
  const head = JSON.parse(text) as api.MenuHead
  return { doc: asDocument(text), head, revision: head.revision ?? api.NO_DRAFT, basedOn: head.based_on ?? head.version, moved: false }
}

/** The draft, or the menu if it has none. */
export async function load(id: string): Promise<Loaded> {
  const menu = await loadMenu(id)
  if (!menu.head.draft) return menu
  try {
    return asLoaded(await api.send('GET', api.draftPath(id)))
  } catch (error) {
    if (api.isStatus(error, 404)) return loadMenu(id)
    throw error
  }
}

/** As callers hear it. */
export async function loadMenu(id: string): Promise<Loaded> {
  return asLoaded(await api.send('GET', api.menuPath(id)))
}

/** The document of an earlier version. */
export async function loadVersion(id: string, version: number): Promise<Doc> {
  return asDocument(await api.send('GET', `${api.menuPath(id)}/versions/${version}`))
}
