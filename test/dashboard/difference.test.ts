import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asText, inCommon, linesOf } from '../../dashboard/src/components/difference-lines.ts'

const short = (from: unknown, to: unknown) =>
  linesOf(from, to).map(({ path, kind, from, to }) => [path, kind, from, to] as const)

describe('a difference', () => {
  it('of plain values is one line, and nothing, null and empty are alike', () => {
    expect(short('a', 'b')).toEqual([['', 'changed', 'a', 'b']])
    expect(short(null, 16)).toEqual([['', 'added', null, 16]])
    expect(short(16, null)).toEqual([['', 'removed', 16, null]])
    expect(linesOf(null, '')[0]!.kind).toBe('same')
    expect(linesOf(1, '1')[0]!.kind).toBe('changed')
  })

  it('of lists says what came and what went, in order', () => {
    expect(short(['a', 'b', 'd'], ['a', 'c', 'd'])).toEqual([
      ['', 'same', 'a', 'a'],
      ['', 'removed', 'b', null],
      ['', 'added', null, 'c'],
      ['', 'same', 'd', 'd'],
    ])
  })

  it('of objects names the way to each place that differs', () => {
    const from = { name: 'eth0', ports: [{ number: 80 }, { number: 443, open: true }] }
    const to = { name: 'eth0', ports: [{ number: 80 }, { number: 8443, open: true }], mtu: 9000 }
    expect(short(from, to).filter(([, kind]) => kind !== 'same')).toEqual([
      ['ports[1].number', 'changed', 443, 8443],
      ['mtu', 'added', undefined, 9000],
    ])
  })

  it('of texts goes line by line', () => {
    expect(short('one\ntwo', 'one\nthree').map(([, kind]) => kind)).toEqual(['same', 'removed', 'added'])
  })

  it('of an object and something else is the whole of both', () => {
    expect(short({ a: 1 }, 'text')).toEqual([['', 'changed', { a: 1 }, 'text']])
  })

  it('says that nothing differs exactly where both sides are the same, and loses nothing of a list', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 })), fc.array(fc.integer({ min: 0, max: 4 })), (from, to) => {
        const lines = linesOf(from, to)
        const isSame = lines.every(({ kind }) => kind === 'same')
        expect(isSame).toBe(JSON.stringify(from) === JSON.stringify(to))
        if (from.length + to.length === 0) return
        expect(lines.filter(({ kind }) => kind !== 'added').map(({ from }) => from)).toEqual(from)
        expect(lines.filter(({ kind }) => kind !== 'removed').map(({ to }) => to)).toEqual(to)
      }),
    )
  })

  it('marks what is not alike between what two texts begin and end with', () => {
    expect(inCommon('web-1.austin.example', 'web-2.austin.example')).toEqual({ before: 4, after: 15 })
    expect(inCommon('abc', 'xyz')).toEqual({ before: 0, after: 0 })
  })

  it('is copied as in a patch', () => {
    const compared = [
      { key: 'cores', label: 'Cores', from: 8, to: 16 },
      { key: 'tags', label: 'Tags', from: ['a'], to: ['a', 'b'] },
    ]
    expect(asText(compared, String)).toBe('Cores\n− 8\n+ 16\nTags\n  a\n+ b')
  })
})
