import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocal } from '../../server/integrations/local/index.ts'

const local = createLocal()
let folder: string
const product = () => ({ id: 'p/1', name: 'Hosts & <others>', config: { folder } })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-jobs-'))
  for (const [host, deploymentId] of [
    ['web-1', 'd-1'],
    ['web-2', 'd-2'],
  ] as const) {
    await mkdir(join(folder, host, 'state', 'attempts'), { recursive: true })
    const receipt = { attemptId: 'a', outcome: 'failed', effect: 'none', cause: '<script>alert(1)</script>', steps: [] }
    const what = { name: 'storefront', version: '1.1.0', digest: `sha256:${'a'.repeat(64)}` }
    const marker = {
      attemptId: 'a',
      deploymentId,
      fence: '3',
      package: what,
      admittedAt: '2026-11-23T10:00:00Z',
      receipt,
    }
    await writeFile(join(folder, host, 'state', 'attempts', 'a.json'), JSON.stringify(marker))
  }
})
afterAll(async () => {
  await local.close!()
  await rm(folder, { recursive: true })
})

async function page(context: object) {
  const response = await fetch((await local.launchUrl!(product(), context))!)
  return { status: response.status, headers: response.headers, html: await response.text() }
}

describe('the job pages of the local product', () => {
  it('shows the jobs of one deployment, and nothing of another', async () => {
    const { status, html } = await page({ deploymentId: 'd-1' })
    expect(status).toBe(200)
    expect(html).toContain('web-1')
    expect(html).not.toContain('web-2')
  })

  it('shows the jobs of one host', async () => {
    const { html } = await page({ targetKey: 'web-2' })
    expect(html).toContain('web-2')
    expect(html).not.toContain('web-1')
  })

  it('escapes what comes from outside, and lets nothing run', async () => {
    const { html, headers } = await page({})
    expect(html).toContain('&lt;script&gt;alert(1)')
    expect(html).toContain('Hosts &amp; &lt;others&gt;')
    expect(html).not.toContain('<script')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  })

  it('does not answer under a foreign name, and knows no other page', async () => {
    const url = new URL((await local.launchUrl!(product(), {}))!)
    const status = (path: string, host?: string) =>
      new Promise((resolve) => {
        const headers = host ? { host } : {}
        request({ host: url.hostname, port: url.port, path, headers }, (answer) =>
          resolve(answer.resume().statusCode),
        ).end()
      })
    expect(await status(url.pathname)).toBe(200)
    expect(await status(url.pathname, 'evil.example')).toBe(421)
    for (const path of ['/', '/products/other', `${url.pathname}/hosts/..%2F..%2Fetc`, '/products/%E0%A4%A']) {
      expect(await status(path), path).toBe(404)
    }
  })

  it('says that its port is in use', async () => {
    const thief = createServer()
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve))
    const { port } = thief.address() as AddressInfo
    const other = createLocal({ jobPagePort: port })
    await expect(other.launchUrl!(product(), {})).rejects.toThrow(`port ${port} for the job pages is in use`)
    thief.close()
  })
})
