/** Does the work of each, at most `most` at the same time, and gives each answer as soon as it is there. */
export async function* inTurns<T, R>(
  all: readonly T[],
  most: number,
  work: (one: T) => Promise<R>,
): AsyncGenerator<[T, R]> {
  const waiting = [...all]
  const busy = new Map<T, Promise<[T, R]>>()
  const start = () => {
    const one = waiting.shift()
    if (one === undefined) return
    const answer = work(one).then((answer): [T, R] => [one, answer])
    // Whoever reads may have left by the time it fails; then nobody waits for it.
    answer.catch(() => {})
    busy.set(one, answer)
  }
  for (let n = 0; n < most; n++) start()
  while (busy.size > 0) {
    const [one, answer] = await Promise.race(busy.values())
    busy.delete(one)
    start()
    yield [one, answer]
  }
}
