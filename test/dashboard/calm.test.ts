import { describe, expect, it } from 'vitest'
import { settle } from '../../dashboard/src/live/calm.ts'

interface Row {
  id: string
  state: string
}
const rows = (ids: string, state = 'now'): Row[] => [...ids].map((id) => ({ id, state }))
/** What is shown of rows that were `before` once the list is `now`. */
function seen(before: string, now: string, hasNextPage = false) {
  const page = { nodes: rows(now), pageInfo: { hasNextPage } }
  const { rows: shown, left, ...more } = settle(rows(before, 'then'), page, ({ id }) => id)
  return { shown: shown.map(({ id }) => id).join(''), left: [...left].join(''), ...more }
}

describe('a list that is looked at', () => {
  it('lets new rows wait that would move others', () => {
    expect(seen('abc', 'xyabc')).toEqual({ shown: 'abc', waiting: 2, left: '', behind: 0, moved: false })
    expect(seen('abc', 'abxc')).toMatchObject({ shown: 'abc', waiting: 1 })
  })

  it('takes what follows its end, as the next page does', () => {
    expect(seen('abc', 'abcde')).toMatchObject({ shown: 'abcde', waiting: 0 })
    expect(seen('abc', 'xabcde', true)).toMatchObject({ shown: 'abcde', waiting: 1 })
  })

  it('shows each row as it is by now, where it was', () => {
    const page = { nodes: [{ id: 'b', state: 'FAILED' }, ...rows('ac')], pageInfo: { hasNextPage: false } }
    const { rows: shown, moved } = settle(rows('abc', 'then'), page, ({ id }) => id)
    expect(shown).toEqual([
      { id: 'a', state: 'now' },
      { id: 'b', state: 'FAILED' },
      { id: 'c', state: 'now' },
    ])
    expect(moved).toBe(true)
  })

  it('keeps rows that have left, and says which', () => {
    expect(seen('abcd', 'acd')).toMatchObject({ shown: 'abcd', left: 'b' })
    expect(seen('abcd', 'abc')).toMatchObject({ shown: 'abcd', left: 'd' })
    expect(seen('ab', '')).toMatchObject({ shown: 'ab', left: 'ab', waiting: 0 })
  })

  it('does not take for gone what newer rows have pushed onto a page that was not read', () => {
    expect(seen('abcd', 'xyab', true)).toMatchObject({ shown: 'abcd', waiting: 2, left: '', behind: 2 })
    expect(seen('abcd', 'xab', true)).toMatchObject({ left: '', behind: 2 })
    expect(seen('abcd', 'xac', true)).toMatchObject({ left: 'b', behind: 1 })
  })

  it('tells the next page from new rows also when a row has moved', () => {
    expect(seen('abcd', 'bcdefag', true)).toMatchObject({ shown: 'abcdefg', waiting: 0, moved: true })
    expect(seen('abcd', 'xdabc')).toMatchObject({ shown: 'abcd', waiting: 1, moved: true })
  })

  it('lets all of another list wait when nothing of it is left', () => {
    expect(seen('ab', 'xy')).toMatchObject({ shown: 'ab', left: 'ab', waiting: 2 })
    expect(seen('ab', 'xy', true)).toMatchObject({ shown: 'ab', left: '', behind: 2, waiting: 2 })
  })
})
