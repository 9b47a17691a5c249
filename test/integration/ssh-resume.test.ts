/** Three real hosts, of which one hangs: what the others told is not asked for again when the run is resumed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approveHostKey } from '../../server/discovery/host-key.service.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, aViewer } from '../support/estate.ts'
import { startLab, whyNoLab, type Lab } from '../support/lab.ts'
import { looksAt } from '../support/looks.ts'
import { seenBy } from '../support/seen.ts'
import { until } from '../support/until.ts'

const why = whyNoLab()

describe.skipIf(why)('a discovery of hosts over SSH', { timeout: 180_000 }, () => {
  const services = () => ({ integrations: new Map() })
  const [calm, cut] = [anEstate(services), anEstate(services)]
  let lab: Lab
  beforeAll(async () => void (lab = await startLab()), 240_000)
  afterAll(() => lab?.close(), 120_000)

  /** A product whose hosts are trusted. */
  async function hosts(estate: typeof calm, name: string, more: object = {}) {
    const looks = looksAt(estate)
    const lines = lab.hosts.map((host) => `${host.name} root@${host.address}`).join('\n')
    const product = await looks.product(name, 'ssh', { hosts: lines, privateKey: lab.privateKey, ...more })
    await looks.run(await looks.start(product.id))
    const keys = await rows<{ id: string }>(
      estate.orm.em.fork(),
      `select 'hky_' || replace(uuid::text, '-', '') as id from host_key where product_id = $1`,
      [product.uuid],
    )
    expect(keys).toHaveLength(3)
    for (const { id } of keys) await estate.change((em) => approveHostKey(em, { id }, aViewer()))
    return { looks, product }
  }
  const hang = (name: string) => lab.host(name).run('kill -STOP $(cat /run/lab-sshd.pid)')
  const wake = (name: string) => lab.host(name).run('kill -CONT $(cat /run/lab-sshd.pid)')
  /** How many sessions the sshd of each host let in so far. */
  const sessions = async () =>
    Promise.all(lab.hosts.map(async ({ run }) => Number(await run('grep -c Accepted /lab/sshd.log || true'))))

  test('that is cancelled while one host hangs visits only that one when it is resumed, and ends like an uninterrupted one', async () => {
    const whole = await hosts(calm, 'Lab')
    const once = await whole.looks.start(whole.product.id)
    await whole.looks.run(once)
    expect(await whole.looks.ended(once)).toMatchObject({ state: 'SUCCEEDED', problems: [] })

    const { looks, product } = await hosts(cut, 'Lab', { seconds: '600' })
    const before = await sessions()
    await hang('web2')
    const runId = await looks.start(product.id)
    try {
      const running = looks.run(runId)
      const kept = () =>
        rows<{ host: string }>(cut.orm.em.fork(), 'select host from host_capture where product_id = $1 order by 1', [
          product.uuid,
        ])
      await until(kept, (found) => found.length === 2, 120_000)
      await looks.cancel(runId)
      await running
    } finally {
      await wake('web2')
    }
    expect(await looks.ended(runId)).toMatchObject({ state: 'CANCELLED', created: 0 })
    const [web1, web2, web3] = before as [number, number, number]
    expect(await sessions()).toEqual([web1 + 1, web2, web3 + 1])
    await looks.resume(runId)
    await looks.run(runId)
    expect(await looks.ended(runId)).toMatchObject({ state: 'SUCCEEDED', problems: [] })
    expect(await sessions()).toEqual([web1 + 1, web2 + 1, web3 + 1])
    const seen = await seenBy(cut)
    expect(seen).toEqual(await seenBy(calm))
    // What all three told together, also those that were not visited again.
    expect(seen.relationships).toContain('ComputerSystem web1 → dependsOn → ComputerSystem web2')
  })

  test('ends with a problem that names the host that hung, what it was doing and the time that it had', async () => {
    const { looks, product } = await hosts(cut, 'Lab with a hanging host', { seconds: '4' })
    const run = async () => {
      const runId = await looks.start(product.id)
      await looks.run(runId)
      return looks.ended(runId)
    }
    await hang('web3')
    try {
      expect(await run()).toMatchObject({
        state: 'SUCCEEDED',
        problems: [
          {
            rule: 'time-limit',
            message: 'web3 was still connecting after 4 s and was left alone.',
            source: 'web3',
            element: 'connecting',
          },
        ],
      })
    } finally {
      await wake('web3')
    }
    // A question that never ends: a third of the time is its own, and the rest is told.
    const dpkg = '/usr/bin/dpkg-query'
    await lab.host('web3').run(`mv ${dpkg} /lab/ && printf '#!/bin/sh\nexec sleep 600\n' >${dpkg} && chmod 755 ${dpkg}`)
    try {
      expect((await run()).problems).toMatchObject([
        {
          rule: 'answer',
          message: 'web3 did not answer about its dpkg; what is missing there stays as it was.',
          source: 'web3',
          element: 'dpkg',
        },
      ])
    } finally {
      await lab.host('web3').run(`mv /lab/dpkg-query /usr/bin/`)
    }
  })
})
