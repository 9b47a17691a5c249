import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')

/** `npm run demo -- --once` in this data folder: its exit code and what it said. */
async function demo(folder: string): Promise<{ code: number | null; said: string }> {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  const child = spawn(process.execPath, [launch, 'demo', '--once'], {
    env: { ...Object.fromEntries(own), WAYBILL_DATA: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (part) => (said += String(part)))
  child.stderr.on('data', (part) => (said += String(part)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

test('the demo ends with 0 when both deployments are confirmed, and with 1 and what is wrong when a host lies', async () => {
  const folder = await temporaryFolder()
  const first = await demo(folder)
  expect(first.said).toMatch(/^Waybill is ready at http/m)
  expect(first.said).toMatch(/^Watch it in the browser: http\S+token=/m)
  expect(first.said).toContain('Both deployments are CONFIRMED.')
  expect(first.code).toBe(0)

  const hosts = join(folder, 'sample', 'hosts')
  const [name] = (await readdir(hosts)).sort()
  await writeFile(join(hosts, name!, 'faults.json'), JSON.stringify({ step: 'health', fault: 'lie', version: '9.9.9' }))
  const second = await demo(folder)
  expect(second.said).toMatch(/DPL-\d+ ended SUCCEEDED, CONTRADICTED/)
  expect(second.said).toContain('DPL-')
  expect(second.code).toBe(1)
}, 300_000)
