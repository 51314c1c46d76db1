// What the programs of the tests share.
import { DigitreeError } from 'digitree-client'

export function check(what: string, holds: boolean): asserts holds {
  if (!holds) throw new Error(`not so: ${what}`)
}

export async function refusalOf(asked: Promise<unknown>): Promise<DigitreeError> {
  try {
    await asked
  } catch (error) {
    if (error instanceof DigitreeError) return error
    throw error
  }
  throw new Error('it is taken')
}
