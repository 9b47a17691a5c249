import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, inject, onTestFinished, test } from 'vitest'
import { readPidFile } from '../../server/kernel/postmaster.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Run {
  child: ChildProcess
  /** First line of standard output, or '' if it ended without one. */
  url: string
  ended: Promise<{ code: number | null; said: string }>
}

async function run(env: Record<string, string>, ...args: string[]): Promise<Run> {
  const script = join(import.meta.dirname, '../support/small-program.ts')
  const child = spawn(process.execPath, [script, ...args], { env: { ...base(), PORT: '0', ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const closed = once(child, 'close') as Promise<[number | null]>
  const said = text(child.stderr)
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [url] = await Promise.race([line, closed.then((): [string] => [''])])
  return { child, url, ended: Promise.all([closed, said]).then(([[code], all]) => ({ code, said: all })) }
}

/** No setting of whoever runs the tests. */
function base() {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

test('SIGTERM lets a running request finish, then stops the database', async () => {
  const folder = await temporaryFolder()
  const { child, url, ended } = await run({ WAYBILL_DATA: folder })
  const answer = fetch(url).then((response) => response.text())
  await new Promise((done) => setTimeout(done, 100))
  child.kill('SIGTERM')
  expect(await answer).toBe('42')
  expect(await ended).toMatchObject({ code: 0 })
  expect(await readPidFile(join(folder, 'database'))).toBeUndefined()
})

test('after kill -9 it starts again on the same folder, ten times in a row', async () => {
  const folder = await temporaryFolder()
  for (let round = 0; round < 10; round++) {
    const { child, url, ended } = await run({ WAYBILL_DATA: folder })
    expect(url).toMatch(/^http:/)
    child.kill('SIGKILL')
    await ended
  }
  const last = await run({ WAYBILL_DATA: folder })
  last.child.kill('SIGTERM')
  expect(await last.ended).toMatchObject({ code: 0 })
})

test('a second program on the same folder ends with one line and exit code 2', async () => {
  const folder = await temporaryFolder()
  const first = await run({ WAYBILL_DATA: folder })
  const second = await run({ WAYBILL_DATA: folder })
  const { code, said } = await second.ended
  expect(code).toBe(2)
  expect(said).toContain(`in use by another Waybill (pid ${first.child.pid})`)
  expect(said.trim().split('\n')).toHaveLength(1)
  expect(await (await fetch(first.url)).text()).toBe('42')
  first.child.kill('SIGTERM')
  await first.ended
})

test('a bad setting ends with one line and exit code 2, and touches nothing', async () => {
  const folder = await temporaryFolder()
  const { ended } = await run({ WAYBILL_DATA: join(folder, 'data'), WAYBILL_ROLES: 'boss' })
  expect(await ended).toEqual({
    code: 2,
    said: 'Waybill cannot start: WAYBILL_ROLES is wrong: "boss" is none of api, worker, sequencer.\n',
  })
})

test('a port in use ends with one line and exit code 2, and leaves no database running', async () => {
  const folder = await temporaryFolder()
  const rival = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void rival.close())
  await once(rival, 'listening')
  const { port } = rival.address() as AddressInfo
  const { code, said } = await (await run({ WAYBILL_DATA: folder, PORT: String(port) })).ended
  expect(code).toBe(2)
  expect(said).toMatch(new RegExp(`^Waybill cannot start: Port ${port} on 127.0.0.1 is in use by another program`))
  expect(said.trim().split('\n')).toHaveLength(1)
  expect(await readPidFile(join(folder, 'database'))).toBeUndefined()
})

test('an outside database that refuses ends with host and port but without the password', async () => {
  const address = new URL(inject('postgresUrl'))
  address.password = 'hunter2'
  const { code, said } = await (await run({ DATABASE_URL: address.href })).ended
  expect(code).toBe(2)
  expect(said).toContain(`The database of DATABASE_URL at ${address.host} cannot be used`)
  expect(said).not.toContain('hunter2')
  expect(said.trim().split('\n')).toHaveLength(1)
})

test('an outside database that is not there ends with one line and exit code 2, after a few seconds of waiting for it', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((done) => free.close(done))
  const before = Date.now()
  const { ended } = await run({ DATABASE_URL: `postgresql://waybill:hunter2@127.0.0.1:${port}/waybill` })
  expect(await ended).toEqual({
    code: 2,
    said:
      `Waybill cannot start: The database of DATABASE_URL at 127.0.0.1:${port} cannot be used: nothing answers there. ` +
      'Start it or correct DATABASE_URL; without DATABASE_URL Waybill brings a database of its own.\n',
  })
  expect(Date.now() - before).toBeLessThan(15_000)
})

test('an app that does not end is cut off after ten seconds at most, with the database stopped in order', async () => {
  const folder = await temporaryFolder()
  const { child, ended } = await run({ WAYBILL_DATA: folder }, 'hang')
  const before = Date.now()
  child.kill('SIGTERM')
  const { code, said } = await ended
  expect(code).toBe(1)
  expect(said).toContain('Not everything had ended after 7 s')
  expect(Date.now() - before).toBeLessThan(12_000)
  expect(await readPidFile(join(folder, 'database'))).toBeUndefined()
})
