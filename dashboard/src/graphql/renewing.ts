import { makeOperation, type Exchange, type Operation, type OperationResult } from '@urql/core'
import { makeSubject, pipe, subscribe, tap } from 'wonka'

/** Answers. On a board that asks once a second it is a minute or two; what they leave behind is some hundred kilobytes. */
const RENEWED_AFTER = 100

/** Whether it asks for a later page of a list: cursors are named `after`, `afterItem` and the like. */
const wentOn = ({ variables }: Operation) =>
  Object.entries(variables ?? {}).some(([name, value]) => name.startsWith('after') && typeof value === 'string')

/**
 * A cache that is begun anew after so many answers, and asks again what the pages show. The cache lets go of things that
 * no page shows any more, but it remembers the id of each with who looked at it, without end: on a screen that stays
 * open for weeks, some kilobytes for every deployment. Nothing is seen of it: it waits until no request is under way, and
 * while a list is shown that went on by a cursor, whose earlier pages only the cache has, it does not happen.
 */
export function renewing(make: () => Exchange, after = RENEWED_AFTER): Exchange {
  return ({ client, forward, dispatchDebug }) => {
    const sent = makeSubject<Operation>()
    const answered = makeSubject<OperationResult>()
    const shown = new Map<number, Operation>()
    const underWay = new Set<number>()
    let answers = 0

    const begin = () => {
      const operations = makeSubject<Operation>()
      const results = makeSubject<OperationResult>()
      const cache = make()({
        client,
        dispatchDebug,
        forward: (operations$) => {
          pipe(operations$, subscribe(sent.next))
          return results.source
        },
      })
      pipe(cache(operations.source), subscribe(answered.next))
      return { operations, results }
    }
    let cache = begin()

    const renew = () => {
      if (answers < after || underWay.size > 0) return
      if ([...shown.values()].some(wentOn)) return
      answers = 0
      const old = cache
      cache = begin()
      old.operations.complete()
      for (const each of shown.values()) {
        client.reexecuteOperation(makeOperation(each.kind, each, { ...each.context, requestPolicy: 'network-only' }))
      }
    }

    const beneath$ = pipe(
      sent.source,
      tap(({ kind, key }) => void (kind === 'teardown' ? underWay.delete(key) : underWay.add(key))),
      forward,
    )
    pipe(
      beneath$,
      subscribe((result) => {
        // First: while it is handed on, the same may be asked again.
        if (!result.hasNext) underWay.delete(result.operation.key)
        cache.results.next(result)
        answers++
        renew()
      }),
    )
    return (operations$) => {
      pipe(
        operations$,
        subscribe((operation) => {
          if (operation.kind === 'query') shown.set(operation.key, operation)
          if (operation.kind === 'teardown') shown.delete(operation.key)
          cache.operations.next(operation)
        }),
      )
      return answered.source
    }
  }
}
