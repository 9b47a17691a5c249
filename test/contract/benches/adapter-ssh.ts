/** Three recorded hosts over real SSH, one at a time so that they always come in the same order. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { recordedHosts, recordedPassword } from '../../support/recorded-hosts.ts'
import type { AdapterBench } from '../adapter.contract.ts'

export async function sshBench(): Promise<AdapterBench> {
  const hosts = await recordedHosts(join(import.meta.dirname, '../../data/ssh/three-hosts.capture'))
  const lines = hosts.map(({ name, port }) => `${name} discover@127.0.0.1:${port}`).join('\n')
  const product = (config: Record<string, unknown> = {}) => ({
    id: 'p',
    name: 'Lab',
    config: { hosts: lines, password: recordedPassword, concurrency: '1', ...config },
  })
  const nonsense = { name: 'nonsense.capture', open: () => Readable.from(['nothing of ours\n']) }
  return {
    product: product(),
    order: { judgeHostKey: async () => ({ state: 'APPROVED' }) },
    badConfigs: [
      { config: { hosts: 'a b c', password: 'x' }, says: /must be written as/ },
      { config: { hosts: 'a 10.0.0.1' }, says: /private key or a password/ },
    ],
    unreadable: [{ product: product({ jump: 'discover@127.0.0.1:1' }), says: /jump .* could not be reached/ }],
    refused: [{ product: product(), upload: nonsense, rule: 'capture', line: 1 }],
    flawed: { product: product({ hosts: `${lines}\nlost discover@127.0.0.1:1` }), rule: 'unreachable' },
    secrets: [recordedPassword],
    close: async () => void (await Promise.all(hosts.map((host) => host.close()))),
  }
}
