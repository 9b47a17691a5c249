// How long the delivered program takes until it is ready: on a fresh embedded database, and again on the one it left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { median } from './graph/requests.ts'

const ROUNDS = 3
const launch = join(import.meta.dirname, '../../server/launch.mjs')

/** Seconds from the start of the process to its line that it is ready. */
async function start(folder: string): Promise<number> {
  const env = { ...process.env, WAYBILL_DATA: folder, PORT: '0', NODE_ENV: 'production' }
  const begun = performance.now()
  const program = spawn(process.execPath, [launch, 'main'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let took = 0
  for await (const line of createInterface(program.stdout)) {
    if (!line.startsWith('Waybill is ready')) continue
    took = (performance.now() - begun) / 1_000
    break
  }
  program.kill()
  if (program.exitCode === null) await once(program, 'exit')
  return took
}

const fresh: number[] = []
const again: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'))
  fresh.push(await start(folder))
  again.push(await start(folder), await start(folder))
  await rm(folder, { recursive: true, force: true })
}
console.log(`ready on a fresh embedded database   ${median(fresh).toFixed(2)} s, median of ${fresh.length} (goal 10 s)`)
console.log(`ready on the one that it left        ${median(again).toFixed(2)} s, median of ${again.length} (goal 2 s)`)
