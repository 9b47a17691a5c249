import { describe, expect, it } from 'vitest'
import { isSamePlace, presentView } from '../../dashboard/src/features/view/view-path.ts'

describe('two paths', () => {
  it('show the same in any order of their parameters and any way of writing them', () => {
    expect(isSamePlace('/items?class=Host&site=Austin', '/items?site=Austin&class=Host')).toBe(true)
    expect(isSamePlace('/items?class=Host,Router&search=a%20b', '/items?search=a+b&class=Host%2CRouter')).toBe(true)
    expect(isSamePlace('/items?', '/items')).toBe(true)
  })

  it('differ by page, parameter and value', () => {
    expect(isSamePlace('/items?class=Host', '/graph?class=Host')).toBe(false)
    expect(isSamePlace('/items?class=Host', '/items')).toBe(false)
    expect(isSamePlace('/items?class=Host', '/items?class=host')).toBe(false)
  })
})

describe('the present view', () => {
  const hosts = { id: 'a', path: '/items?class=Host' }
  const twin = { id: 'b', path: '/items?class=Host' }
  const plain = { id: 'c', path: '/items' }

  it('is the one whose address is shown, and of several the one that was chosen', () => {
    expect(presentView([hosts, twin], '/items?class=Host', null)).toEqual({ view: hosts, changed: false })
    expect(presentView([hosts, twin], '/items?class=Host', 'b')).toEqual({ view: twin, changed: false })
    expect(presentView([hosts, plain], '/items', 'a')).toEqual({ view: plain, changed: false })
  })

  it('is changed once its filter is another, until nothing is filtered', () => {
    expect(presentView([hosts], '/items?class=Host&site=Austin', 'a')).toEqual({ view: hosts, changed: true })
    expect(presentView([hosts], '/items', 'a')).toBeNull()
    expect(presentView([plain], '/items?class=Host', 'c')).toEqual({ view: plain, changed: true })
  })

  it('is none where nothing was chosen, or what was chosen is gone', () => {
    expect(presentView([hosts], '/items?site=Austin', null)).toBeNull()
    expect(presentView([], '/items?class=Host', 'a')).toBeNull()
  })
})
