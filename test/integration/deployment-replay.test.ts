/** Any moment of a deployment can be shown again: its moves, put together, are what was seen live. */
import { beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { Migration20261127_100_target_moves } from '../../server/migrations/Migration20261127_100_target_moves.ts'
import { anApp, type Person } from '../support/app.ts'
import { until } from '../support/until.ts'
import { anAppEstate, faultAt, type AppEstate } from '../support/app-estate.ts'

const app = anApp()
let estate: AppEstate
let id: string

interface Moves {
  id: number[]
  idx: number[]
  at: number[]
  state: string[]
  confirmation: string[]
  percent: number[]
  hasMore: boolean
}
interface Grid {
  names: string[]
  state: string[]
  confirmation: string[]
  percent: number[]
}

const MOVES = 'id idx at state confirmation percent hasMore'
const movesOf = async (person: Person, args = 'first: 20000') => {
  const { deployment } = await person.query<{ deployment: { targetMoves: Moves; grid: Grid } }>(
    `query($id: ID!) { deployment(id: $id) { targetMoves(${args}) { ${MOVES} } grid { names state confirmation percent } } }`,
    { id },
  )
  return deployment
}
/** What each target was when these moves had happened. */
const foldOf = (moves: Moves, targets: number, until = Infinity) => {
  const now = Array.from({ length: targets }, () => ['PENDING', 'AWAITED'])
  moves.idx.forEach((idx, i) => moves.at[i]! <= until && (now[idx] = [moves.state[i]!, moves.confirmation[i]!]))
  return now
}
const pairs = (grid: Grid) => grid.state.map((state, at) => [state, grid.confirmation[at]!])

beforeAll(async () => {
  estate = await anAppEstate(app, 6)
  await faultAt(estate.hosts.hosts, estate.items[2]!.name, { step: 'copy', fault: 'fail' })
  ;({ id } = await estate.approved({ items: estate.items }))
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'PARTIAL')
  const unseen = async () =>
    (await estate.state(id)).targets.nodes.filter(
      ({ state, confirmation }) => state === 'REPORTED_OK' && confirmation === 'AWAITED',
    ).length
  await until(unseen, (count) => count === 0)
})

test('put together to the end, the moves are the grid of now', async () => {
  const { targetMoves, grid } = await movesOf(estate.owner)
  expect(foldOf(targetMoves, 6)).toEqual(pairs(grid))
  expect(targetMoves.hasMore).toBe(false)
  expect(targetMoves.at).toEqual(targetMoves.at.toSorted((a, b) => a - b))
  expect(foldOf(targetMoves, 6, targetMoves.at[0]! - 1)).toEqual(Array(6).fill(['PENDING', 'AWAITED']))
  const failed = grid.state.indexOf('FAILED')
  const failedAt = targetMoves.at[targetMoves.state.indexOf('FAILED')]!
  expect(foldOf(targetMoves, 6, failedAt - 0.001)[failed]![0]).toBe('RUNNING')
})

test('each target moved as was told live', async () => {
  const told = await app.database.rows<{ payload: { idx: number[]; state: string[]; confirmation: string[] } }>(
    `select payload from event where topic = 'deployment.progress' and subject = $1 order by seq`,
    [uuidOf(id, 'dpl')],
  )
  const live = new Map<number, string[]>()
  for (const { payload } of told)
    payload.idx.forEach((idx, i) => {
      const trail = live.get(idx) ?? []
      const now = `${payload.state[i]} ${payload.confirmation[i]}`
      if (trail.at(-1) !== now) live.set(idx, [...trail, now])
    })
  const { targetMoves } = await movesOf(estate.owner)
  for (let idx = 0; idx < 6; idx++) {
    const kept = targetMoves.idx.flatMap((each, i) =>
      each === idx ? [`${targetMoves.state[i]} ${targetMoves.confirmation[i]}`] : [],
    )
    expect(kept).toEqual(live.get(idx))
  }
})

test('moves come in parts, and those since an instant alone', async () => {
  const { targetMoves: whole } = await movesOf(estate.owner)
  const ids = new Set<number>()
  let after = ''
  for (let turn = 0; turn < 50; turn++) {
    const { targetMoves } = await movesOf(estate.owner, `first: 5${after}`)
    targetMoves.id.forEach((each) => ids.add(each))
    if (!targetMoves.hasMore) break
    after = `, after: ${targetMoves.id.at(-1)}`
  }
  expect([...ids].toSorted((a, b) => a - b)).toEqual(whole.id.toSorted((a, b) => a - b))
  const half = new Date(Math.ceil(whole.at[8]!))
  const { targetMoves: later } = await movesOf(estate.owner, `since: "${half.toISOString()}"`)
  expect(later.id).toEqual(whole.id.filter((_, i) => whole.at[i]! >= half.getTime()))
})

test('a retry of what failed is a move like any other', async () => {
  await estate.deployer.does('deploymentRetryFailed', { id })
  const { targetMoves } = await movesOf(estate.owner)
  const failed = targetMoves.idx[targetMoves.state.indexOf('FAILED')]!
  const states = targetMoves.state.filter((_, i) => targetMoves.idx[i] === failed)
  expect(states.slice(0, 3)).toEqual(['RUNNING', 'FAILED', 'PENDING'])
  await estate.ends(id, 'PARTIAL')
})

test('who reaches some targets gets the moves of all, as the grid has their states, and no name of the others', async () => {
  const tokyo = await app.person('VIEWER', estate.site('Tokyo'), 'Toki Tokyo')
  const { targetMoves, grid } = await movesOf(tokyo)
  expect(grid.names.filter((name) => name === 'not visible to you')).toHaveLength(3)
  expect(new Set(targetMoves.idx).size).toBe(6)
})

test('a time that is none, and too many at once, are refused in words', async () => {
  await expect(movesOf(estate.owner, 'since: "yesterday"')).rejects.toThrow(/DateTime|date/i)
  await expect(movesOf(estate.owner, 'first: 20001')).rejects.toThrow('1 to 20000 moves come at once')
})

test('of deployments from before moves were kept, attempts and looks tell them, and they end with what is', async () => {
  const { targetMoves: before } = await movesOf(estate.owner)
  const statements: string[] = []
  Migration20261127_100_target_moves.prototype.up.call({
    addSql: (sql: string) => statements.push(sql),
  } as unknown as Migration20261127_100_target_moves)
  await app.database.rows(
    ['begin', 'drop table target_move', 'drop function keep_target_move cascade', ...statements, 'commit'].join(';'),
  )
  const { targetMoves, grid } = await movesOf(estate.owner)
  expect(foldOf(targetMoves, 6)).toEqual(pairs(grid))
  // That it waited between two attempts is not told.
  expect([...new Set(targetMoves.state)].sort()).toEqual(
    [...new Set(before.state)].filter((state) => state !== 'PENDING').sort(),
  )
})
