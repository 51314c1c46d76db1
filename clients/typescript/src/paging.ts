// Lists without their pages.

/** A page of a list, as the API answers it. */
export interface Page<Item> {
  items: Item[]
  next_cursor: string | null
}

/**
 * Every item of a list; pages are asked for when they are reached:
 * `for await (const call of each((cursor) => digitree.calls.listCalls({ query: { cursor } })))`
 */
export async function* each<Item>(
  ask: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined
  do {
    const page = await ask(cursor)
    yield* page.items
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
}
