import { randomBytes } from 'node:crypto'
import { CannotStart } from '../kernel/cannot-start.ts'
import { apiClient, type ApiClient } from './client.ts'

/** The three people of the road, and the administrator who let them in. */
export interface People {
  owner: ApiClient
  approver: ApiClient
  deployer: ApiClient
  admin: ApiClient
}

interface Person {
  login: string
  name: string
  grants: string[]
}

const ADMIN: Person = { login: 'ada', name: 'Ada Admin', grants: ['ADMIN'] }
const CAST: Record<'owner' | 'approver' | 'deployer', Person> = {
  owner: {
    login: 'olga',
    name: 'Olga Owner',
    grants: ['RELEASE_MANAGER', 'RELEASE_OWNER', 'TASK_OWNER', 'CONFIGURATION_LIBRARIAN', 'INTEGRATOR'],
  },
  approver: { login: 'amir', name: 'Amir Approver', grants: ['APPROVER', 'VIEWER'] },
  deployer: { login: 'dora', name: 'Dora Deployer', grants: ['DEPLOYER', 'VIEWER'] },
}

/** Makes a one-time link for an account of this installation; only the program that owns the data folder can. */
export type SignInLink = (login: string) => Promise<string | null>

/**
 * On a fresh installation: sets it up and invites the three. On an older one of the demo: lets them in again by one-time links.
 * Passwords are random and not kept.
 */
export async function gather(url: string, setUpToken: string | null, signInLink: SignInLink): Promise<People> {
  const admin = apiClient(url, ADMIN.name)
  if (setUpToken) {
    await admin.mutate(`mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { ${ANSWER} } }`, {
      token: setUpToken,
      login: ADMIN.login,
      name: ADMIN.name,
      password: randomPassword(),
    })
  } else {
    const link = await signInLink(ADMIN.login)
    if (!link)
      throw new CannotStart(
        `This installation was not made by the demo: it has no account ${ADMIN.login}. Give the demo a folder of its own with WAYBILL_DATA.`,
      )
    await enter(admin, link)
  }
  const [owner, approver, deployer] = await Promise.all(
    [CAST.owner, CAST.approver, CAST.deployer].map((person) => letIn(url, admin, person, signInLink)),
  )
  return { admin, owner: owner!, approver: approver!, deployer: deployer! }
}

const ANSWER = 'userErrors { code message } position'

async function letIn(url: string, admin: ApiClient, person: Person, signInLink: SignInLink): Promise<ApiClient> {
  const client = apiClient(url, person.name)
  const link = await signInLink(person.login)
  if (link) {
    await enter(client, link)
    return client
  }
  const { invitationUrl } = await admin.mutate<{ invitationUrl: string }>(
    `mutation($input: AccountCreateInput!) { accountCreate(input: $input) { invitationUrl ${ANSWER} } }`,
    { login: person.login, name: person.name, grants: person.grants.map((role) => ({ role })) },
  )
  await client.mutate(`mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { ${ANSWER} } }`, {
    token: tokenOf(invitationUrl),
    password: randomPassword(),
  })
  return client
}

async function enter(client: ApiClient, link: string): Promise<void> {
  await client.mutate(`mutation($input: SignInWithLinkInput!) { signInWithLink(input: $input) { ${ANSWER} } }`, {
    token: tokenOf(link),
  })
}

/** The secret in a one-time link. */
export const tokenOf = (link: string) => new URL(link).searchParams.get('token')!

const randomPassword = () => randomBytes(18).toString('base64url')
