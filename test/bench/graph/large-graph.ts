// 764,045 items and 4,354,239 relationships: Debian's package graph twelve times, as for twelve architectures, each
// package tied to a source, so that a change of one source is felt in all of them. Build time, memory, and the impact
// of a source that is felt by some hundred thousand items. Takes some minutes to load and 2 GB of disk.
import { execFileSync } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { loadGraph } from '../../../server/item/graph/load.ts'
import { impactOf } from '../../../server/item/graph/impact.ts'
import { debianGraph } from './debian.ts'
import { recursive } from './recursive.ts'
import { ask, graphIsBuilt, median, timed } from './requests.ts'
import { insertEdges, insertItems, readers, scratch } from './scratch.ts'
import { serve } from './serving.ts'

const ITEMS = 764_045
const RELATIONSHIPS = 4_354_239
const COPIES = 12

const { names, depends, recommends } = await debianGraph()
const database = await scratch()
const { client, catalogue } = database
await client.query('alter table relationship drop constraint relationship_pkey')
await client.query('drop index relationship_now, relationship_by_source, relationship_by_target')
const sources = ITEMS - names.length * COPIES
const tied: [number, number][] = []
for (let copy = 0; copy < COPIES; copy++) {
  const shift = copy * names.length
  await insertItems(
    client,
    names.map((name) => `${name}:${copy}`),
    shift,
  )
  await insertEdges(client, 'dependsOn', depends, shift)
  await insertEdges(client, 'connectedTo', recommends, shift)
  names.forEach((_, place) => tied.push([shift + place, names.length * COPIES + (place % sources)]))
}
await insertItems(
  client,
  Array.from({ length: sources }, (_, n) => `source-${n}`),
  names.length * COPIES,
  'Application',
)
await insertEdges(client, 'runsOn', tied)
// What is missing to the number of the whole of Debian: more recommendations, between packages far from each other.
const missing = RELATIONSHIPS - (depends.length + recommends.length + names.length) * COPIES
const more = Array.from({ length: missing }, (_, n): [number, number] => [
  (n * 7919) % ITEMS,
  (n * 104_729 + 1) % ITEMS,
])
await insertEdges(client, 'connectedTo', more)
await client.query('vacuum analyze configuration_item, relationship')

global.gc?.()
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
global.gc?.()
const after = process.memoryUsage()
const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
console.log(
  `${graph.nodes.count} items, ${graph.edges.count} relationships (twelve copies of one architecture, with sources)`,
)
console.log(
  `  built in ${(ms / 1_000).toFixed(1)} s (goal 15 s); the event loop was held for at most ${longest.toFixed(0)} ms`,
)
console.log(
  `  ${(used / graph.edges.count).toFixed(1)} bytes a relationship, items, names and index included (goal 100)`,
)
console.log(`  of which typed arrays ${((graph.nodes.bytes + graph.edges.bytes) / graph.edges.count).toFixed(1)}`)

const root = names.length * COPIES + (names.indexOf('zlib1g') % sources)
const times: number[] = []
let answer = impactOf(graph, catalogue, root, { depth: 1_000, limit: 1 }, 0)
for (let round = 0; round < 15; round++) {
  const [found, took] = await timed(() => impactOf(graph, catalogue, root, { depth: 1_000, limit: 1 }, 0))
  answer = found
  times.push(took)
}
console.log(`  impact of the source of zlib1g: ${answer.total} items counted and grouped by class`)
console.log(
  `  in memory     median ${median(times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms (goal 100 ms for 346,905)`,
)
await client.query('create index relationship_by_target on relationship (target_id, type)')
const bySql: number[] = []
for (let round = 0; round < 3; round++) {
  const [counted, took] = await timed(() => recursive(client, graph.nodes.uuid(root), ['dependsOn', 'runsOn']))
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
