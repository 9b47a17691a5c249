/**
 * What every discovery adapter owes the loader. An adapter's test makes a bench (a source to read, broken and whole) and
 * calls `describeAdapter`. A case is left out only where the bench says that its source cannot show it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiscoveryAdapter, Problem, ReadOrder, Sighting } from '../../server/discovery/adapters/adapter.ts'
import type { ProductRef } from '../../server/integrations/integration.ts'

export interface AdapterBench {
  /** A source with at least two items and one relationship, unchanged while the suite runs. */
  product: ProductRef
  /** What else every order gives, such as who is trusted. */
  order?: Pick<ReadOrder, 'judgeHostKey'>
  /** Configs that must be refused, each with a word that the sentence has to contain. */
  badConfigs: { config: Record<string, unknown>; says: RegExp }[]
  /** Products that look right and cannot be read, each with a word that the rejection has to contain. */
  unreadable: { product: ProductRef; says: RegExp; upload?: ReadOrder['upload'] }[]
  /** Documents that are refused as a whole, with the rule and the line that the problem has to name; null if none is. Left out where none can be handed in. */
  refused?: null | { product: ProductRef; upload?: ReadOrder['upload']; rule: string; line?: number; column?: number }[]
  /** A source with a bad element; null if the adapter can meet none. The rule that its problem names. */
  flawed: { product: ProductRef; upload?: ReadOrder['upload']; rule: string } | null
  /** What must never be in a message. */
  secrets: string[]
  close(): Promise<void>
}

const FAR = 200_000 // sightings; no bench has as many

export function describeAdapter(folder: string, adapter: DiscoveryAdapter, makeBench: () => Promise<AdapterBench>) {
  describe(`the discovery adapter ${folder}`, () => {
    let bench: AdapterBench
    beforeAll(async () => void (bench = await makeBench()))
    afterAll(() => bench.close())
    const read = (order: Partial<ReadOrder> = {}) =>
      readAll(adapter, { product: bench.product, ...bench.order, ...order })

    it('has the id of its folder and a title', () => {
      expect(adapter.id).toBe(folder)
      expect(adapter.title).toMatch(/\S/)
    })

    it('accepts a good config and describes every setting it takes', () => {
      expect(adapter.checkConfig(bench.product.config)).toEqual([])
      for (const field of adapter.configFields) expect(field).toMatchObject({ title: /\S/, help: /\S/ })
      const named = adapter.configFields.map(({ name }) => name)
      expect(named).toEqual(expect.arrayContaining(Object.keys(bench.product.config)))
    })

    it('says in words what is wrong with a bad config', () => {
      expect(bench.badConfigs.length).toBeGreaterThan(0)
      for (const { config, says } of bench.badConfigs) {
        const faults = adapter.checkConfig(config)
        expect(faults.join('\n')).toMatch(says)
        for (const fault of faults) expect(fault).toMatch(/^[A-Z].*\.$/)
      }
    })

    it('tells each ref once, and all that its relationships name', async () => {
      const known = new Set<string>()
      const all = await read()
      for (const one of all) {
        if (one.kind !== 'item' && one.kind !== 'mention') continue
        expect(known.has(one.ref), `${one.ref} is told twice`).toBe(false)
        known.add(one.ref)
      }
      for (const one of all) {
        if (one.kind !== 'relationship') continue
        expect(known.has(one.from), `${one.from} of ${one.type}`).toBe(true)
        expect(known.has(one.to), `${one.to} of ${one.type}`).toBe(true)
      }
      expect(all.filter(({ kind }) => kind === 'item').length).toBeGreaterThanOrEqual(2)
      expect(all.some(({ kind }) => kind === 'relationship')).toBe(true)
    })

    it('tells keys once per class, scopes once, and completes only scopes that it opened', async () => {
      const [keys, scopes] = [new Set<string>(), new Set<string>()]
      for (const one of await read()) {
        if (one.kind === 'item' && one.key !== undefined) {
          expect(keys.has(`${one.className} ${one.key}`), `${one.className} ${one.key} is told twice`).toBe(false)
          keys.add(`${one.className} ${one.key}`)
        }
        if (one.kind === 'scope') {
          expect(scopes.has(one.name), `the scope ${one.name} begins twice`).toBe(false)
          scopes.add(one.name)
        }
        if (one.kind === 'complete' && one.scope !== undefined) expect(scopes).toContain(one.scope)
      }
    })

    it('gives the same when it reads twice', async () => {
      const [first, second] = [await read(), await read()]
      expect(second.map(timeless)).toEqual(first.map(timeless))
    })

    it('leaves finished scopes out, or tells them again as they were', async () => {
      const first = await read()
      const scopes = first.flatMap((one) => (one.kind === 'scope' ? [one.name] : []))
      if (scopes.length === 0) return
      const rest = await read({ finished: new Set(scopes.slice(0, 1)) })
      const names = rest.flatMap((one) => (one.kind === 'scope' ? [one.name] : []))
      expect(names).toEqual(expect.arrayContaining(scopes.slice(1)))
    })

    it('stops soon when it is told to', async () => {
      const stop = new AbortController()
      const seen: Sighting[] = []
      const reading = (async () => {
        for await (const one of adapter.read(
          orderOf({ product: bench.product, ...bench.order, signal: stop.signal }),
        )) {
          seen.push(one)
          stop.abort(new Error('That is enough'))
        }
      })().catch(() => undefined)
      await reading
      expect(stop.signal.aborted).toBe(true)
      expect(seen.some(({ kind }) => kind === 'complete')).toBe(false)
    })

    it('rejects with a sentence and without a secret when the source cannot be read', async () => {
      expect(bench.unreadable.length).toBeGreaterThan(0)
      for (const { product, says, upload } of bench.unreadable) {
        const message = await readAll(adapter, { product, ...bench.order, ...(upload ? { upload } : {}) }).then(
          () => 'It could be read.',
          (error: Error) => error.message,
        )
        expect(message).toMatch(says)
        expect(message).toMatch(/^\S.*\S/)
        for (const secret of bench.secrets) expect(message).not.toContain(secret)
      }
    })

    it('names the rule, the element and where it stands when an element is bad, and reads on', async () => {
      if (!bench.flawed) return
      const { rule, ...order } = bench.flawed
      const all = await readAll(adapter, { ...bench.order, ...order })
      const problems = all.filter((one): one is Problem => one.kind === 'problem')
      const problem = problems.find((one) => one.rule === rule)
      expect(problem, `the problems are ${JSON.stringify(problems)}`).toBeDefined()
      expect(problem!.message).toMatch(/^\S.*\.$/)
      expect(problem!.where?.element ?? problem!.where?.source).toMatch(/\S/)
      for (const secret of bench.secrets) expect(JSON.stringify(problems)).not.toContain(secret)
    })

    it('changes nothing for a document that it refuses, and names file, line, element and rule', async () => {
      if (adapter.upload) expect(bench.refused).not.toBeUndefined()
      for (const { rule, line, column, ...order } of bench.refused ?? []) {
        const all = await readAll(adapter, { ...bench.order, ...order })
        const errors = all.flatMap((one) => (one.kind === 'problem' && one.severity === 'error' ? [one] : []))
        expect(errors.map((one) => one.rule)).toEqual([rule])
        const { where, message } = errors[0]!
        expect(message).toMatch(/^\S.*\.$/)
        expect(where).toMatchObject({
          source: /\S/,
          element: /\S/,
          ...(line ? { line } : {}),
          ...(column ? { column } : {}),
        })
        expect(all.some(({ kind }) => kind === 'complete')).toBe(false)
        for (const secret of bench.secrets) expect(JSON.stringify(errors)).not.toContain(secret)
      }
    })

    if (adapter.upload) {
      const { endings, maxSize } = adapter.upload
      it('takes files of named endings up to a limit', () => {
        expect(endings.length).toBeGreaterThan(0)
        for (const ending of endings) expect(ending).toMatch(/^\.[a-z0-9.]+$/)
        expect(maxSize).toBeGreaterThan(0)
      })
    }
  })
}

const orderOf = (order: Partial<ReadOrder> & Pick<ReadOrder, 'product'>): ReadOrder => ({
  signal: new AbortController().signal,
  finished: new Set(),
  ...order,
})

async function readAll(adapter: DiscoveryAdapter, order: Partial<ReadOrder> & Pick<ReadOrder, 'product'>) {
  const all: Sighting[] = []
  for await (const one of adapter.read(orderOf(order))) {
    all.push(one)
    if (all.length > FAR) throw new Error('The source of the bench has no end')
  }
  return all
}

/** Times of the read differ from read to read, and so may what a living source measures. */
const timeless = (one: Sighting) => (one.kind === 'item' ? { ...one, at: undefined } : one)
