import { describe, expect, test } from 'vitest'
import { sharedLooks } from '../../server/kernel/shared-looks.ts'

function looks() {
  const asked: { keys: string[]; answer: (error?: Error) => void }[] = []
  const ask = sharedLooks<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const answer = (error?: Error) =>
          error ? reject(error) : resolve(new Map(keys.map((key) => [key, `${key}!`])))
        asked.push({ keys, answer })
      }),
  )
  return { ask, asked }
}

/** Long enough for a look to begin. */
const turn = async () => {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve))
}

describe('looks that are shared', () => {
  test('those who ask while one is under way wait for the next, which takes all their keys', async () => {
    const { ask, asked } = looks()
    const first = ask('a')
    await turn()
    const later = [ask('b'), ask('c'), ask('b')]
    await turn()
    expect(asked.map(({ keys }) => keys)).toEqual([['a']])
    asked[0]!.answer()
    expect(await first).toBe('a!')
    await turn()
    expect(asked.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']])
    asked[1]!.answer()
    expect(await Promise.all(later)).toEqual(['b!', 'c!', 'b!'])
  })

  test('nobody hears what was read before they asked', async () => {
    const { ask, asked } = looks()
    void ask('a')
    await turn()
    void ask('a')
    asked[0]!.answer()
    await turn()
    expect(asked).toHaveLength(2)
  })

  test('a look that fails fails for its own askers, and the next goes on', async () => {
    const { ask, asked } = looks()
    const first = ask('a')
    await turn()
    const second = ask('b')
    asked[0]!.answer(new Error('lost'))
    await expect(first).rejects.toThrow('lost')
    await turn()
    asked[1]!.answer()
    expect(await second).toBe('b!')
  })

  test('takes no more than 500 keys at once', async () => {
    const { ask, asked } = looks()
    void ask('first')
    await turn()
    for (let n = 0; n < 700; n++) void ask(`key ${n}`)
    asked[0]!.answer()
    await turn()
    asked[1]!.answer()
    await turn()
    expect(asked.map(({ keys }) => keys.length)).toEqual([1, 500, 200])
  })
})
