/** What three real hosts tell over SSH, as an IdML book, read into an empty installation: the same things, related alike. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certify } from '../../server/discovery/adapters/idml/certify.ts'
import { openBook } from '../../server/discovery/adapters/idml/files.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { startDiscovery } from '../../server/discovery/discovery.service.ts'
import { approveHostKey } from '../../server/discovery/host-key.service.ts'
import { writeBookTo } from '../../server/discovery/idml-export.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { rows } from '../../server/kernel/sql.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { anEstate, aViewer, nobody, type Estate } from '../support/estate.ts'
import { startLab, whyNoLab, type Lab } from '../support/lab.ts'
import { seenBy } from '../support/seen.ts'

const jobs = { enqueue: () => Promise.resolve() } as unknown as Jobs
const viewer = aViewer()
const why = whyNoLab()

async function aProduct(estate: Estate, name: string, kind: string, config: object) {
  return estate.change((em) => registerProduct(em, { name, kind, config }, estate.services, nobody))
}

async function look(estate: Estate, productId: string) {
  const run = await estate.change((em) => startDiscovery(em, { productId }, { ...estate.services, jobs }, viewer))
  await runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal)
  const em = estate.orm.em.fork()
  const problems = await rows<{ rule: string; message: string }>(
    em,
    'select rule, message from discovery_problem where run_id = $1 order by ordinal',
    [run.uuid],
  )
  const [ended] = await rows<{ state: string; failure: string | null }>(
    em,
    'select state, failure from discovery_run where uuid = $1',
    [run.uuid],
  )
  return { ...ended!, problems }
}

describe.skipIf(why)('hosts over SSH, handed on as a book', { timeout: 180_000 }, () => {
  const services = () => ({ integrations: new Map() })
  const [first, byProduct, byAll] = [anEstate(services), anEstate(services), anEstate(services)]
  let lab: Lab
  let folder: string
  let product: { uuid: string; name: string }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ssh-idml-'))
    lab = await startLab()
    const hosts = lab.hosts.map(({ name, address }) => `${name} root@${address}`).join('\n')
    const made = await aProduct(first, 'Lab', 'ssh', { hosts, privateKey: lab.privateKey })
    product = made
    await look(first, made.id)
    const keys = await rows<{ id: string }>(
      first.orm.em.fork(),
      `select 'hky_' || replace(uuid::text, '-', '') as id from host_key`,
    )
    for (const { id } of keys) await first.change((em) => approveHostKey(em, { id }, viewer))
    expect(await look(first, made.id)).toEqual({ state: 'SUCCEEDED', failure: null, problems: [] })
  }, 240_000)
  afterAll(async () => {
    await lab?.close()
    await rm(folder, { recursive: true, force: true })
  }, 120_000)

  test.each([
    ['of their product', byProduct, true],
    ['of everything', byAll, false],
  ])('%s arrive as the same items and relationships', async (_, second, isOfProduct) => {
    const into = await mkdtemp(join(folder, 'books-'))
    const order = { databaseUrl: first.url, hostname: 'waybill.lab.invalid', version: '0.1.0', at: new Date() }
    const notes: string[] = []
    const note = (sentence: string) => void notes.push(sentence)
    await writeBookTo(into, { ...order, note, product: isOfProduct ? product : null })
    expect(notes).toEqual([])
    const [name] = await readdir(into)
    const certificate = await certify({ name: name!, open: openBook(into, name!) })
    expect(certificate.checks.flatMap(({ findings }) => findings)).toEqual([])

    const books = await aProduct(second, 'Books', 'idml', { folder: into })
    expect(await look(second, books.id)).toEqual({ state: 'SUCCEEDED', failure: null, problems: [] })
    const [told, arrived] = [await seenBy(first), await seenBy(second)]
    expect(told.items.length).toBeGreaterThan(20)
    expect(arrived.relationships).toEqual(told.relationships)
    expect(arrived.items).toEqual(told.items)
    expect(certificate).toMatchObject({
      passed: true,
      elements: told.items.length,
      relations: told.relationships.length,
    })
  })
})
