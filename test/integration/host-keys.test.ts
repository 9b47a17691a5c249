import { expect, test } from 'vitest'
import type { HostKeyVerdict } from '../../server/discovery/adapters/adapter.ts'
import { sshAdapter } from '../../server/discovery/adapters/ssh/index.ts'
import { approveHostKey, rejectHostKey } from '../../server/discovery/host-key.service.ts'
import { hostServices } from '../../server/discovery/hosts.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { anEstate, aViewer, nobody } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

const adapters = new Map([['ssh', sshAdapter()]])
const estate = anEstate(() => ({ integrations: new Map(), adapters, sources: adapters }))
const viewer = aViewer()

let products = 0
async function aProduct() {
  const config = { hosts: 'web1 10.0.0.1', password: 'secret' }
  const input = { name: `Hosts ${++products}`, kind: 'ssh', config }
  const product = await estate.change((em) => registerProduct(em, input, estate.services, nobody))
  const hosts = hostServices(estate.orm.em, product.uuid)
  const show = (fingerprint: string, host = 'web1', type = 'ssh-ed25519'): Promise<HostKeyVerdict> =>
    hosts.judgeHostKey!({ host, address: '10.0.0.1:22', type, fingerprint })
  const keys = async () => {
    const { managementProduct } = await estate.query<{ managementProduct: { hostKeys: { nodes: Key[] } } }>(
      `query ($id: ID!) { managementProduct(id: $id) { hostKeys(first: 50) {
         nodes { id host fingerprint approvedFingerprint state allowedActions decidedAt } } } }`,
      { id: product.id },
    )
    return managementProduct.hostKeys.nodes
  }
  const key = async (fingerprint: string) => (await keys()).find((one) => one.fingerprint === fingerprint)!
  const approve = async (fingerprint: string) => {
    const { id } = await key(fingerprint)
    return estate.change((em) => approveHostKey(em, { id }, viewer))
  }
  const reject = async (fingerprint: string) => {
    const { id } = await key(fingerprint)
    return estate.change((em) => rejectHostKey(em, { id }, viewer))
  }
  return { product, hosts, show, keys, key, approve, reject }
}

interface Key {
  id: string
  host: string
  fingerprint: string
  approvedFingerprint: string | null
  state: string
  allowedActions: string[]
  decidedAt: string | null
}

test('A key that is seen for the first time waits for a person, however often it is shown', async () => {
  const { show, keys } = await aProduct()
  expect(await show('SHA256:a')).toEqual({ state: 'PENDING' })
  expect(await show('SHA256:a')).toEqual({ state: 'PENDING' })
  expect(await keys()).toMatchObject([
    { host: 'web1', fingerprint: 'SHA256:a', state: 'PENDING', allowedActions: ['approve', 'reject'], decidedAt: null },
  ])
})

test('An approved key is trusted, and another one of the host is changed, whatever its type', async () => {
  const { show, approve, key } = await aProduct()
  await show('SHA256:a')
  await approve('SHA256:a')
  expect(await show('SHA256:a')).toEqual({ state: 'APPROVED', approved: 'SHA256:a' })
  expect(await show('SHA256:b', 'web1', 'ssh-rsa')).toEqual({ state: 'CHANGED', approved: 'SHA256:a' })
  expect(await key('SHA256:b')).toMatchObject({ state: 'CHANGED', approvedFingerprint: 'SHA256:a' })
  expect(await show('SHA256:c', 'web2')).toEqual({ state: 'PENDING' })
})

test('Approving a changed key takes trust from the one before; a rejected key stays refused', async () => {
  const { show, approve, reject, key } = await aProduct()
  await show('SHA256:a')
  await show('SHA256:p')
  await approve('SHA256:a')
  expect((await key('SHA256:p')).state).toBe('CHANGED')
  await show('SHA256:b')
  await approve('SHA256:b')
  expect(await show('SHA256:b')).toEqual({ state: 'APPROVED', approved: 'SHA256:b' })
  expect(await show('SHA256:a')).toEqual({ state: 'REJECTED', approved: 'SHA256:b' })
  await reject('SHA256:b')
  expect(await show('SHA256:b')).toEqual({ state: 'REJECTED' })
  expect(await key('SHA256:b')).toMatchObject({ allowedActions: ['approve'] })
})

test('Two who decide at once leave one approved key', async () => {
  const { show, approve, keys } = await aProduct()
  await Promise.all(['SHA256:a', 'SHA256:b', 'SHA256:c'].map((one) => show(one)))
  await Promise.all([approve('SHA256:a'), approve('SHA256:b')])
  expect((await keys()).filter(({ state }) => state === 'APPROVED')).toHaveLength(1)
})

test('Decisions on what is not there, decided already or seen in another version are refused in words', async () => {
  const { show, approve, reject, key } = await aProduct()
  await show('SHA256:a')
  await approve('SHA256:a')
  await expect(approve('SHA256:a')).rejects.toThrow('The key SHA256:a of web1 is APPROVED, so it cannot approve.')
  const { id } = await key('SHA256:a')
  await expect(estate.change((em) => rejectHostKey(em, { id, expectedVersion: 1 }, viewer))).rejects.toThrow(
    /The key SHA256:a of web1/,
  )
  const nowhere = toNodeId('hky', '0199aaaa-0000-7000-8000-000000000000')
  await expect(estate.change((em) => approveHostKey(em, { id: nowhere }, viewer))).rejects.toThrow(/host key/)
  await reject('SHA256:a')
})

test('The keys of many hosts are read in as many statements as those of one', async () => {
  const { product, show } = await aProduct()
  const look = async () => {
    const statements = await countStatements(() =>
      estate.query(
        `query ($id: ID!) { managementProduct(id: $id) {
           hostKeys(first: 200) { totalCount nodes { id approvedFingerprint decidedBy { id } product { id } } }
           hostCaptures(first: 200) { totalCount nodes { host size } } } }`,
        { id: product.id },
      ),
    )
    return statements.length
  }
  await show('SHA256:0', 'h0')
  const one = await look()
  for (let n = 1; n < 20; n++) await show(`SHA256:${n}`, `h${n}`)
  expect(await look()).toBe(one)
})

test('What a host told is kept compressed, the last three of each host, and comes back as it was', async () => {
  const { product, hosts } = await aProduct()
  const text = (n: number) => `#waybill-ssh-capture 1 {"n":${n}}\n${'installed\tbash\t5\n'.repeat(1_000)}`
  for (let n = 0; n < 5; n++) await hosts.keep!('web1', text(n))
  await hosts.keep!('web2', text(9))
  const { managementProduct } = await estate.query<{
    managementProduct: { hostCaptures: { totalCount: number; nodes: { uuid: string; host: string; size: number }[] } }
  }>(
    `query ($id: ID!) { managementProduct(id: $id) { hostCaptures(first: 10) { totalCount nodes { uuid host size } } } }`,
    { id: product.id },
  )
  const { nodes, totalCount } = managementProduct.hostCaptures
  expect(totalCount).toBe(4)
  expect(nodes.map(({ host }) => host)).toEqual(['web2', 'web1', 'web1', 'web1'])
  expect(nodes[1]!.size).toBe(text(4).length)
  const read = (uuid: string) => estate.query(`query ($uuid: ID!) { hostCaptureText(uuid: $uuid) }`, { uuid })
  expect(await read(nodes[1]!.uuid)).toEqual({ hostCaptureText: text(4) })
  expect(await read('0199aaaa-0000-7000-8000-000000000000')).toEqual({ hostCaptureText: null })
  await expect(read('nonsense')).rejects.toThrow('A capture is named by its uuid')
})
