import { CannotStart } from './kernel/cannot-start.ts'
import { defaultDataFolder } from './kernel/data-folder.ts'

/** One setting: an environment variable, how it is read, and what the manual says about it. */
export interface Setting<T> {
  /** Environment variable. */
  name: string
  /** Text as a person would write it; '' where the setting is off unless it is given. */
  default: string
  /** What the manual shows instead of the default where that depends on the machine. */
  defaultShown?: string
  /** Unit or shape of the value, for the manual. */
  unit: string
  doc: string
  /** @throws Error with a sentence that completes "PORT is wrong: …" */
  parse(text: string): T
}

const ROLES = ['api', 'worker', 'sequencer'] as const
export type Role = (typeof ROLES)[number]

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Every setting of Waybill. The README's table is made from this one; a test compares them. */
export const SETTINGS = {
  port: setting({
    name: 'PORT',
    default: '4000',
    unit: '0–65535',
    doc: 'Port of the dashboard and the API. 0 takes any free one.',
    parse: whole(0, 65_535),
  }),
  host: setting({
    name: 'HOST',
    default: '127.0.0.1',
    unit: 'address',
    doc: 'Address to listen on. `0.0.0.0` opens Waybill to the network: put TLS in front of it.',
    parse: (text) => text,
  }),
  dataFolder: setting({
    name: 'WAYBILL_DATA',
    default: defaultDataFolder(),
    defaultShown: '`~/.waybill`; as root `/var/lib/waybill`',
    unit: 'folder',
    doc: 'Where the embedded database and the stored packages live.',
    parse: (text) => text,
  }),
  databaseUrl: setting({
    name: 'DATABASE_URL',
    default: '',
    unit: '`postgresql://…`',
    doc: 'PostgreSQL 16 or later to use instead of the embedded one.',
    parse: optionalUrl('postgresql:', 'postgres:'),
  }),
  databasePool: setting({
    name: 'WAYBILL_DATABASE_POOL',
    default: '20',
    unit: 'connections',
    doc: 'The most connections that one program keeps open for requests; what works in the background may take as many again.',
    parse: whole(2, 500),
  }),
  statementSeconds: setting({
    name: 'WAYBILL_STATEMENT_SECONDS',
    default: '15',
    unit: 'seconds',
    doc: 'The most that the database may take over one statement of a request. What works in the background has 15 minutes.',
    parse: whole(1, 3_600),
  }),
  roles: setting({
    name: 'WAYBILL_ROLES',
    default: ROLES.join(','),
    unit: 'list',
    doc: 'What this program does: `api` answers requests, `worker` deploys, `sequencer` numbers events.',
    parse: list(ROLES),
  }),
  publicUrl: setting({
    name: 'WAYBILL_PUBLIC_URL',
    default: '',
    defaultShown: '`http://localhost:PORT`',
    unit: '`http(s)://…`',
    doc: 'The address people use, for links and for the check of where requests come from.',
    parse: optionalUrl('http:', 'https:'),
  }),
  logLevel: setting({
    name: 'WAYBILL_LOG_LEVEL',
    default: 'info',
    unit: LOG_LEVELS.join(', '),
    doc: 'The least important kind of line to log.',
    parse: oneOf(LOG_LEVELS),
  }),
  logFormat: setting({
    name: 'WAYBILL_LOG_FORMAT',
    default: 'auto',
    unit: 'auto, json, text',
    doc: '`auto` writes text to a terminal and JSON to anything else.',
    parse: oneOf(['auto', 'json', 'text'] as const),
  }),
  sessionHours: setting({
    name: 'WAYBILL_SESSION_HOURS',
    default: '12',
    unit: 'hours',
    doc: 'How long a sign-in lasts.',
    parse: whole(1, 720),
  }),
  eventRetentionDays: setting({
    name: 'WAYBILL_EVENT_RETENTION_DAYS',
    default: '7',
    unit: 'days',
    doc: 'How long events are kept for subscribers that come back. The audit log is never pruned.',
    parse: whole(1, 3_650),
  }),
}

/** Variables of `npm run query`, which a person may keep in the shell in which they start the server too. */
const OF_CLIENTS = ['WAYBILL_URL', 'WAYBILL_TOKEN']

/** All settings, read and checked. */
export type Config = { [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> }

/**
 * Reads the settings from environment variables. An empty variable counts as not set.
 *
 * @throws CannotStart naming the first variable that is wrong, or that begins with WAYBILL_ and is none of ours
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const names = Object.values(SETTINGS).map(({ name }) => name)
  for (const name of Object.keys(env)) {
    if (!name.startsWith('WAYBILL_') || names.includes(name) || OF_CLIENTS.includes(name)) continue
    throw new CannotStart(`${name} is not a setting of Waybill. ${suggestion(name, names)}`)
  }
  const read = Object.entries<Setting<unknown>>(SETTINGS).map(([key, { name, default: fallback, parse }]) => {
    try {
      return [key, parse(env[name]?.trim() || fallback)]
    } catch (cause) {
      throw new CannotStart(`${name} is wrong: ${(cause as Error).message}`, { cause })
    }
  })
  return Object.fromEntries(read) as Config
}

/** The settings as the rows of the README's table. */
export function settingsTable(): string {
  const rows = Object.values<Setting<unknown>>(SETTINGS).map(({ name, default: text, defaultShown, unit, doc }) => {
    const shown = defaultShown ?? (text && `\`${text}\``)
    return `| \`${name}\` | ${shown} | ${unit} | ${doc} |`
  })
  return ['| variable | default | unit | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function setting<T>(its: Setting<T>): Setting<T> {
  return its
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new Error(`"${text}" is not a whole number from ${least} to ${most}.`)
  }
}

function oneOf<T extends string>(choices: readonly T[]) {
  return (text: string): T => {
    const found = choices.find((choice) => choice === text)
    if (found) return found
    throw new Error(`"${text}" is none of ${choices.join(', ')}.`)
  }
}

function list<T extends string>(choices: readonly T[]) {
  const member = oneOf(choices)
  return (text: string): T[] => [...new Set(text.split(',').map((part) => member(part.trim())))]
}

/** The value itself stays out of the message: it may hold a password. */
function optionalUrl(...protocols: string[]) {
  return (text: string): string | undefined => {
    if (text === '') return undefined
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text
    throw new Error(
      `it is not an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}.`,
    )
  }
}

function suggestion(name: string, names: string[]): string {
  const words = (of: string) => new Set(of.split('_').slice(1))
  const near = names.find((known) => [...words(known)].some((word) => words(name).has(word)))
  return near ? `Did you mean ${near}?` : `The settings are: ${names.join(', ')}.`
}
