import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { createWebServer, serveDashboard } from '../../server/http/web-server.ts'
import { createLogger } from '../../server/kernel/log.ts'
import { lists } from '../support/pages.ts'

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

test('scripts and styles travel as small as the budget counts them, and whole to whoever cannot unpack', async () => {
  const server = createWebServer(createLogger({ level: 'silent', format: 'json' }))
  onTestFinished(() => server.close())
  await serveDashboard(server)
  const { scripts, styles } = await entry()
  for (const name of [...scripts, ...styles]) {
    const ask = (encoding: string) => server.inject({ url: name, headers: { 'accept-encoding': encoding } })
    const whole = await readFile(join(dashboard, name))
    const small = await packed(name)
    for (const [accepted, used] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip, deflate', 'gzip'],
    ] as const) {
      const { headers, rawPayload } = await ask(accepted)
      // What fits into one packet travels as it is.
      if (whole.length > 1_400) {
        expect(headers['content-encoding']).toBe(used)
        // Packed at another level, which takes a few bytes more of one file in a hundred.
        expect(rawPayload.length).toBeLessThanOrEqual(small + 16)
      }
      expect(headers['content-type']).toMatch(/^(application\/javascript|text\/css)/)
      expect(headers['cache-control']).toContain('immutable')
    }
    expect((await ask('identity')).rawPayload.equals(whole)).toBe(true)
  }
})

test('the answer for a page names its own files too, so that they are fetched beside the entry', async () => {
  const server = createWebServer(createLogger({ level: 'silent', format: 'json' }))
  onTestFinished(() => server.close())
  await serveDashboard(server)
  const filesOf = async (url: string) => {
    const { body, statusCode } = await server.inject({ url, headers: { accept: 'text/html' } })
    expect(statusCode).toBe(200)
    return [...body.matchAll(/<link rel="modulepreload"[^>]* href="([^"]+)">/g)].map(([, name]) => name!)
  }
  const first = await filesOf('/no/such/page')
  const own = async (path: string) => (await filesOf(path)).filter((name) => !first.includes(name))
  const ids = ['deployments', 'releases', 'tasks', 'items', 'products', 'library', 'discovery']
  for (const path of [...lists, ...ids.map((kind) => `/${kind}/01980000-0000-7000-8000-000000000000`)]) {
    const names = await own(path)
    if (path === '/no/such/page') continue
    expect(names, path).not.toEqual([])
    for (const name of names) expect((await server.inject({ url: name })).statusCode, name).toBe(200)
  }
  expect(await own('/releases/new?search=1')).toEqual(await own('/releases/new'))
  expect(await own('/releases/new')).not.toEqual(await own('/releases/another'))
})
