/** Real exports as sources of the adapters that read files. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { AdapterBench } from '../adapter.contract.ts'

const DATA = join(import.meta.dirname, '../../data')
const product = (config: Record<string, unknown>) => ({ id: 'p', name: 'Files', config })
const file = (name: string, text: string) => ({ name, open: () => Readable.from([Buffer.from(text)]) })
const close = async () => {}

export async function kubernetesBench(): Promise<AdapterBench> {
  const good = { path: join(DATA, 'kubernetes/online-boutique.yaml'), cluster: 'shop' }
  return {
    product: product(good),
    badConfigs: [
      { config: { ...good, path: 'here' }, says: /absolute path/ },
      { config: { path: '/x' }, says: /name the cluster/ },
      { config: { ...good, namespace: 'No Name' }, says: /name of a namespace/ },
      { config: { ...good, colour: 'red' }, says: /no setting "colour"/ },
    ],
    unreadable: [{ product: product({ ...good, path: '/nowhere/at/all' }), says: /nothing at/ }],
    // One document that is broken does not keep the others from being read.
    refused: null,
    flawed: { product: product(good), upload: file('bad.yaml', 'kind: Pod\n'), rule: 'no-object' },
    secrets: ['shop_session-id'],
    close,
  }
}

export async function ansibleBench(): Promise<AdapterBench> {
  const good = { inventory: join(DATA, 'ansible/one-host.ini'), facts: join(DATA, 'ansible/facts') }
  return {
    product: product(good),
    badConfigs: [
      { config: { inventory: 'hosts' }, says: /"inventory" must be an absolute path/ },
      { config: { ...good, facts: 'facts' }, says: /"facts" must be an absolute path/ },
      { config: { ...good, colour: 'red' }, says: /no setting "colour"/ },
    ],
    unreadable: [
      { product: product({ inventory: '/nowhere/at/all' }), says: /There is no file/ },
      { product: product({ ...good, facts: '/nowhere' }), says: /There is no folder/ },
    ],
    refused: [
      { product: product(good), upload: file('i.yml', 'all:\n  hosts: [\n'), rule: 'yaml', line: 3, column: 1 },
      { product: product(good), upload: file('i.ini', '[web]\n[web\n'), rule: 'ini', line: 2 },
    ],
    flawed: { product: product(good), upload: file('i.ini', 'web1 secret_word=hush\n'), rule: 'unmapped' },
    secrets: ['hush'],
    close,
  }
}

export async function netboxBench(): Promise<AdapterBench> {
  const good = { path: join(DATA, 'netbox/netbox-demo.json') }
  return {
    product: product(good),
    badConfigs: [
      { config: {}, says: /absolute path/ },
      { config: { ...good, colour: 'red' }, says: /no setting "colour"/ },
    ],
    unreadable: [{ product: product({ path: '/nowhere/at/all' }), says: /There is no file/ }],
    refused: [
      { product: product(good), upload: file('e.json', '[\n{]'), rule: 'json', line: 2, column: 2 },
      { product: product(good), upload: file('e.json', '[{},\n{}]'), rule: 'record', line: 1 },
    ],
    flawed: { product: product(good), rule: 'unmapped' },
    secrets: ['mscott'],
    close,
  }
}
