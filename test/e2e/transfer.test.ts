import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from 'pg'
import { apiClient } from '../../server/demo/client.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { tablesOf, writeRows, type Query } from '../../server/transfer/tables.ts'
import { aCast, PASSWORD, silent } from '../support/cast.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')
const WHO = '{ viewer { account { login name } } }'

function environment(folder: string) {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(own), WAYBILL_DATA: folder, PORT: '0' }
}

async function start(folder: string): Promise<{ url: string; lines: string[]; child: ChildProcess }> {
  const child = spawn(process.execPath, [launch, 'main'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const said = createInterface(child.stdout)
  said.on('line', (line) => lines.push(line))
  await Promise.race([once(said, 'line'), once(child, 'exit')])
  await new Promise((done) => setTimeout(done, 100))
  return { url: lines[0]!.replace(/^Waybill is ready at /, ''), lines, child }
}

async function stop(child: ChildProcess) {
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
}

const program = (folder: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [launch, ...args], { env: environment(folder) })

test('an installation exported while in use goes on elsewhere, where the same person signs in', async () => {
  const [old, fresh, shelf] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
  const file = join(shelf, 'waybill.tar')

  const first = await start(old)
  const ada = apiClient(first.url, 'Ada')
  await ada.mutate(
    'mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { userErrors { code message } position } }',
    {
      token: new URL(first.lines.join('\n').match(/http\S+token=\S+/)![0]).searchParams.get('token'),
      login: 'ada',
      name: 'Ada Admin',
      password: PASSWORD,
    },
  )
  expect((await program(old, 'export', '--to', file)).stdout).toMatch(/^Exported \d+ rows of \d+ tables/)
  ada.close()
  await stop(first.child)

  expect((await program(fresh, 'import', '--from', file)).stdout).toContain('every table equals what was exported\n')
  const again = program(fresh, 'import', '--from', file)
  await expect(again).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('This installation is not empty') as string,
  })

  const second = await start(fresh)
  expect(second.lines.join('\n')).not.toContain('token=')
  const same = apiClient(second.url, 'Ada')
  await same.mutate(
    'mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code message } position } }',
    {
      login: 'ada',
      password: PASSWORD,
    },
  )
  expect(await same.query(WHO)).toEqual({ viewer: { account: { login: 'ada', name: 'Ada Admin' } } })
  same.close()
  await stop(second.child)
})

const SIGN_IN = 'mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code message } position } }'

/** What people look at in the deployments of an installation. */
const DEPLOYMENTS = `{ deployments(first: 10) { totalCount nodes {
  id number title state confirmation targetTotal startedAt finishedAt
  counts { confirmed failed pending } source { number digest package { name } } release { number title } task { number title }
  createdBy { name } validation { state digest counts { pass warning block } } approvals { by { name } decision digest valid }
  targets(first: 20) { nodes { state confirmation previousVersion item { id name }
    log(first: 200) { lines { text } } attempts { ordinal fence state steps { name } } } }
  history(first: 50) { nodes { at action by } }
} } }`

/** Every table with its number of rows and the digest of what they hold, and the numbers that the sequences have reached. */
async function contents(folder: string) {
  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder: lock.path })
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const query: Query = async (text, values) => (await client.query(text, values)).rows as never
    await query('begin')
    const tables: Record<string, { rows: number; sha256: string }> = {}
    for (const table of await tablesOf(query)) tables[table.name] = await writeRows(query, table, async () => {})
    return tables
  } finally {
    await client.end()
    await postgres.stop()
    await lock.release()
  }
}

test('after the whole road, what is imported elsewhere is what was exported, table by table, and its deployments are looked at there', async () => {
  const [old, fresh, shelf] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
  const file = join(shelf, 'waybill.tar')
  const first = await start(old)
  const cast = await aCast(first.url, first.lines.join('\n').match(/http\S+token=\S+/)![0])
  const outcomes = await driveTheRoad(cast, silent)
  expect(outcomes.map(({ confirmation }) => confirmation)).toEqual(['CONFIRMED', 'CONFIRMED'])
  const seen = await cast.owner.query<{ deployments: { totalCount: number } }>(DEPLOYMENTS)
  expect(seen.deployments.totalCount).toBe(2)
  for (const person of Object.values(cast)) person.close()
  await stop(first.child)

  await program(old, 'export', '--to', file)
  const exported = await contents(old)
  await program(fresh, 'import', '--from', file)
  const imported = await contents(fresh)
  expect(Object.keys(imported).length).toBeGreaterThan(40)
  for (const [name, table] of Object.entries(exported)) expect(imported[name], name).toEqual(table)
  for (const name of ['configuration_item', 'deployment_target', 'attempt', 'finding', 'audit_entry'])
    expect(imported[name]!.rows, name).toBeGreaterThan(0)

  const second = await start(fresh)
  const olga = apiClient(second.url, 'owner')
  await olga.mutate(SIGN_IN, { login: 'owner', password: PASSWORD })
  expect(await olga.query(DEPLOYMENTS)).toEqual(seen)
  olga.close()
  await stop(second.child)
}, 240_000)
