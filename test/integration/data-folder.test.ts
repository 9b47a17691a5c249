import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { CannotStart } from '../../server/kernel/cannot-start.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { isPostmasterOf, readPidFile } from '../../server/kernel/postmaster.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function holder(folder: string, ...what: string[]): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, '../support/data-folder-holder.ts')
  const child = spawn(process.execPath, [script, folder, ...what], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  return { child, url: (JSON.parse(line) as { url: string }).url }
}

async function kill9(child: ChildProcess) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function aChildOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'ppid=,pid='])
  const pairs = stdout.split('\n').map((line) => line.trim().split(/ +/).map(Number))
  return pairs.find(([parent]) => parent === pid)![1]!
}

async function one<T>(url: string, text: string): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
    .query(text)
    .then(({ rows }) => rows[0] as T)
    .finally(() => client.end())
}

test('a second program on the same folder is refused and told who holds it', async () => {
  const folder = await temporaryFolder()
  const { child } = await holder(folder)
  await expect(openDataFolder(folder)).rejects.toThrow(`in use by another Waybill (pid ${child.pid})`)
  await expect(openDataFolder(folder)).rejects.toBeInstanceOf(CannotStart)
})

test('a folder whose holder was killed is free at once, twenty times in a row', async () => {
  const folder = await temporaryFolder()
  for (let round = 0; round < 5; round++) await kill9((await holder(folder)).child)
  for (let round = 0; round < 15; round++) await (await openDataFolder(folder)).release()
})

test('of ten programs that want a stale folder at the same time exactly one gets it', async () => {
  const folder = await temporaryFolder()
  await kill9((await holder(folder)).child)
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => openDataFolder(folder)))
  const winners = tries.filter((result) => result.status === 'fulfilled')
  await Promise.all(winners.map(({ value }) => value.release()))
  expect(winners).toHaveLength(1)
})

test('nobody but the owner can read the folder', async () => {
  const path = join(await temporaryFolder(), 'data')
  await (await openDataFolder(path)).release()
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('700')
})

test('a folder that cannot be made is refused with its path', async () => {
  const file = join(await temporaryFolder(), 'a-file')
  await writeFile(file, '')
  await expect(openDataFolder(join(file, 'data'))).rejects.toThrow(/a-file\/data cannot be used by .+ \(ENOTDIR\)/)
})

test('the database that outlives a killed Waybill is adopted with everything that was committed', async () => {
  const folder = await temporaryFolder()
  const first = await holder(folder, 'postgres')
  await one(first.url, 'create table kept as select 42 as answer')
  await kill9(first.child)

  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder, durable: false })
  expect(postgres.adopted).toBe(true)
  expect(await one(postgres.url, 'select answer from kept')).toEqual({ answer: 42 })
  await postgres.stop()
  expect(await readPidFile(join(folder, 'database'))).toBeUndefined()
  await lock.release()
})

test('a running database with other settings is stopped and started anew', async () => {
  const folder = await temporaryFolder()
  const first = await holder(folder, 'postgres')
  await kill9(first.child)
  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder, durable: true })
  expect(postgres.adopted).toBe(false)
  expect(await one(postgres.url, 'show fsync')).toEqual({ fsync: 'on' })
  await postgres.stop()
  await lock.release()
})

test('a database that was killed together with Waybill recovers, though its pid belongs to somebody else', async () => {
  const folder = await temporaryFolder()
  const first = await holder(folder, 'postgres')
  await one(first.url, 'create table kept as select 42 as answer')
  await kill9(first.child)
  const cluster = join(folder, 'database')
  const { pid } = (await readPidFile(cluster))!
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => isPostmasterOf(cluster, pid)).toBe(false)
  const bystander = spawn('sleep', ['60'])
  onTestFinished(() => void bystander.kill())
  await writeFile(join(cluster, 'postmaster.pid'), `${bystander.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n0 0\nready\n`)

  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder, durable: false })
  expect(await one(postgres.url, 'select answer from kept')).toEqual({ answer: 42 })
  await postgres.stop()
  await lock.release()
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
})

test('a database that was killed together with Waybill recovers where nobody buries the dead', async () => {
  const folder = await temporaryFolder()
  const first = await holder(folder, 'postgres')
  await kill9(first.child)
  process.kill((await readPidFile(join(folder, 'database')))!.pid, 'SIGKILL')
  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder, durable: false })
  expect(await one(postgres.url, 'select 1 as lives')).toEqual({ lives: 1 })
  await postgres.stop()
  await lock.release()
})

test('a database that was killed is started anew once the last of its processes has noticed', async () => {
  const folder = await temporaryFolder()
  const first = await holder(folder, 'postgres')
  const { pid } = (await readPidFile(join(folder, 'database')))!
  const child = await aChildOf(pid)
  process.kill(child, 'SIGSTOP')
  await kill9(first.child)
  process.kill(pid, 'SIGKILL')
  const lock = await openDataFolder(folder)
  const log = () => readFile(join(folder, 'database.log'), 'utf8')
  const [postgres] = await Promise.all([
    startPostgres({ folder, durable: false }),
    expect
      .poll(log, { timeout: 20_000 })
      .toContain('still in use')
      .finally(() => process.kill(child, 'SIGCONT')),
  ])
  expect(await one(postgres.url, 'select 1 as lives')).toEqual({ lives: 1 })
  await postgres.stop()
  await lock.release()
})

test('a database of another major version is refused with the way out', async () => {
  const folder = await temporaryFolder()
  const lock = await openDataFolder(folder)
  const postgres = await startPostgres({ folder, durable: false })
  await postgres.stop()
  await writeFile(join(folder, 'database', 'PG_VERSION'), '17\n')
  await expect(startPostgres({ folder, durable: false })).rejects.toThrow(
    /written by PostgreSQL 17, and this Waybill brings PostgreSQL 18.*npm run export/,
  )
  await lock.release()
})
