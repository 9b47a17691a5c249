import type { ConfigField } from '../../../integrations/integration.ts'

export interface TaddmConfig {
  release: 'rest' | '7.1' | 'off'
  url: string
  user: string
  password: string
  classes: { name: string; where: string | undefined }[]
  fetchSize: number
  timeout: number // ms
}

const DEFAULT_CLASSES = 'ComputerSystem, OperatingSystem, IpInterface, IpAddress, AppServer'

export const configFields: ConfigField[] = [
  {
    name: 'release',
    title: 'Release',
    help: '7.2, 7.3 or later: over its REST API. 7.1: in and out through IdML books. off: not read at all.',
    required: true,
  },
  { name: 'url', title: 'Address', help: 'Of the TADDM server, e.g. https://taddm.example.net:9431.', required: false },
  { name: 'user', title: 'User', help: 'A TADDM user that may read the model.', required: false },
  { name: 'password', title: 'Password', help: 'Of that user.', required: false, secret: true },
  {
    name: 'classes',
    title: 'Classes',
    help: `Separated by commas, each with its condition in MQL if it has one: ComputerSystem where displayName contains 'prod'. Default: ${DEFAULT_CLASSES}.`,
    required: false,
  },
  { name: 'fetchSize', title: 'Objects a request', help: '1 to 1000, default 100.', required: false },
  { name: 'timeout', title: 'Time limit', help: 'Seconds for one request, 1 to 600, default 60.', required: false },
]

const text = (value: unknown) => (value === undefined || value === null ? '' : String(value).trim())

/** One sentence per fault. */
export function checkConfig(config: Record<string, unknown>): string[] {
  const faults = Object.keys(config)
    .filter((name) => !configFields.some((field) => field.name === name))
    .map((name) => `There is no setting "${name}".`)
  const release = releaseOf(config.release)
  if (!release) faults.push('Release must be 7.1, 7.2, 7.3 or off.')
  if (release === 'rest') {
    const url = text(config.url)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      faults.push('Address must begin with http:// or https://.')
    } else if (new URL(url).username || new URL(url).password || new URL(url).search) {
      faults.push('Address must hold no user, password or question mark; user and password have their own settings.')
    }
    if (!text(config.user)) faults.push('User is missing.')
    if (!text(config.password)) faults.push('Password is missing.')
  }
  for (const { name, where } of classesOf(config.classes)) {
    if (!/^[A-Za-z][\w.]*$/.test(name)) faults.push(`Classes: "${name}" is no name of a class.`)
    if (where !== undefined && where.trim() === '') faults.push(`Classes: the condition of ${name} is empty.`)
  }
  if (!between(config.fetchSize, 1, 1_000)) faults.push('Objects a request must be a whole number from 1 to 1000.')
  if (!between(config.timeout, 1, 600)) faults.push('Time limit must be a whole number of seconds from 1 to 600.')
  return faults
}

/** Of a config that passed `checkConfig`. */
export function configOf(config: Record<string, unknown>): TaddmConfig {
  return {
    release: releaseOf(config.release) ?? 'off',
    url: text(config.url).replace(/\/+$/, ''),
    user: text(config.user),
    password: String(config.password ?? ''),
    classes: classesOf(config.classes),
    fetchSize: Number(text(config.fetchSize) || 100),
    timeout: 1_000 * Number(text(config.timeout) || 60),
  }
}

function releaseOf(value: unknown): TaddmConfig['release'] | undefined {
  const written = text(value).toLowerCase()
  if (written === 'off') return 'off'
  if (/^7\.1(\.|$)/.test(written)) return '7.1'
  return /^(7\.[2-9](\.|$)|[89]\.)/.test(written) ? 'rest' : undefined
}

/** A comma inside quotes or brackets belongs to the condition. */
function classesOf(value: unknown): TaddmConfig['classes'] {
  const written = text(value) || DEFAULT_CLASSES
  const parts = written.match(/(?:'[^']*'|\([^)]*\)|[^,\n'(])+/g) ?? []
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, name, where] = /^(\S+)(?:\s+where\b(.*))?$/is.exec(part) ?? [undefined, part, undefined]
      return { name: name!, where: where?.trim() }
    })
}

function between(value: unknown, least: number, most: number): boolean {
  const written = text(value)
  return written === '' || (/^\d+$/.test(written) && Number(written) >= least && Number(written) <= most)
}
