// The whole of Debian as a graph (debian-lists.ts): packages of eleven architectures with what they depend on, also by a
// virtual name, recommend and suggest, and what source each is built from. Build time, memory, and the impact of a source
// that is felt in all architectures of its release. Takes some minutes to load and 2 GB of disk.
import { execFileSync } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadGraph } from '../../../server/item/graph/load.ts'
import { impactOf } from '../../../server/item/graph/impact.ts'
import { debianLists } from './debian-lists.ts'
import { packageGraph, stanzasOf } from './debian.ts'
import { recursive } from './recursive.ts'
import { ask, graphIsBuilt, median, timed } from './requests.ts'
import { insertEdges, insertItems, readers, scratch } from './scratch.ts'
import { serve } from './serving.ts'

// What the goals were set for; point releases of trixie move the first two by some hundreds.
const ITEMS = 764_045
const RELATIONSHIPS = 4_354_239
const BEHIND_ZLIB = 346_905

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const database = await scratch()
const { client, catalogue } = database
await client.query('alter table relationship drop constraint relationship_pkey')
await client.query('drop index relationship_now, relationship_by_source, relationship_by_target')
const zlib = await insertDebian()
await client.query('vacuum analyze configuration_item, relationship')

collect()
const before = process.memoryUsage()
let longest = 0
let running = true
const watch = (async () => {
  for (let last = performance.now(); running;) {
    await turn()
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
})()
const [graph, ms] = await timed(() => loadGraph(database.url))
running = false
await watch
collect()
const after = process.memoryUsage()
const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
console.log(
  `${graph.nodes.count} items (goal ${ITEMS}), ${graph.edges.count} relationships (goal ${RELATIONSHIPS}): Debian on eleven architectures`,
)
console.log(
  `  built in ${(ms / 1_000).toFixed(1)} s (goal 15 s); the event loop was held for at most ${longest.toFixed(0)} ms`,
)
console.log(
  `  ${(used / graph.edges.count).toFixed(1)} bytes a relationship, items, names and index included (goal 100)`,
)
console.log(`  of which typed arrays ${((graph.nodes.bytes + graph.edges.bytes) / graph.edges.count).toFixed(1)}`)

const times: number[] = []
let answer = impactOf(graph, catalogue, zlib, { depth: 1_000, limit: 1 }, 0)
for (let round = 0; round < 15; round++) {
  const [found, took] = await timed(() => impactOf(graph, catalogue, zlib, { depth: 1_000, limit: 1 }, 0))
  answer = found
  times.push(took)
}
console.log(`  impact of the source zlib: ${answer.total} items (goal ${BEHIND_ZLIB}) counted and grouped by class`)
console.log(
  `  in memory     median ${median(times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms (goal 100 ms)`,
)
await client.query('create index relationship_by_target on relationship (target_id, type)')
const bySql: number[] = []
for (let round = 0; round < 3; round++) {
  const [counted, took] = await timed(() => recursive(client, graph.nodes.uuid(zlib), ['dependsOn', 'runsOn']))
  if (counted !== answer.total) throw new Error(`The impacts differ: ${answer.total} and ${counted}`)
  bySql.push(took)
}
console.log(
  `  in PostgreSQL median ${median(bySql).toFixed(0)} ms, counted by a recursive query: ratio ${(median(bySql) / median(times)).toFixed(1)}`,
)

// The program itself over the same rows: lists are answered at once, impact when the graph is there.
// Built before the clock runs, as it is on every start but the first after a change.
execFileSync(process.execPath, ['server/launch.mjs', 'build'], { stdio: 'ignore' })
const [bearer] = await readers(client, 1)
const begun = performance.now()
const since = () => ((performance.now() - begun) / 1_000).toFixed(1)
const server = await serve('waybill', database.url, database.folder)
const list = JSON.stringify({
  query: '{ configurationItems(first: 20, filter: { search: "zlib" }) { nodes { name } } }',
})
const listed = await ask(server.url, list, bearer)
if (!listed.includes('zlib')) throw new Error(`Waybill answered: ${listed.slice(0, 500)}`)
console.log(`  the program answered a list from PostgreSQL ${since()} s after its start,`)
await graphIsBuilt((body) => ask(server.url, body, bearer))
console.log(`  and impact ${since()} s after it (goal 15 s)`)
await server.end()
await database.close()
process.exit(0)

/** Answers the place of the source zlib of bookworm. What it read is let go with it, before memory is measured. */
async function insertDebian(): Promise<number> {
  let count = 0
  /** Sources by release and name, with the packages built from each. */
  const sources = new Map<string, number[]>()
  const sourceOf = (suite: string, name: string) => {
    const key = `${name}/${suite}`
    if (!sources.has(key)) sources.set(key, [])
    return sources.get(key)!
  }
  for (const { file, suite, architecture } of await debianLists()) {
    const stanzas = await stanzasOf(file)
    if (!architecture) {
      for (const stanza of stanzas) sourceOf(suite, stanza.get('Package')!)
      continue
    }
    const { names, builtFrom, depends, recommends } = packageGraph(stanzas, { wide: true })
    const called = names.map((name) => `${name}:${architecture}/${suite}`)
    await insertItems(client, called, count)
    await insertEdges(client, 'dependsOn', depends, count)
    await insertEdges(client, 'connectedTo', recommends, count)
    builtFrom.forEach((name, place) => sourceOf(suite, name).push(count + place))
    count += names.length
  }
  await insertItems(client, [...sources.keys()], count, 'Application')
  const built = [...sources.values()].flatMap((packages, place) =>
    packages.map((one): [number, number] => [one, count + place]),
  )
  await insertEdges(client, 'runsOn', built)
  return count + [...sources.keys()].indexOf('zlib/bookworm')
}
