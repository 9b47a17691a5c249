/**
 * Three real hosts on this machine: each has its own name, file system layer, processes, network, machine-id, host key, sshd
 * and a small service that came with a package. web1's service talks to the listener of web2. They are reached at
 * 10.77.<slot>.11 to .13 and have no way out. Nothing of it survives the test, see lab/host.sh.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { hold, output, type Held } from './lab/processes.ts'
import { until } from './until.ts'

const HOST = fileURLToPath(new URL('lab/host.sh', import.meta.url))

export interface LabHost {
  name: string
  address: string
  machineId: string
  /** As `ssh-keygen -l` shows it: 'SHA256:…'. */
  fingerprint(): Promise<string>
  /** Runs a command in the host as root, past its sshd, and answers what it wrote. */
  run(command: string): Promise<string>
}

export interface Lab {
  hosts: LabHost[]
  host(name: string): LabHost
  /** The private key of the account `discover`, which may read and nothing else, and of root. */
  privateKey: string
  close(): Promise<void>
}

const SERVICES: Record<string, { package: string; version: string; serial: string; upstream?: string }> = {
  web1: { package: 'shop-web', version: '1.4.0', serial: 'LAB-0001', upstream: 'web2' },
  web2: { package: 'shop-data', version: '2.1.0-1', serial: 'NA' },
  web3: { package: 'shop-web', version: '1.3.0', serial: 'To Be Filled By O.E.M.' },
}

/** Why there can be no lab here; null if there can be one. Said aloud, and an error where the lab is demanded (in CI). */
export function whyNoLab(): string | null {
  const why = reason()
  if (why && process.env.WAYBILL_LAB === 'required') throw new Error(`The lab hosts are demanded here, but ${why}`)
  if (why) console.warn(`\n*** SKIPPED: the tests on real lab hosts. ${why}\n`)
  return why
}

function reason(): string | null {
  if (process.platform !== 'linux') return 'network namespaces need Linux.'
  if (process.getuid!() !== 0) return 'network namespaces need root; run the tests as root.'
  const needed = { '/usr/sbin/sshd': 'openssh-server', '/usr/bin/perl': 'perl-base', '/usr/bin/dpkg-deb': 'dpkg' }
  for (const [file, name] of Object.entries(needed)) if (!existsSync(file)) return `the package ${name} is missing.`
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' })
    execFileSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { stdio: 'ignore' })
    return null
  } catch (error) {
    return `namespaces cannot be made here (util-linux, iproute2, CAP_SYS_ADMIN): ${(error as Error).message}`
  }
}

export async function startLab(names = ['web1', 'web2', 'web3']): Promise<Lab> {
  const slot = await takeSlot()
  const folder = `/tmp/waybill-lab-${slot.number}`
  const cable = `wblab${slot.number}`
  const held: Held[] = []
  const close = async () => {
    await Promise.all(held.map((each) => each.end()))
    await rm(folder, { recursive: true, force: true })
    slot.lock.close()
  }
  try {
    // The slot is ours, so what bears its names was left by a lab that is dead.
    await output('ip', ['link', 'del', cable]).catch(() => {})
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await output('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', `${folder}/key`])
    const publicKey = (await readFile(`${folder}/key.pub`, 'utf8')).trim()
    const bridge = await startSwitch(slot.number, cable, held)
    const addressOf = (name: string) => `10.77.${slot.number}.${11 + Object.keys(SERVICES).indexOf(name)}`
    const hosts = await Promise.all(
      names.map((name) => startHost({ name, folder, bridge, publicKey, addressOf, held })),
    )
    const host = (name: string) => hosts.find((one) => one.name === name)!
    return { hosts, host, privateKey: await readFile(`${folder}/key`, 'utf8'), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A number that no other lab on this machine has; the lock goes with the process that holds it. */
async function takeSlot(): Promise<{ number: number; lock: Server }> {
  for (let number = 1; number < 250; number++) {
    const lock = await new Promise<Server | null>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(null)).listen(`\0waybill-lab-${number}`, () => resolve(server))
    })
    if (lock) return { number, lock: lock.unref() }
  }
  throw new Error('All 249 slots for labs are taken.')
}

/** A bridge in a namespace of its own, with one cable to this machine. */
async function startSwitch(slot: number, cable: string, held: Held[]): Promise<Held> {
  const up = 'ip link add br0 type bridge && ip link set br0 up && echo ready && read -r _'
  const bridge = hold('unshare', ['--net', 'sh', '-c', up])
  held.push(bridge)
  await bridge.says('ready')
  await output('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'up0', 'netns', String(bridge.pid)])
  await output('ip', ['addr', 'add', `10.77.${slot}.1/24`, 'dev', cable])
  await output('ip', ['link', 'set', cable, 'up'])
  await plug(bridge, 'up0')
  return bridge
}

const plug = (bridge: Held, port: string) =>
  output('nsenter', ['--target', String(bridge.pid), '--net', 'ip', 'link', 'set', port, 'master', 'br0', 'up'])

interface Wanted {
  name: string
  folder: string
  bridge: Held
  publicKey: string
  addressOf(name: string): string
  held: Held[]
}

async function startHost({ name, folder, bridge, publicKey, addressOf, held }: Wanted): Promise<LabHost> {
  const service = SERVICES[name]!
  const machineId = randomBytes(16).toString('hex')
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child']
  const holder = hold('unshare', [...namespaces, 'sh', HOST, 'outside', `${folder}/${name}`], {
    LAB_NAME: name,
    LAB_ADDRESS: addressOf(name),
    LAB_MACHINE_ID: machineId,
    LAB_SERIAL: service.serial,
    LAB_KEY: publicKey,
    LAB_PACKAGE: service.package,
    LAB_VERSION: service.version,
    LAB_UPSTREAM: service.upstream ? `${addressOf(service.upstream)}:8000` : '',
  })
  held.push(holder)
  await holder.says('placed')
  const [port, own] = [`${name}`, String(holder.pid)]
  await output('ip', [
    'link',
    'add',
    port,
    'netns',
    String(bridge.pid),
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    own,
  ])
  await plug(bridge, port)
  holder.tell('plugged in')
  await holder.says('ready')
  const inner = (await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim()
  const run = (command: string) =>
    output('nsenter', [
      '--target',
      inner,
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--root',
      '--wd',
      'sh',
      '-c',
      command,
    ])
  await until(
    () => run('ss -Htln'),
    (seen) => /:22\s/.test(seen),
  )
  const fingerprint = async () => (await run('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1]!
  return { name, address: addressOf(name), machineId, fingerprint, run }
}
