import { apiClient, type ApiClient } from '../../server/demo/client.ts'
import type { People } from '../../server/demo/people.ts'
import type { Terminal } from '../../server/demo/terminal.ts'
import type { Hand } from './hand.ts'

const ANSWER = 'userErrors { code message } position'
export const PASSWORD = 'correct horse battery staple'

/** Hears what the demo's road would write on a terminal. */
export const silent: Terminal = { step() {}, say() {}, progress() {}, settle() {} }

/** Sets the installation up and lets the three in, through the API. Their logins are the names of the parts. */
export async function aCast(url: string, setUpUrl: string): Promise<People> {
  const admin = apiClient(url, 'Ada Admin')
  await admin.mutate(`mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { ${ANSWER} } }`, {
    token: tokenOf(setUpUrl),
    login: 'admin',
    name: 'Ada Admin',
    password: PASSWORD,
  })
  const join = async (login: string, roles: string[]): Promise<ApiClient> => {
    const { invitationUrl } = await admin.mutate<{ invitationUrl: string }>(
      `mutation($input: AccountCreateInput!) { accountCreate(input: $input) { invitationUrl ${ANSWER} } }`,
      { login, name: login, grants: roles.map((role) => ({ role })) },
    )
    const client = apiClient(url, login)
    await client.mutate(`mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { ${ANSWER} } }`, {
      token: tokenOf(invitationUrl),
      password: PASSWORD,
    })
    return client
  }
  return {
    admin,
    owner: await join('owner', [
      'RELEASE_MANAGER',
      'RELEASE_OWNER',
      'TASK_OWNER',
      'CONFIGURATION_LIBRARIAN',
      'INTEGRATOR',
    ]),
    approver: await join('approver', ['APPROVER', 'VIEWER']),
    deployer: await join('deployer', ['DEPLOYER', 'VIEWER']),
  }
}

const tokenOf = (link: string) => new URL(link).searchParams.get('token')

/** Signs in with the password, as one of the cast. */
export async function signIn(hand: Hand, login: string) {
  await hand.page.goto('/sign-in')
  await hand.fill('Login', login)
  await hand.fill('Password', PASSWORD)
  await hand.press('Sign in')
  await hand.page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
}
