import ssh2 from 'ssh2'
import type { ConfigField } from '../adapter.ts'

export interface HostOrder {
  /** Unique in the product: the name of its scope. */
  name: string
  address: string
  port: number
  user: string
}

export interface SshConfig {
  hosts: HostOrder[]
  jump?: HostOrder
  credentials: { privateKey?: string; passphrase?: string; password?: string }
  /** Hosts at the same time. */
  concurrency: number
  /** Seconds for a host, from the first packet to the last. */
  seconds: number
  packages: PackageChoice
}

export interface PackageChoice {
  /** All, or only what runs or matches a pattern. */
  all: boolean
  /** E.g. 'nginx*'. */
  patterns: RegExp[]
}

const field = (name: string, title: string, help: string, extra: Partial<ConfigField> = {}): ConfigField => ({
  name,
  title,
  help,
  required: false,
  ...extra,
})

export const configFields: ConfigField[] = [
  field(
    'hosts',
    'Hosts',
    'One a line: name user@address:port, e.g. "web1 discover@10.0.0.11". The port may be left out.',
    {
      required: true,
      multiline: true,
    },
  ),
  field('user', 'User', 'Who logs in where the host’s line names nobody; needs no rights. Default: discover.'),
  field('privateKey', 'Private key', 'In OpenSSH or PEM form.', { secret: true, multiline: true }),
  field('passphrase', 'Passphrase of the key', 'If it has one.', { secret: true }),
  field('password', 'Password', 'Instead of a key.', { secret: true }),
  field(
    'jump',
    'Jump host',
    'user@address:port through which the hosts are reached; the same key or password is used.',
  ),
  field(
    'packages',
    'Packages',
    '"running": those that own a running program, and the ones below. "all": every package.',
  ),
  field('packagePatterns', 'Further packages', 'Names with * for anything, by commas, e.g. "nginx*, postgresql-*".'),
  field('concurrency', 'At the same time', 'How many hosts, 1 to 64. Default: 8.'),
  field('seconds', 'Time for a host', 'Seconds, 1 to 600. Default: 60.'),
]

/** One sentence per fault. */
export function checkConfig(config: Record<string, unknown>): string[] {
  const faults: string[] = []
  readConfig(config, faults)
  return faults
}

/** The settings, or an error that says all that is wrong with them. */
export function configOf(config: Record<string, unknown>): SshConfig {
  const faults: string[] = []
  const read = readConfig(config, faults)
  if (faults.length > 0) throw new Error(faults.join(' '))
  return read
}

function readConfig(config: Record<string, unknown>, faults: string[]): SshConfig {
  const known = new Set(configFields.map(({ name }) => name))
  for (const name of Object.keys(config)) if (!known.has(name)) faults.push(`There is no setting "${name}" of SSH.`)
  const text = (name: string): string => {
    const value = config[name]
    if (value == null) return ''
    if (typeof value === 'string' || typeof value === 'number') return String(value).trim()
    faults.push(`The setting "${name}" must be text.`)
    return ''
  }
  const user = text('user') || 'discover'
  const hosts = hostsOf(text('hosts'), user, faults)
  const jump = text('jump')
  const privateKey = text('privateKey')
  const password = text('password')
  if (!privateKey && !password) faults.push('Give a private key or a password, with which to log in.')
  if (privateKey) {
    const parsed = ssh2.utils.parseKey(`${privateKey}\n`, text('passphrase') || undefined)
    if (parsed instanceof Error) faults.push(`The private key cannot be read: ${parsed.message}.`)
  }
  if (jump && hosts.some(({ name }) => name === 'jump')) {
    faults.push('With a jump host, no other host may be called "jump".')
  }
  const packages = text('packages') || 'running'
  if (!['running', 'all'].includes(packages)) {
    faults.push(`The setting "packages" is "running" or "all", not "${packages}".`)
  }
  return {
    hosts,
    ...(jump ? { jump: hostOf(`jump ${jump}`, user, faults) } : {}),
    credentials: {
      ...(privateKey ? { privateKey: `${privateKey}\n` } : {}),
      ...(text('passphrase') ? { passphrase: text('passphrase') } : {}),
      ...(password ? { password: String(config.password) } : {}),
    },
    concurrency: numberIn('concurrency', text('concurrency'), 8, 64, faults),
    seconds: numberIn('seconds', text('seconds'), 60, 600, faults),
    packages: { all: packages === 'all', patterns: patternsOf(text('packagePatterns'), faults) },
  }
}

function hostsOf(lines: string, user: string, faults: string[]): HostOrder[] {
  const hosts = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => hostOf(line, user, faults))
  if (hosts.length === 0) faults.push('Name at least one host.')
  if (hosts.length > 5_000) faults.push(`A product has at most 5000 hosts, not ${hosts.length}.`)
  const names = new Set<string>()
  for (const { name } of hosts) {
    if (names.has(name)) faults.push(`Two hosts are called "${name}".`)
    names.add(name)
  }
  return hosts
}

const LINE =
  /^(?<name>[\w.-]+)(?:\s+(?:(?<user>[\w.-]+)@)?(?:\[(?<six>[0-9a-fA-F:.%\w]+)\]|(?<address>[\w.-]+))(?::(?<port>\d+))?)?$/

function hostOf(line: string, user: string, faults: string[]): HostOrder {
  const found = LINE.exec(line)?.groups
  const port = Number(found?.port ?? 22)
  if (!found) faults.push(`The host "${line}" must be written as: name user@address:port.`)
  else if (port < 1 || port > 65_535) faults.push(`The port ${port} of ${found.name} is not between 1 and 65535.`)
  const name = found?.name ?? line
  return { name, address: found?.six ?? found?.address ?? name, port, user: found?.user ?? user }
}

function numberIn(name: string, given: string, standard: number, most: number, faults: string[]): number {
  if (given === '') return standard
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  faults.push(`The setting "${name}" is a whole number from 1 to ${most}, not "${given}".`)
  return standard
}

function patternsOf(given: string, faults: string[]): RegExp[] {
  const words = given.split(/[\s,]+/).filter((word) => word !== '')
  for (const word of words) {
    if (!/^[\w.+*-]+$/.test(word))
      faults.push(`"${word}" is no name of a package; letters, digits, + - . and * are allowed.`)
  }
  return words.map((word) => new RegExp(`^${word.replace(/[.+]/g, '\\$&').replace(/\*+/g, '.*')}$`))
}
