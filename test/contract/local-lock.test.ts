import { fork } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from '../../server/integrations/local/lock.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'waybill-lock-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

const script = join(import.meta.dirname, 'benches', 'count-under-lock.ts')
const start = (times: number) =>
  fork(script, [folder, String(times)], { execArgv: ['--import', 'tsx'], stdio: 'ignore' })

describe('the lock of a host', () => {
  it('lets one in at a time, over processes and within one', async () => {
    await writeFile(join(folder, 'count'), '0')
    const others = [start(60), start(60)]
    const ended = others.map((other) => new Promise((resolve) => other.once('exit', resolve)))
    const count = async () => Number(await readFile(join(folder, 'count'), 'utf8'))
    const mine = Array.from({ length: 60 }, () =>
      withLock(folder, async () => writeFile(join(folder, 'count'), String((await count()) + 1))),
    )
    await Promise.all(mine)
    expect(await Promise.all(ended)).toEqual([0, 0])
    expect(await count()).toBe(180)
    expect((await readdir(folder)).filter((name) => name !== 'count')).toHaveLength(1)
  })

  it('is free at once when its owner was killed', async () => {
    const owner = start(-1)
    await new Promise((resolve) => owner.once('message', resolve))
    await expect(withLock(folder, async () => 'in', 100)).rejects.toThrow('too long')
    const ended = new Promise((resolve) => owner.once('exit', resolve))
    owner.kill('SIGKILL')
    await ended
    expect(await withLock(folder, async () => 'in', 100)).toBe('in')
  })

  it('is free when its number has gone to another process with the same pid', async () => {
    await writeFile(join(folder, 'lock.7'), `${process.pid} 1`)
    expect(await withLock(folder, async () => 'in', 100)).toBe('in')
    expect(await readdir(folder)).toEqual(['lock.8'])
  })

  it('is given back when the work fails', async () => {
    await expect(withLock(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withLock(folder, async () => 'in', 100)).toBe('in')
  })
})
