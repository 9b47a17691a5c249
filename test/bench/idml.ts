/**
 * How fast IdML books are read and certified, and what memory that takes: a small book beside one of a million elements.
 * Run it with `node --expose-gc --import tsx test/bench/idml.ts [ELEMENTS]`.
 */
import { Readable } from 'node:stream'
import { certify } from '../../server/discovery/adapters/idml/certify.ts'
import { idmlAdapter } from '../../server/discovery/adapters/idml/index.ts'
import { writeBook, type BookItem, type BookRelationship } from '../../server/discovery/adapters/idml/write-book.ts'

const LARGE = Number(process.argv[2] ?? 1_000_000)
const MIB = 1_048_576

function* hosts(elements: number): Generator<BookItem> {
  for (let n = 0; n < elements; n += 2) {
    const attributes = { fqdn: `host${n}.example.net`, serialNumber: `SN-${n}`, owner: 'operations', arch: 'x86_64' }
    yield { id: `cs-${n}`, className: 'ComputerSystem', name: `host${n}`, key: `host:${n}`, attributes }
    yield {
      id: `os-${n}`,
      className: 'Linux',
      name: `Linux of host${n}`,
      key: `os:${n}`,
      attributes: { osName: 'Debian' },
    }
  }
}
function* runsOn(elements: number): Generator<BookRelationship> {
  for (let n = 0; n < elements; n += 2) yield { type: 'runsOn', from: `os-${n}`, to: `cs-${n}` }
}

const head = { mss: { hostname: 'h', manufacturer: 'Bench', product: 'Bench' }, version: '1', at: new Date(0) }
const book = (elements: number) =>
  Readable.from(writeBook(head, hosts(elements), runsOn(elements)), { objectMode: false })

/** The largest heap and buffers above the start, looked at every so many steps. */
function memory() {
  const gc = (globalThis as { gc?: () => void }).gc
  gc?.()
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const start = used()
  let most = 0
  return {
    look: () => {
      gc?.()
      most = Math.max(most, used() - start)
    },
    most: () => most / MIB,
  }
}

async function read(elements: number) {
  const held = memory()
  const started = performance.now()
  const upload = { name: 'bench.xml', open: () => book(elements) }
  const order = {
    product: { id: 'p', name: 'p', config: {} },
    upload,
    signal: new AbortController().signal,
    finished: new Set<string>(),
  }
  let sightings = 0
  for await (const one of idmlAdapter().read(order)) {
    if (one.kind === 'problem') throw new Error(one.message)
    if (++sightings % 100_000 === 0) held.look()
  }
  held.look()
  return { what: 'read', sightings, seconds: (performance.now() - started) / 1000, most: held.most() }
}

async function certified(elements: number) {
  const held = memory()
  const started = performance.now()
  const timer = setInterval(held.look, 1_000)
  const { passed, elements: seen, relations } = await certify({ name: 'bench.xml', open: () => book(elements) })
  clearInterval(timer)
  held.look()
  if (!passed) throw new Error('The book of the bench fails the checks')
  return {
    what: 'certified',
    sightings: seen + relations,
    seconds: (performance.now() - started) / 1000,
    most: held.most(),
  }
}

for (const elements of [LARGE / 10, LARGE]) {
  for (const act of [read, certified]) {
    const { what, sightings, seconds, most } = await act(elements)
    const rate = Math.round(sightings / seconds).toLocaleString('en')
    process.stdout.write(
      `${elements.toLocaleString('en').padStart(9)} elements ${what.padEnd(9)} (written in the same process): ${seconds.toFixed(1)} s, ${rate} sightings/s, at most ${most.toFixed(0)} MiB held\n`,
    )
  }
}
