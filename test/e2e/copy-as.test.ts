/** What "Copy this view" gives is pasted into a shell, and answers what the page shows. */
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear, type Stage } from '../support/stage.ts'

const ANSWER = 'userErrors { code message } position'
/** Every sign that a shell, JSON or GraphQL could take for its own. */
const NASTY = `it's "5%" \\ $HOME \`id\` $(id) !x {}`
const root = join(import.meta.dirname, '../..')

describeInChromium('a view that is copied', () => {
  let stage: Stage
  let person: Person
  let token: string
  beforeAll(async () => {
    stage = await aStage()
    const { owner } = stage.people
    for (const title of [NASTY, 'Another'])
      await owner.mutate(
        `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } ${ANSWER} } }`,
        { title, purpose: 'To be found' },
      )
    token = (
      await owner.mutate<{ secret: string }>(
        `mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) { secret ${ANSWER} } }`,
        { name: 'pasted' },
      )
    ).secret
    person = await aPerson(stage.browser, stage.waybill.url, { permissions: ['clipboard-read', 'clipboard-write'] })
    await signIn(mouse(person.page), 'owner')
    await person.page.goto(`/releases?search=${encodeURIComponent(NASTY)}`)
    await person.page.getByText(NASTY).first().waitFor()
  }, 300_000)
  afterAll(() => clear(stage))

  async function copied(item: string): Promise<string> {
    const { page } = person
    const button = page.getByRole('button', { name: 'Copy this view' })
    await button.click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
    // Read when the page says that it is done; and the next copy must not take this word for its own.
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    await button.waitFor()
    return page.evaluate<string>('navigator.clipboard.readText()')
  }

  /** In the shell of a person who has a token, in the folder of Waybill. */
  const pasted = (line: string, cwd: string) =>
    promisify(execFile)('sh', ['-c', line], {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, WAYBILL_TOKEN: token },
    })

  const hasCurl = spawnSync('curl', ['--version']).status === 0
  if (!hasCurl && process.env.CURL === 'required') throw new Error('curl is demanded here, but there is none in PATH.')
  if (!hasCurl) process.stderr.write('\nNOT TESTED: "Copy as cURL". There is no curl in PATH.\n\n')
  test.each([['Copy as CLI', root], ...(hasCurl ? [['Copy as cURL', '/']] : [])] as [string, string][])(
    'runs where it is pasted, with its variables and without the token: %s',
    async (item, folder) => {
      const line = await copied(item)
      expect(line).toContain('WAYBILL_TOKEN')
      expect(line).not.toContain(token)
      const { stdout } = await pasted(line, folder)
      const { data, errors } = JSON.parse(stdout) as { data: { releases: { nodes: { title: string }[] } }; errors?: [] }
      expect(errors).toBeUndefined()
      expect(data.releases.nodes.map(({ title }) => title)).toEqual([NASTY])
    },
  )

  test('is a document that says its variables in a comment, and only where it has any', async () => {
    const { query: ask } = stage.people.owner
    const text = await copied('Copy as GraphQL')
    const { length, [length - 1]: last } = text.trimEnd().split('\n')
    expect(text.trimEnd().split('\n').at(-2)).toBe('# Variables:')
    expect(last).toMatch(/^# \{/)
    const variables = JSON.parse(last!.slice(2)) as object
    const { releases } = await ask<{ releases: { nodes: { title: string }[] } }>(text, variables)
    expect(releases.nodes.map(({ title }) => title)).toEqual([NASTY])

    const { page } = person
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const plain = await copied('Copy as GraphQL')
    expect(plain).not.toContain('#')
    await ask(plain)
    await page.goBack()
    await page.getByText(NASTY).first().waitFor()
  })

  test('goes to the clipboard from a page over plain http too, and where it cannot the page says so', async () => {
    const { page } = person
    await page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })`)
    const button = page.getByRole('button', { name: 'Copy this view' })
    const copy = async () => {
      await button.click()
      await page.getByRole('menuitem', { name: 'Copy the link' }).click()
    }
    await copy()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(
      await page.evaluate<string>('Navigator.prototype.__lookupGetter__("clipboard").call(navigator).readText()'),
    ).toBe(page.url())
    await button.waitFor()
    await page.evaluate('Document.prototype.execCommand = () => false')
    await copy()
    await page.getByText('Nothing was copied.').waitFor()
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.reload()
    await page.getByText(NASTY).first().waitFor()
  })

  test('is a command that says in one line what is missing where no token is set', async () => {
    const line = await copied('Copy as CLI')
    token = ''
    const failed = pasted(line, root)
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Waybill answered with an error: .*WAYBILL_TOKEN is not set.*\n$/) as string,
    })
    person.expectClean()
  })
})
