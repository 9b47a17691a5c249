/** What an adapter reads, as tests look at it. */
import { Readable } from 'node:stream'
import type { DiscoveryAdapter, Sighting } from '../../server/discovery/adapters/adapter.ts'

/** What an adapter makes of its product, or of one uploaded file. */
export async function read(
  adapter: DiscoveryAdapter,
  config: Record<string, unknown>,
  text?: string,
  name = 'file.yaml',
) {
  const upload = text === undefined ? {} : { upload: { name, open: () => Readable.from([Buffer.from(text)]) } }
  const order = {
    product: { id: 'p', name: 'P', config },
    signal: new AbortController().signal,
    finished: new Set<string>(),
  }
  const all: Sighting[] = []
  for await (const one of adapter.read({ ...order, ...upload })) all.push(one)
  return all
}

/** How many of each class, type and rule. */
export function counts(all: Sighting[]) {
  const tally: Record<string, number> = {}
  for (const one of all) {
    const name =
      one.kind === 'item'
        ? one.className
        : one.kind === 'relationship'
          ? one.type
          : one.kind === 'problem'
            ? one.rule
            : one.kind
    tally[name] = (tally[name] ?? 0) + 1
  }
  return tally
}

/** What the problems of a rule say. */
export const messages = (all: Sighting[], rule: string) =>
  all.flatMap((one) => (one.kind === 'problem' && one.rule === rule ? [one.message] : []))
/** The relationships of a type. */
export const edges = (all: Sighting[], type: string) =>
  all.flatMap((one) => (one.kind === 'relationship' && one.type === type ? [`${one.from} → ${one.to}`] : []))
export const item = (all: Sighting[], ref: string) =>
  all.flatMap((one) => (one.kind === 'item' && one.ref === ref ? [one] : []))[0]!
