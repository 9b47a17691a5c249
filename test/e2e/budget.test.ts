import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const dashboard = join(import.meta.dirname, '../../dist/dashboard')
const KIB = 1024

/** Names of the scripts and styles that index.html asks for before anything is shown. */
async function entry() {
  const html = await readFile(join(dashboard, 'index.html'), 'utf8')
  const found = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, name]) => name!)
  return {
    scripts: found(/<(?:script|link)[^>]+(?:src|href)="([^"]+\.js)"/g),
    styles: found(/<link[^>]+href="([^"]+\.css)"/g),
  }
}

const packed = async (name: string) => gzipSync(await readFile(join(dashboard, name))).length

async function sizes(names: string[]) {
  const list = await Promise.all(names.map(async (name) => [name, await packed(name)] as const))
  return { list, total: list.reduce((sum, [, size]) => sum + size, 0) }
}

test('the first JavaScript is at most 130 KiB packed', async () => {
  const { scripts } = await entry()
  expect(scripts.length).toBeGreaterThan(0)
  const { list, total } = await sizes(scripts)
  expect(total, list.map(([name, size]) => `${name} ${size}`).join('\n')).toBeLessThanOrEqual(130 * KIB)
})

test('the first styles are at most 20 KiB packed', async () => {
  const { styles } = await entry()
  expect(styles.length).toBeGreaterThan(0)
  expect((await sizes(styles)).total).toBeLessThanOrEqual(20 * KIB)
})

test('no page brings more than 60 KiB packed of its own', async () => {
  const { scripts } = await entry()
  const first = new Set(scripts.map((name) => name.split('/').at(-1)))
  const all = await readdir(join(dashboard, 'assets'))
  const later = all.filter((name) => name.endsWith('.js') && !first.has(name))
  expect(later.length).toBeGreaterThan(5)
  const { list } = await sizes(later.map((name) => join('assets', name)))
  expect(list.filter(([, size]) => size > 60 * KIB)).toEqual([])
})
