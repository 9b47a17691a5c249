/** Hosts that speak SSH on the loopback and answer what was once recorded, so that no root is needed to try the adapter. */
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import type { ShownHostKey } from '../../server/discovery/adapters/adapter.ts'
import { capturesIn } from '../../server/discovery/adapters/ssh/capture.ts'
import { fingerprintOf as fingerprint } from '../../server/discovery/adapters/ssh/facts.ts'
import { markOf } from '../../server/discovery/adapters/ssh/script.ts'

export interface RecordedHost {
  name: string
  port: number
  /** What `judgeHostKey` is asked about it. */
  shown(): ShownHostKey
  close(): Promise<void>
}

const PASSWORD = 'open-sesame'
export const recordedPassword = PASSWORD

/** One host for each in the capture; all let `discover` in with the password. */
export async function recordedHosts(file: string): Promise<RecordedHost[]> {
  const text = (await readFile(file, 'utf8')).split('\n')
  const hosts: RecordedHost[] = []
  const lines = (async function* () {
    yield* text
  })()
  for await (const capture of capturesIn(lines, Infinity)) {
    if (capture instanceof Error) throw capture
    const answer = (word: string) =>
      [...capture.sections].map(([name, told]) => `${markOf(word, name)}\n${told}\n`).join('\n')
    hosts.push(await recordedHost(capture.host, answer))
  }
  return hosts
}

async function recordedHost(name: string, answer: (word: string) => string): Promise<RecordedHost> {
  const key = ssh2.utils.generateKeyPairSync('ed25519')
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (login) => {
      if (login.method === 'password' && login.username === 'discover' && login.password === PASSWORD) login.accept()
      else login.reject(['password'])
    })
    client.on('session', (accept) => {
      accept().on('exec', (accept) => {
        const channel = accept()
        let script = ''
        channel.on('data', (chunk: Buffer) => void (script += chunk.toString()))
        channel.on('end', () => {
          channel.write(answer(/=== (\w+) host/.exec(script)![1]!))
          channel.exit(0)
          channel.end()
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    name,
    port,
    shown: () => ({
      host: name,
      address: `127.0.0.1:${port}`,
      type: 'ssh-ed25519',
      fingerprint: fingerprintOf(key.public),
    }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function fingerprintOf(publicKey: string): string {
  const parsed = ssh2.utils.parseKey(publicKey)
  if (parsed instanceof Error) throw parsed
  return fingerprint(parsed.getPublicSSH())
}
