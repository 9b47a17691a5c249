// The whole server in this process, as its users meet it: HTTP and sockets on a free port, a database of its own.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { afterAll, beforeAll } from 'vitest'
import type { Role } from '../../server/account/permissions.ts'
import { createApp, type App } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { ApiSaid, apiClient, type ApiClient } from '../../server/demo/client.ts'
import { tokenOf } from '../../server/demo/people.ts'
import { createLogger } from '../../server/kernel/log.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { aDatabase, type TestDatabase } from './database.ts'

export interface UserError {
  code: string
  message: string
  field: string[] | null
  itemId: string | null
  rule: string | null
  evidence: unknown
}

/** Somebody with an account, signed in. */
export interface Person extends ApiClient {
  id: string
  login: string
  /** A mutation by its name, as in `does('releasePlan', { id }, 'release { state }')`; throws what was refused, in words. */
  does<T = object>(mutation: string, input?: object, selection?: string): Promise<T & { position: string }>
  /** The same, for refusals: what `userErrors` says, or the top-level error as code TOP. */
  tries(mutation: string, input?: object): Promise<UserError[]>
  /** The same person in another browser. */
  again(): Promise<Person>
}

/** What is at home in a test file; readable once its tests run. */
export interface TestApp {
  readonly url: string
  readonly app: App
  readonly database: TestDatabase
  /** Its data folder; whatever is put into it is gone after the file. */
  readonly folder: string
  readonly admin: Person
  readonly schema: GraphQLSchema
  /** What the server logged as warning or worse. */
  readonly logged: string[]
  /** Somebody new with one role or several, everywhere or within a containing item, invited through the API. */
  person(roles: Role | Role[], scopeId?: string, name?: string): Promise<Person>
  /** Hosts below this folder are ended with the file. */
  hostsIn(folder: string): void
  /** Orderly stop, as on SIGTERM. */
  stop(): Promise<void>
}

const ERRORS = 'userErrors { code message field itemId rule evidence }'

/** Call it once at the top of a test file. `databaseUrl`: another one than the shared PostgreSQL; `settings`: variables. */
export function anApp({
  databaseUrl,
  settings = {},
}: { databaseUrl?: () => string; settings?: Record<string, string> } = {}): TestApp {
  const database = aDatabase()
  const folders: string[] = []
  const people: Person[] = []
  const logged: string[] = []
  let app: App | undefined
  let folder: string
  let admin: Person
  let schema: GraphQLSchema

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'waybill-app-')))
    schema = buildSchema(await readFile('schema.graphql', 'utf8'))
    const config = readConfig({ PORT: '0', WAYBILL_DATA: folder, WAYBILL_DATABASE_POOL: '10', ...settings })
    const stream = { write: (line: string) => logged.push(line) > 0 } as unknown as NodeJS.WritableStream
    const log = createLogger({ level: 'warn', format: 'json', stream })
    app = await createApp({ ...config, databaseUrl: databaseUrl?.() ?? database.url }, log)
    const client = apiClient(app.url, 'Ada Admin')
    const password = aPassword()
    await client.mutate(
      `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { userErrors { code message } position } }`,
      { token: tokenOf(app.setUpUrl!), login: 'ada', name: 'Ada Admin', password },
    )
    admin = await personOf(client, 'ada', password)
  })

  afterAll(async () => {
    await stop()
    for (const hosts of folders) await stopHosts(hosts)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  async function stop() {
    for (const person of people.splice(0)) person.close()
    await app?.close()
    app = undefined
  }

  async function personOf(client: ApiClient, login: string, password: string): Promise<Person> {
    const { viewer } = await client.query<{ viewer: { account: { id: string } } }>('{ viewer { account { id } } }')
    async function call(mutation: string, input: object, selection: string) {
      const field = schema.getMutationType()!.getFields()[mutation]!
      const document = `mutation($input: ${String(field.args[0]!.type)}) { ${mutation}(input: $input) { ${selection} ${ERRORS} position } }`
      const data = await client.query<Record<string, { userErrors: UserError[]; position: string }>>(document, {
        input,
      })
      return data[mutation]!
    }
    const person: Person = {
      ...client,
      id: viewer.account.id,
      login,
      async does<T>(mutation: string, input: object = {}, selection = '') {
        const payload = await call(mutation, input, selection)
        if (payload.userErrors.length > 0)
          throw new ApiSaid(payload.userErrors.map(({ code, message }) => `${code}: ${message}`).join(' '))
        return payload as unknown as T & { position: string }
      },
      async tries(mutation, input = {}) {
        try {
          return (await call(mutation, input, '')).userErrors
        } catch (error) {
          if (!(error instanceof ApiSaid)) throw error
          return [{ code: 'TOP', message: error.message, field: null, itemId: null, rule: null, evidence: null }]
        }
      },
      async again() {
        const other = apiClient(app!.url, client.name)
        await other.mutate(
          `mutation($input: SignInInput!) { signIn(input: $input) { userErrors { message } position } }`,
          {
            login,
            password,
          },
        )
        return personOf(other, login, password)
      },
    }
    people.push(person)
    return person
  }

  return {
    get url() {
      return app!.url
    },
    get app() {
      return app!
    },
    get folder() {
      return folder
    },
    get admin() {
      return admin
    },
    get schema() {
      return schema
    },
    database,
    logged,
    stop,
    hostsIn: (hosts) => void folders.push(hosts),
    async person(roles, scopeId, name = `P ${randomBytes(3).toString('hex')}`) {
      const login = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '.')
      const grants = [roles].flat().map((role) => ({ role, ...(scopeId ? { scopeId } : {}) }))
      const made = await admin.does<{ invitationUrl: string }>(
        'accountCreate',
        { login, name, grants },
        'invitationUrl',
      )
      const client = apiClient(app!.url, name)
      const password = aPassword()
      await client.mutate(
        `mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { userErrors { message } position } }`,
        { token: tokenOf(made.invitationUrl), password },
      )
      return personOf(client, login, password)
    },
  }
}

const aPassword = () => randomBytes(15).toString('base64url')
