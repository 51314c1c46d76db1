import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fill, formatNumber, languageName, t } from './translate.ts'

describe('a text of the page', () => {
  it('stays English where the page brings no translation, and its placeholders are filled', () => {
    assert.equal(t("part %(n)s", { n: 2 }), 'part 2')
    assert.equal(fill('%(a)s and %(b)s', { a: '%(b)s', b: 1234 }), '%(b)s and 1,234')
    assert.equal(fill('100 %(what)s of %(other)s', { what: 'ways' }), '100 ways of %(other)s')
  })

  it('has numbers and languages as people write them', () => {
    assert.equal(formatNumber(2, 1), '2.0')
    assert.equal(languageName('es'), 'Spanish')
    assert.equal(languageName('not a code'), 'not a code')
  })
})
