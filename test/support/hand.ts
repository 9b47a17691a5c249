import type { Locator, Page } from 'playwright-core'

export type Role = Parameters<Page['getByRole']>[0]
type Name = string | RegExp

/** What a person does on a page; found by role and accessible name only, inside the topmost dialog when one is open. */
export interface Hand {
  readonly page: Page
  /** A button, a link, a tab, an entry of a menu. */
  press(name: Name, role?: Role): Promise<void>
  fill(label: Name, text: string): Promise<void>
  /** One of a short list. */
  choose(label: Name, option: string): Promise<void>
  tick(label: Name): Promise<void>
  /** One of a long list, by typing a part of it. */
  find(label: Name, text: string): Promise<void>
  /** A row of a table. */
  open(table: Name, row: Name): Promise<void>
}

/** The place in which things are looked for now. */
const scopeOf = async (page: Page): Promise<Page | Locator> => {
  const dialogs = page.getByRole('dialog')
  return (await dialogs.count()) ? dialogs.last() : page
}

const thing = async (page: Page, role: Role, name: Name) =>
  (await scopeOf(page))
    .getByRole(role, { name, exact: typeof name === 'string' })
    .filter({ visible: true })
    .first()

/** Whether the thing is on the page and can be used, now or soon. */
async function ready(page: Page, role: Role, name: Name): Promise<Locator> {
  const until = Date.now() + 15_000 // 15 s
  for (;;) {
    const found = await thing(page, role, name)
    if ((await found.count()) && (await found.isEnabled().catch(() => false))) return found
    if (Date.now() > until)
      throw new Error(
        `No ${role} "${name}" can be used at ${page.url()}:\n${await page.locator('body').ariaSnapshot()}`,
      )
    await page.waitForTimeout(50)
  }
}

export function mouse(page: Page): Hand {
  return {
    page,
    press: async (name, role = 'button') => (await ready(page, role, name)).click(),
    fill: async (label, text) => {
      const field = await ready(page, 'textbox', label)
      await field.click({ clickCount: 3 })
      await page.keyboard.type(text)
    },
    choose: async (label, option) =>
      void (await (await ready(page, 'combobox', label)).selectOption({ label: option })),
    tick: async (label) => (await ready(page, 'checkbox', label)).click(),
    find: async (label, text) => {
      await (await ready(page, 'combobox', label)).click()
      await page.keyboard.type(text)
      await page.getByRole('option', { name: text }).first().click()
      await page.keyboard.press('Escape')
    },
    open: async (table, row) => {
      const grid = await ready(page, 'grid', table)
      await grid
        .getByRole('row', { name: row })
        .first()
        .click({ position: { x: 5, y: 5 } })
    },
  }
}

/** Keys only: Tab, arrows, Enter, Space and letters. */
export function keyboard(page: Page): Hand {
  const { keyboard: keys } = page
  const has = async (found: Locator) => (await found.and(page.locator(':focus')).count()) > 0

  /** Walks the focus to a thing as a person does. Inside a group with one tab stop, the arrows go on. */
  async function tabTo(role: Role, name: Name): Promise<void> {
    const found = await ready(page, role, name)
    for (let steps = 0; steps < 250; steps++) {
      if (await has(found)) return
      const atTab = role === 'tab' && (await page.locator('[role=tab]:focus').count()) > 0
      await keys.press(atTab ? 'ArrowRight' : 'Tab')
    }
    throw new Error(`Tab does not reach the ${role} "${name}" at ${page.url()}.`)
  }

  return {
    page,
    press: async (name, role = 'button') => {
      await tabTo(role, name)
      await keys.press('Enter')
    },
    fill: async (label, text) => {
      await tabTo('textbox', label)
      await keys.press('Control+A')
      await keys.type(text)
    },
    choose: async (label, option) => {
      await tabTo('combobox', label)
      await keys.type(option)
      const chosen = (await thing(page, 'combobox', label)).locator('option:checked')
      if ((await chosen.textContent()) !== option)
        throw new Error(`Typing "${option}" chose ${await chosen.textContent()}.`)
    },
    tick: async (label) => {
      await tabTo('checkbox', label)
      await keys.press('Space')
    },
    find: async (label, text) => {
      await tabTo('combobox', label)
      await keys.type(text)
      const option = page.getByRole('option', { name: text }).first()
      await option.waitFor()
      for (let steps = 0; steps < 50; steps++) {
        if ((await option.getAttribute('data-highlighted')) !== null) break
        await keys.press('ArrowDown')
      }
      await keys.press('Enter')
      await keys.press('Escape')
    },
    open: async (table, row) => {
      const grid = await ready(page, 'grid', table)
      const wanted = grid.getByRole('row', { name: row }).first()
      await wanted.waitFor()
      for (let steps = 0; steps < 250 && !(await has(wanted)); steps++) {
        const inside = (await grid.locator('[role=row]:focus').count()) > 0
        await keys.press(inside ? 'ArrowDown' : 'Tab')
      }
      await keys.press('Enter')
    },
  }
}
