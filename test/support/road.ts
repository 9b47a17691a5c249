import { expect } from 'vitest'
import { PASSWORD } from './cast.ts'
import type { Page } from 'playwright-core'
import type { Person } from './browser.ts'
import type { Hand } from './hand.ts'

/** The four who go the road together, each in a browser of their own. */
export interface Cast {
  admin: Hand
  owner: Hand
  approver: Hand
  deployer: Hand
}

const ROLES = {
  owner: ['Release manager', 'Release owner', 'Task owner', 'Configuration librarian', 'Integrator'],
  approver: ['Approver', 'Viewer'],
  deployer: ['Deployer', 'Viewer'],
}
const NAMES = { owner: 'Olga Owner', approver: 'Amir Approver', deployer: 'Dora Deployer' }

/** Waits until the words stand on the page. */
export async function see(page: Page, words: string | RegExp, timeout = 60_000) {
  const until = page.getByText(words).filter({ visible: true }).first()
  await until.waitFor({ timeout }).catch(async (error: unknown) => {
    throw new Error(`"${words}" did not appear at ${page.url()}:\n${await page.locator('body').ariaSnapshot()}`, {
      cause: error,
    })
  })
}
const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 60_000 })

/** The first administrator, and the sample estate. */
export async function setUp(admin: Hand, setUpUrl: string) {
  await admin.page.goto(setUpUrl)
  await admin.fill('Your name', 'Ada Admin')
  await admin.fill('Login', 'ada')
  await admin.fill('Password', PASSWORD)
  await admin.press('Become the administrator')
  await admin.press('Open the sample estate')
  await heading(admin.page, /sample/i)
}

/** Invites the three and lets each of them in by the link. */
export async function invite({ admin, ...others }: Cast) {
  await admin.press('People', 'link')
  for (const who of ['owner', 'approver', 'deployer'] as const) {
    const [first, ...more] = ROLES[who]
    await admin.press('Invite…')
    await admin.fill('Name', NAMES[who])
    await admin.fill('Login', who)
    await admin.choose('Role', first!)
    await admin.press('Make the account')
    const link = admin.page.getByRole('dialog').getByText(/token=/)
    const url = (await link.textContent())!
    await admin.press('I have it')
    await admin.open('Accounts', new RegExp(NAMES[who]))
    for (const role of more) {
      await admin.choose('Role', role)
      await admin.press('Grant the role')
      await admin.page.getByRole('dialog').getByRole('listitem').filter({ hasText: role }).waitFor()
    }
    await admin.press('Close')
    const hand = others[who]
    await hand.page.goto(url)
    await hand.fill('Password', PASSWORD)
    await hand.press('Begin')
    await heading(hand.page, 'Now')
  }
}

/** Steps 1 to 4: discover, look, reconcile and promote, scan. */
export async function prepare({ owner }: Cast) {
  const { page } = owner
  await owner.press('Discovery', 'link')
  await owner.press('Discover…')
  await owner.press('Discover')
  await heading(page, /Discovery of/)
  await see(page, /^succeeded$/)

  await owner.press('Items', 'link')
  await owner.press(/^Actual/)
  await see(page, 'tokyo-web-2')

  await owner.press('Reconciliation', 'link')
  await owner.press('Promote everything…')
  await owner.press('Promote')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await owner.press('Reconcile')
  await see(page, /\d+ compared/)

  await owner.press('Library', 'link')
  await owner.open('Repositories', /Sample software/)
  await owner.press('Scan')
  await see(page, /[3-9] found/)
}

/** Steps 5 to 8: release, task, readiness, two deployments. Answers their numbers with the sites. */
export async function plan({ owner }: Cast): Promise<string[]> {
  const { page } = owner
  await owner.press('Releases', 'link')
  await owner.press(/New release|Make the first release/, 'link')
  await owner.fill('Title', 'Storefront 1.1.0')
  await owner.fill('Purpose', 'Carry the storefront to every host.')
  await owner.fill('Verification plan', 'Each service is asked for its version.')
  await owner.fill('Back-out plan', 'Deploy 1.0.0 again.')
  await owner.find('Package versions', 'storefront 1.1.0')
  await owner.tick(/^All of Austin, 4/)
  await owner.tick(/^All of Tokyo, 4/)
  await owner.press('Create the release')
  await heading(page, /Storefront 1\.1\.0/)
  await owner.press('Plan')
  await owner.press('Start')
  await owner.press(/^Tasks/, 'tab')
  await owner.press('Add a task')
  await owner.press('Add the task')
  await heading(page, /Distribute Storefront/)
  await see(page, 'Ready')
  await owner.press('Create deployments…')
  await owner.press('Create 2 deployments')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await see(page, 'DPL-2')
  return ['Austin', 'Tokyo']
}

/** Opens a deployment in the list of all, by its site. */
async function openDeployment(hand: Hand, site: string) {
  await hand.press('Deployments', 'link')
  await hand.open('Deployments', new RegExp(site))
  await heading(hand.page, new RegExp(site))
}

/** Step 9: the findings come in, then another person signs them. */
export async function validateAndApprove({ owner, approver }: Cast, site: string) {
  await openDeployment(owner, site)
  await owner.press('Validate')
  await see(owner.page, /awaits approval|awaiting approval/)
  await openDeployment(approver, site)
  await approver.press('Approve…')
  await approver.press('Approve')
  await approver.page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Steps 10 and 11: the deployer starts it and watches until every service was asked; then the launch link. */
export async function deploy({ deployer }: Cast, site: string) {
  await openDeployment(deployer, site)
  await deployer.press('Deploy')
  const { page } = deployer
  await expect.poll(() => page.title(), { timeout: 120_000 }).toMatch(/^DPL-\d+ · confirmed/)
  const tiles = page.getByRole('list', { name: `Targets in ${site}` }).getByRole('button')
  await expect
    .poll(() => tiles.allTextContents(), { timeout: 10_000 })
    .toEqual(
      ['api-1', 'cache-1', 'web-1', 'web-2'].map(
        (name) => expect.stringMatching(new RegExp(`${site.toLowerCase()}-${name}.*confirmed`)) as string,
      ),
    )
}

/** The job page of the product itself, opened by the link. */
export async function launch(person: Person, hand: Hand) {
  const link = hand.page.getByRole('link', { name: /^Open in/ })
  const href = (await link.getAttribute('href'))!
  const { origin, hostname } = new URL(href)
  expect(['localhost', '127.0.0.1']).toContain(hostname)
  person.allow(origin)
  const [job] = await Promise.all([person.context.waitForEvent('page'), hand.press(/^Open in/, 'link')])
  await job.waitForLoadState()
  expect(job.url()).toContain(origin)
  const rows = job
    .getByRole('row')
    .filter({ hasText: '1.1.0' })
    .filter({ has: job.getByText('ok', { exact: true }) })
  expect(await rows.count(), 'jobs of the deployment that ended well').toBe(4)
}
