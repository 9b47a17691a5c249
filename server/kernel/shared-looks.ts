import { setImmediate as turn } from 'node:timers/promises'

const MOST = 500 // keys of one look

/**
 * Looks things up for many askers with few statements: those who ask while a look is under way wait for the next one,
 * which takes all their keys. A look always begins after it was asked for, so nobody hears what was true before.
 * `look` answers a map; a key that is not in it is undefined.
 */
export function sharedLooks<V>(look: (keys: string[]) => Promise<Map<string, V>>) {
  let next: { keys: Set<string>; answer: Promise<Map<string, V>> } | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  return async function ask(key: string): Promise<V | undefined> {
    if (!next || next.keys.size >= MOST) {
      const keys = new Set<string>()
      const answer: Promise<Map<string, V>> = underWay.then(async () => {
        // Whoever asks in the same turn of the event loop goes along.
        await turn()
        if (next?.keys === keys) next = null
        return look([...keys])
      })
      next = { keys, answer }
      // What fails is for its own askers to hear.
      underWay = answer.catch(() => {})
    }
    const { keys, answer } = next
    keys.add(key)
    return (await answer).get(key)
  }
}
