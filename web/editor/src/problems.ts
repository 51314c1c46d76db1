// What the editor says of the faults and warnings that authors meet most, by their codes, in the language of the page. Others
// stay as the API words them.

import type { Fault } from './api.ts'
import { partsOf } from './json.ts'
import { fieldLabel, kindOf } from './kinds.ts'
import { nodesOf, titleOf, type Doc } from './model.ts'
import { t } from './translate.ts'

/** What a node lacks that nobody has filled in yet. */
const EMPTINESS = new Set(['empty_gather', 'empty_wait_keys', 'invalid_cases', 'invalid_target', 'missing', 'no_audio', 'unreachable'])

export function isEmptiness(fault: Fault): boolean {
  return EMPTINESS.has(fault.code)
}

/** The same faults in the words of the page. */
export function worded<Each extends Fault>(doc: Doc, faults: Each[]): Each[] {
  return faults.map((fault) => ({ ...fault, message: sentenceOf(doc, fault) }))
}

function sentenceOf(doc: Doc, { code, pointer, message }: Fault): string {
  const parts = partsOf(pointer)
  const [id, ...path] = parts[0] === 'nodes' ? parts.slice(1) : ['', ...parts]
  const node = nodesOf(doc).get(id)
  const field = node && path.length === 1 ? kindOf(node)?.fields.find((each) => each.name === path[0]) : undefined
  const what = capitalized(field?.label || fieldLabel(path))
  switch (code) {
    case 'empty_gather':
      return t("Add a key and say where it leads.")
    case 'invalid_cases':
      return t("Add a case and say where it leads.")
    case 'invalid_target':
      return t("%(what)s: choose where it leads.", { what })
    case 'target_not_found': {
      const target = targetAt(doc, parts)
      return target ? t("%(what)s leads to %(target)s, which does not exist. Choose another node.", { what, target }) : t("%(what)s: choose where it leads.", { what })
    }
    case 'start_not_found':
      return t("Choose the node at which calls start.")
    case 'missing':
      if (pointer === '/name') return t("Give the menu a name.")
      if (pointer === '/nodes') return t("Add a node: a menu needs at least one.")
      return t("%(what)s: fill this in.", { what })
    case 'no_gather_no_action':
      return t("Choose what this node does.")
    case 'unreachable':
      return t("Nothing leads to this node yet.")
    case 'no_audio':
      return node?.has('text') || path[0] !== 'audio' ? t("This text is not spoken yet, so callers do not hear it.") : t("Write what callers hear, or name a recording.")
    case 'audio_not_ready':
      return t("This is not spoken or recorded yet, so callers do not hear it.")
    case 'stale_prompt':
      return t("Callers hear it as it was until it is spoken again.")
    case 'voice_unknown':
      return t("This voice is not there any more. Choose another one.")
    case 'no_way_out':
      return t("No key and no silence leads from here to an end or an agent: callers go round and round. Lead one way out.")
    case 'message_loop':
      return t("These messages lead only to each other. Lead one of them out.")
    case 'key_not_offered': {
      const keys = /press (.+), which/.exec(message)?.[1]
      return keys ? t("The text says to press %(keys)s, which has no way here.", { keys: keys.split(' and ').join(t(" and ")) }) : message
    }
    case 'agent_not_found':
      return t("This agent is not there any more. Choose another one.")
    case 'hours_not_found':
      return t("These hours are not there any more. Choose others.")
    case 'list_not_found':
      return t("This list is not there any more. Choose another one.")
    default:
      return message
  }
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** What people call the node that the way at this place leads to. */
function targetAt(doc: Doc, parts: string[]): string {
  let value: unknown = doc
  for (const part of parts) value = value instanceof Map ? value.get(part) : value
  return typeof value === 'string' ? titleOf(doc, value) : ''
}
