// A menu as loaded from the server: its document, and its version, status, prompts and warnings.

import * as api from './api'
import type { Doc } from './model'
import { asDocument } from './view'

export interface Loaded {
  doc: Doc
  head: api.MenuHead
}

export function asLoaded(text: string): Loaded {
  return { doc: asDocument(text), head: JSON.parse(text) as api.MenuHead }
}

export async function load(id: string): Promise<Loaded> {
  return asLoaded(await api.send('GET', api.menuPath(id)))
}

/** An earlier version: its document, with the prompts of `now`. */
export async function loadVersion(id: string, version: number, now: Loaded): Promise<Loaded> {
  const text = await api.send('GET', `${api.menuPath(id)}/versions/${version}`)
  return { doc: asDocument(text), head: { ...now.head, version } }
}
