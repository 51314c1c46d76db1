import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDocument } from './model.ts'
import { isEmptiness, worded } from './problems.ts'

const doc = readDocument(`{"nodes": {
  "ask": {"gather": {"1": "gone"}, "timeout_node": ""},
  "hello": {"text": "Hello.", "next": "ask"},
  "mute": {"action": "hangup"}
}}`).doc
const fault = (pointer: string, code: string, message = 'gather needs it') => ({ pointer, code, message, node: 'ask' })
const said = (...each: Parameters<typeof fault>) => worded(doc, [fault(...each)])[0].message

describe('faults and warnings', () => {
  it('are told to authors in their words, by code', () => {
    assert.equal(said('/nodes/ask/gather', 'empty_gather'), 'Add a key and say where it leads.')
    assert.equal(said('/nodes/ask/timeout_node', 'invalid_target'), 'If no key is pressed: choose where it leads.')
    assert.equal(said('/nodes/ask/gather/1', 'target_not_found'), 'Key 1 leads to gone, which does not exist. Choose another node.')
    assert.equal(said('/nodes/hello/audio', 'no_audio'), 'This text is not spoken yet, so callers do not hear it.')
    assert.equal(said('/nodes/mute/audio', 'no_audio'), 'Write what callers hear, or name a recording.')
    assert.equal(said('/nodes/ask/text', 'key_not_offered', 'the prompt says to press 3 and 4, which this node does not have'), 'The text says to press 3 and 4, which has no way here.')
    assert.equal(said('/name', 'missing'), 'Give the menu a name.')
  })

  it('stay as they come where the code is not in the table', () => {
    assert.equal(said('/nodes/ask/rate', 'invalid_rate', 'rate is 0.5 to 2'), 'rate is 0.5 to 2')
  })

  it('of a node that nobody has filled in yet are told from others', () => {
    assert.deepEqual(['empty_gather', 'invalid_rate'].map((code) => isEmptiness(fault('/nodes/ask', code))), [true, false])
  })
})
