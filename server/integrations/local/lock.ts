/**
 * One exclusive lock per host that outlives no process.
 *
 * Lock files carry a rising number; the highest is the lock, its text names the owner or is 'free'. To take a lock that
 * is free or whose owner has died is to create the next number, which only one can do (a hard link fails if the name
 * exists). Nothing is ever removed but numbers below the highest, so no two can hold it, however a taker is interrupted.
 */
import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from './files.ts'
import { processStart } from './process.ts'

const free = 'free'

/** Runs `work` while holding the lock in `folder`. Gives up after `patience` milliseconds with a sentence. */
export async function withLock<T>(folder: string, work: () => Promise<T>, patience = 15_000): Promise<T> {
  const mine = await acquire(folder, patience)
  try {
    return await work()
  } finally {
    // A host folder that vanished took its lock along.
    await writeFile(mine, free, { flag: 'r+' }).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
    })
  }
}

async function acquire(folder: string, patience: number): Promise<string> {
  const owner = `${process.pid} ${(await processStart(process.pid)) ?? '-'}`.padEnd(48)
  const candidate = join(folder, `.candidate-${randomUUID()}`)
  await writeFile(candidate, owner)
  try {
    const deadline = Date.now() + patience
    for (;;) {
      const taken = await tryAcquire(folder, candidate)
      if (taken) return taken
      if (Date.now() > deadline) throw new Error(`Something else has held the lock in ${folder} for too long.`)
      await sleep(10 + Math.random() * 20)
    }
  } finally {
    await rm(candidate, { force: true })
  }
}

async function tryAcquire(folder: string, candidate: string): Promise<string | undefined> {
  const highest = (await numbers(folder)).at(-1) ?? 0
  if (highest > 0 && (await isHeld(lockFile(folder, highest)))) return undefined
  const next = lockFile(folder, highest + 1)
  try {
    await link(candidate, next)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  }
  // A slow taker may have created a number again that others had already passed and removed: then the lock is elsewhere.
  const all = await numbers(folder)
  if (all.at(-1) !== highest + 1) {
    await rm(next, { force: true })
    return undefined
  }
  await Promise.all(all.slice(0, -1).map((number) => rm(lockFile(folder, number), { force: true })))
  return next
}

async function isHeld(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return true // removed meanwhile by a later owner: look again
  if (text.startsWith(free)) return false
  const [pid, start] = text.trim().split(' ')
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  return start === '-' || (await processStart(Number(pid))) === start
}

const lockFile = (folder: string, number: number) => join(folder, `lock.${number}`)

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => /^lock\.\d+$/.test(name))
    .map((name) => Number(name.slice(5)))
    .sort((a, b) => a - b)
}
