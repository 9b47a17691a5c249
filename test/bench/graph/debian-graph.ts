// Debian's package graph through GraphQL: Waybill beside PostGraphile 5 over the same PostgreSQL in alternating rounds,
// and impact beside PostgreSQL's recursive query. Wants the lists of apt, and PostGraphile 5.1.5 below the folder
// BENCH_MODULES (`npm install --prefix <folder> postgraphile@5.1.5`); without it that comparison is left out.
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { debianGraph } from './debian.ts'
import { recursive } from './recursive.ts'
import { ask, graphIsBuilt, median, quantile, rate, timed } from './requests.ts'
import { insertEdges, insertItems, readers, scratch } from './scratch.ts'
import { serve, type Server } from './serving.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const ROUND = Number(process.env.BENCH_ROUND_MS ?? 4_000) // ms
const AT_ONCE = 8

const { names, depends, recommends, list } = await debianGraph()
const database = await scratch()
const { client } = database
await insertItems(client, names)
await insertEdges(client, 'dependsOn', depends)
await insertEdges(client, 'connectedTo', recommends)
await client.query('vacuum analyze configuration_item, relationship')
console.log(
  `${list}: ${names.length} items, ${depends.length + recommends.length} relationships, of which ${depends.length} carry impact`,
)

const bearers = await readers(client, 60)
const servers: Server[] = []
const waybill = await serving('waybill', database.url, database.folder)
let turn = 0
const ours = (body: string) => ask(waybill.url, body, bearers[turn++ % bearers.length])

let failed: unknown = null
try {
  await graphIsBuilt(ours)
  await nested()
  await impactOfOne('libc6')
  await smallImpacts()
} catch (error) {
  failed = error
  console.error(error)
}
for (const { end } of servers) await end()
await database.close()
process.exit(failed ? 1 : 0)

async function nested(): Promise<void> {
  const mine = JSON.stringify({
    query: `query Nested($first: Int!) { configurationItems(first: $first) { nodes { name
      relationships(first: 50, direction: OUT) { nodes { direction other { name } } } } } }`,
    variables: { first: 20 },
  })
  const theirs = JSON.stringify({
    query: `query Nested($first: Int!) { allConfigurationItems(first: $first, orderBy: NAME_ASC) { nodes { name
      relationshipsBySourceId(first: 50) { nodes { type configurationItemByTargetId { name } } } } } }`,
    variables: { first: 20 },
  })
  const modules = process.env.BENCH_MODULES
  const peer = modules ? await serving('postgraphile', database.url, modules) : null
  const check = async (answer: string, what: string) => {
    const names = answer.match(/"name"/g)?.length ?? 0
    if (!names || answer.includes('"errors"')) throw new Error(`${what} answered: ${answer.slice(0, 500)}`)
    return names
  }
  const counts = [await check(await ours(mine), 'Waybill')]
  if (peer) counts.push(await check(await ask(peer.url, theirs), 'PostGraphile'))
  if (counts[1] !== undefined && counts[0] !== counts[1])
    throw new Error(`The answers differ: ${counts.join(' and ')} names`)
  const rates: Record<'mine' | 'theirs', number[]> = { mine: [], theirs: [] }
  for (let round = -1; round < ROUNDS; round++) {
    const mineRate = await rate(() => ours(mine), AT_ONCE, ROUND)
    const theirRate = peer ? await rate(() => ask(peer.url, theirs), AT_ONCE, ROUND) : 0
    // The first round warms both up.
    if (round < 0) continue
    rates.mine.push(mineRate)
    rates.theirs.push(theirRate)
  }
  const [a, b] = [median(rates.mine), median(rates.theirs)]
  console.log(
    `20 items, their relationships and targets' names (${counts[0]} names), ${AT_ONCE} at once, median of ${ROUNDS} rounds:`,
  )
  console.log(`  Waybill       ${a.toFixed(0).padStart(6)} requests/s, with token, cost limit and time-out`)
  if (peer)
    console.log(`  PostGraphile  ${b.toFixed(0).padStart(6)} requests/s\n  ratio ${(a / b).toFixed(2)} (goal 3)`)
  else console.log('  PostGraphile is not there: set BENCH_MODULES.')
}

async function impactOfOne(name: string): Promise<void> {
  const { rows } = await client.query<{ uuid: string }>('select uuid from configuration_item where name = $1', [name])
  const uuid = rows[0]!.uuid
  const body = impactBody(uuid, 1)
  const [memory, sql] = [[] as number[], [] as number[]]
  let counts: [number, number] = [0, 0]
  for (let round = 0; round < ROUNDS * 2; round++) {
    const [answer, ms] = await timed(() => ours(body))
    const [counted, sqlMs] = await timed(() => recursive(client, uuid, ['dependsOn']))
    counts = [totalOf(answer), counted]
    memory.push(ms)
    sql.push(sqlMs)
  }
  if (counts[0] !== counts[1]) throw new Error(`The impacts of ${name} differ: ${counts.join(' and ')}`)
  const [a, b] = [median(memory), median(sql)]
  console.log(`impact of ${name}, ${counts[0]} items, median of ${ROUNDS * 2}:`)
  console.log(`  Waybill, GraphQL over HTTP, counted and grouped  ${a.toFixed(1).padStart(7)} ms`)
  console.log(
    `  PostgreSQL, recursive union, counted             ${b.toFixed(1).padStart(7)} ms\n  ratio ${(b / a).toFixed(1)} (goal 20)`,
  )
}

async function smallImpacts(): Promise<void> {
  const { rows } = await client.query<{ uuid: string }>(
    'select uuid from configuration_item order by md5(name) limit 2000',
  )
  const times: number[] = []
  let largest = 0
  for (const { uuid } of rows) {
    const [answer, ms] = await timed(() => ours(impactBody(uuid, 200)))
    const total = totalOf(answer)
    if (total > 1_000) continue
    largest = Math.max(largest, total)
    times.push(ms)
  }
  const settled = times.slice(200)
  console.log(
    `${settled.length} impacts of at most 1000 items (largest ${largest}), nodes listed, one after the other:`,
  )
  console.log(
    `  median ${quantile(settled, 0.5).toFixed(1)} ms, p99 ${quantile(settled, 0.99).toFixed(1)} ms (goal 10 ms)`,
  )
}

function impactBody(uuid: string, first: number): string {
  const query = `query Impact($id: ID!, $first: Int) { configurationItem(id: $id) { impact(depth: 100, first: $first) {
    seq total groups { className count } nodes { distance viaId } } } }`
  return JSON.stringify({ query, variables: { id: toNodeId('ci', uuid), first } })
}

function totalOf(answer: string): number {
  const total = /"total":(\d+)/.exec(answer)?.[1]
  if (total === undefined) throw new Error(`Waybill answered: ${answer.slice(0, 500)}`)
  return Number(total)
}

async function serving(...what: Parameters<typeof serve>): Promise<Server> {
  const server = await serve(...what)
  servers.push(server)
  return server
}
